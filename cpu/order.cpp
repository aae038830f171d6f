#include "order.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "blocks.h"

namespace covey::internal {
namespace {

/// The feature in which up to 128 of these rows lie farthest from their mean, by the sum of
/// squares: a single far point does not decide.
std::int32_t widest_feature(const std::vector<std::int32_t>& rows, int d,
                            std::span<const std::uint32_t> of) {
  const std::size_t step = std::max<std::size_t>(1, of.size() / 128);
  double sum[kMaxBoxDimensions] = {}, square[kMaxBoxDimensions] = {};
  double count = 0;
  for (std::size_t i = 0; i < of.size(); i += step) {
    const std::int32_t* q = rows.data() + static_cast<std::int64_t>(of[i]) * d;
    for (int f = 0; f < d; ++f) {
      const double x = q[f];
      sum[f] += x;
      square[f] += x * x;
    }
    count += 1;
  }
  std::int32_t widest = 0;
  double most = -1;
  for (int f = 0; f < d; ++f) {
    const double scatter = square[f] - sum[f] * sum[f] / count;
    if (scatter > most) {
      most = scatter;
      widest = f;
    }
  }
  return widest;
}

}  // namespace

SpatialTree::SpatialTree(const std::vector<std::int32_t>& sample, int d, int levels)
    : levels_(levels),
      splits_(std::size_t{1} << levels, Split{0, std::numeric_limits<std::int32_t>::max()}) {
  std::vector<std::uint32_t> order(sample.size() / static_cast<std::size_t>(d));
  std::iota(order.begin(), order.end(), 0U);
  // Pieces of one level, side by side: node 2^level + i has rows begin[i] to begin[i + 1].
  std::vector<std::size_t> begin = {0, order.size()};
  for (std::size_t node = 1; node < splits_.size();) {
    std::vector<std::size_t> next = {0};
    for (std::size_t piece = 0; piece + 1 < begin.size(); ++piece, ++node) {
      const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin[piece]);
      const auto last = order.begin() + static_cast<std::ptrdiff_t>(begin[piece + 1]);
      auto cut = last;
      if (last - first > 1) {
        const std::int32_t f = widest_feature(sample, d, {first, last});
        const auto at = [&](std::uint32_t i) {
          return sample[i * static_cast<std::size_t>(d) + f];
        };
        const auto middle = first + (last - first - 1) / 2;
        std::nth_element(first, middle, last,
                         [&](std::uint32_t a, std::uint32_t b) { return at(a) < at(b); });
        const std::int32_t median = at(*middle);
        cut = std::partition(middle, last, [&](std::uint32_t i) { return at(i) <= median; });
        splits_[node] = {f, median};
      }
      next.push_back(static_cast<std::size_t>(cut - order.begin()));
      next.push_back(begin[piece + 1]);
    }
    begin = std::move(next);
  }
}

void order_within_blocks(const std::vector<std::int32_t>& rows, int d, std::int64_t start,
                         std::span<std::uint32_t> order) {
  const std::int64_t end = start + static_cast<std::int64_t>(order.size());
  const std::int64_t first_cut = start / kBlock + 1, last_cut = (end - 1) / kBlock;
  if (first_cut > last_cut) return;
  const auto left = static_cast<std::size_t>((first_cut + last_cut) / 2 * kBlock - start);
  const std::int32_t f = widest_feature(rows, d, order);
  const auto at = [&](std::uint32_t i) { return rows[i * static_cast<std::size_t>(d) + f]; };
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(left), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return at(a) < at(b); });
  order_within_blocks(rows, d, start, order.first(left));
  order_within_blocks(rows, d, start + static_cast<std::int64_t>(left), order.subspan(left));
}

}  // namespace covey::internal
