#include "ingest_duplicates.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

namespace covey::driver {
namespace {

constexpr std::size_t kBuckets = 256;

using Rows = std::vector<RowHash>;

/// std::array's == calls memcmp.
bool same(const RowHash& a, const RowHash& b) { return a[0] == b[0] && a[1] == b[1]; }

bool is_zero(const RowHash& a) { return (a[0] | a[1]) == 0; }

std::int64_t count_in(std::span<const Rows* const> parts) {
  std::size_t rows = 0;
  for (const Rows* part : parts) rows += part->size();
  // Open addressing, at most half full; the hash of all zeros marks free slots and is counted
  // apart.
  std::size_t slots = 16;
  while (slots < 2 * rows) slots *= 2;
  std::vector<RowHash> table(slots);
  std::int64_t duplicates = 0;
  bool zero_seen = false;
  const auto is_duplicate = [&](const RowHash& row) {
    if (is_zero(row)) return std::exchange(zero_seen, true);
    std::size_t slot = row[0] & (slots - 1);
    while (!is_zero(table[slot]) && !same(table[slot], row)) slot = (slot + 1) & (slots - 1);
    return same(std::exchange(table[slot], row), row);
  };
  for (const Rows* part : parts) {
    for (const RowHash& row : *part) duplicates += is_duplicate(row) ? 1 : 0;
  }
  return duplicates;
}

/// Rows by the top byte of their hash; frees the blocks.
std::vector<Rows> parted(std::span<Rows> blocks) {
  std::vector<Rows> buckets(kBuckets);
  for (Rows& block : blocks) {
    for (const RowHash& row : block) buckets[row[1] >> 56].push_back(row);
    block = {};
  }
  return buckets;
}

}  // namespace

void DuplicateCounter::add(std::vector<RowHash>&& rows, const IdRange& ids) {
  if (rows.empty()) return;
  ids_rise_ = ids_rise_ && ids.rises && (blocks_.empty() || ids.first > last_id_);
  last_id_ = ids.last;
  blocks_.push_back(std::move(rows));
}

std::int64_t DuplicateCounter::count() {
  auto blocks = std::exchange(blocks_, {});
  if (ids_rise_) return 0;
  constexpr std::size_t kBlocksTogether = 16;
  std::vector<std::vector<Rows>> parts((blocks.size() + kBlocksTogether - 1) / kBlocksTogether);
  tbb::parallel_for(std::size_t{0}, parts.size(), [&](std::size_t part) {
    const std::size_t begin = part * kBlocksTogether;
    parts[part] =
        parted(std::span(blocks).subspan(begin, std::min(kBlocksTogether, blocks.size() - begin)));
  });
  using Range = tbb::blocked_range<std::size_t>;
  return tbb::parallel_reduce(
      Range(0, kBuckets), std::int64_t{0},
      [&](const Range& range, std::int64_t sum) {
        for (std::size_t bucket = range.begin(); bucket != range.end(); ++bucket) {
          std::vector<const Rows*> rows;
          for (const auto& part : parts) rows.push_back(&part[bucket]);
          sum += count_in(rows);
        }
        return sum;
      },
      std::plus<>());
}

}  // namespace covey::driver
