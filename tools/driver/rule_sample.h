// The sessions on which rules are looked for: a few ten thousand feature tuples, drawn so that the
// same ones come whatever the order of rows is.
#pragma once

#include <cstdint>
#include <vector>

#include "decision_rules.h"

namespace covey::driver {

struct RuleSample {
  std::vector<std::int64_t> row;       ///< of the columns, cluster by cluster
  std::vector<std::int64_t> weight;    ///< sessions that the row stands for in the sample
  std::vector<std::size_t> begin;      ///< first row of each cluster; one more: the number of rows
  std::vector<std::int64_t> sessions;  ///< by cluster: its weights added up

  std::size_t size() const { return row.size(); }
};

/// About `tuples` of the distinct tuples, at most, and of each cluster at least its share of half
/// as many or all that it has. A cluster's tuples are drawn with probability 2^-level by their
/// hash, and count 2^level times their sessions, so that sums estimate those over all sessions.
RuleSample rule_sample(const RuleSearch& search, std::int64_t tuples);

/// Hash of the values of rows [begin, begin + hash.size()).
void hash_tuples(const Columns& columns, std::int64_t begin, std::span<std::uint64_t> hash);

}  // namespace covey::driver
