// How many rows equal an earlier one.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "ingest_source.h"

namespace covey::driver {

/// Rows are equal where their 128-bit hashes are: two different ones among 10^9 rows agree with a
/// chance below 10^-20. 16 bytes a row.
class DuplicateCounter {
 public:
  DuplicateCounter();

  void add(std::span<const RowHash> rows);
  /// Rows less distinct rows. Parallel in the caller's task arena; the counter is empty afterwards.
  std::int64_t count();

 private:
  std::vector<std::deque<RowHash>> buckets_;  ///< by the hash's top byte
};

}  // namespace covey::driver
