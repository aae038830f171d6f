// How many rows equal an earlier one.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "ingest_ids.h"
#include "ingest_source.h"

namespace covey::driver {

/// Rows are equal where their 128-bit hashes are: two different ones among 10^9 rows agree with a
/// chance below 10^-20. 16 bytes a row. Where identifiers rise from row to row, no two rows are
/// equal, and nothing is compared.
class DuplicateCounter {
 public:
  /// Rows that follow those of earlier calls.
  void add(std::vector<RowHash>&& rows, const IdRange& ids);
  /// Rows less distinct rows. Parallel in the caller's task arena; the counter is empty afterwards.
  std::int64_t count();

 private:
  std::vector<std::vector<RowHash>> blocks_;
  bool ids_rise_ = true;
  std::int64_t last_id_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace covey::driver
