#include "ingest_duplicates.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include <functional>

namespace covey::driver {
namespace {

constexpr std::size_t kBuckets = 256;

/// std::array's == calls memcmp.
bool same(const RowHash& a, const RowHash& b) { return a[0] == b[0] && a[1] == b[1]; }

bool is_zero(const RowHash& a) { return (a[0] | a[1]) == 0; }

std::int64_t count_in(const std::deque<RowHash>& rows) {
  // Open addressing, at most half full; the hash of all zeros marks free slots and is counted
  // apart.
  std::size_t slots = 16;
  while (slots < 2 * rows.size()) slots *= 2;
  std::vector<RowHash> table(slots);
  std::int64_t duplicates = 0;
  bool zero_seen = false;
  for (const RowHash& row : rows) {
    if (is_zero(row)) {
      duplicates += zero_seen ? 1 : 0;
      zero_seen = true;
      continue;
    }
    std::size_t slot = row[0] & (slots - 1);
    while (!is_zero(table[slot]) && !same(table[slot], row)) slot = (slot + 1) & (slots - 1);
    duplicates += same(table[slot], row) ? 1 : 0;
    table[slot] = row;
  }
  return duplicates;
}

}  // namespace

DuplicateCounter::DuplicateCounter() : buckets_(kBuckets) {}

void DuplicateCounter::add(std::span<const RowHash> rows) {
  for (const RowHash& row : rows) buckets_[row[1] >> 56].push_back(row);
}

std::int64_t DuplicateCounter::count() {
  using Range = tbb::blocked_range<std::size_t>;
  return tbb::parallel_reduce(
      Range(0, buckets_.size()), std::int64_t{0},
      [&](const Range& range, std::int64_t sum) {
        for (std::size_t bucket = range.begin(); bucket != range.end(); ++bucket) {
          sum += count_in(buckets_[bucket]);
          buckets_[bucket] = {};
        }
        return sum;
      },
      std::plus<>());
}

}  // namespace covey::driver
