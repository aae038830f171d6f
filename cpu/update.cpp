#include "update.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace covey::internal {

void move_points(const Blocks& blocks, std::int64_t b, const BlockLabels& labels,
                 std::int32_t* before, ClusterSums& sums) {
  const int d = blocks.d;
  const float* q = blocks.block(b);
  const std::uint32_t* weights = blocks.weights(b);
  for (int change = 0; change < labels.changes; ++change) {
    const int i = labels.changed[change];
    const std::int32_t label = labels.label[i];
    const std::int64_t m = weights[i];
    std::int64_t* to = sums.sums.data() + static_cast<std::int64_t>(label) * d;
    sums.counts[static_cast<std::size_t>(label)] += m;
    if (before[i] < 0) {
      for (int f = 0; f < d; ++f) to[f] += m * static_cast<std::int32_t>(q[f * kBlock + i]);
    } else {
      std::int64_t* from = sums.sums.data() + static_cast<std::int64_t>(before[i]) * d;
      sums.counts[static_cast<std::size_t>(before[i])] -= m;
      for (int f = 0; f < d; ++f) {
        const std::int64_t moved = m * static_cast<std::int32_t>(q[f * kBlock + i]);
        to[f] += moved;
        from[f] -= moved;
      }
    }
    before[i] = label;
  }
}

std::vector<float> moves(const Centroids& before, const Centroids& after) {
  constexpr double kUp = 1.0 + 0x1p-20;
  std::vector<double> move;
  for (int j = 0; j < before.k; ++j)
    move.push_back(
        std::sqrt(static_cast<double>(squared_distance(before.row(j), after.row(j), before.d))));
  const auto most = std::max_element(move.begin(), move.end());
  double next = 0;
  for (auto other = move.begin(); other != move.end(); ++other)
    if (other != most) next = std::max(next, *other);
  std::vector<float> reach;
  for (auto own = move.begin(); own != move.end(); ++own)
    reach.push_back(static_cast<float>((*own + (own == most ? next : *most)) * kUp));
  return reach;
}

std::vector<std::int32_t> farthest_points(const Blocks& distinct,
                                          const std::vector<std::int64_t>& distance, int count) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(distinct.points));
  std::iota(order.begin(), order.end(), 0);
  std::vector<std::int32_t> left(static_cast<std::size_t>(distinct.d)), right(left);
  std::partial_sort(order.begin(), order.begin() + count, order.end(),
                    [&](std::int64_t a, std::int64_t b) {
                      const std::int64_t at_a = distance[static_cast<std::size_t>(a)];
                      const std::int64_t at_b = distance[static_cast<std::size_t>(b)];
                      if (at_a != at_b) return at_a > at_b;
                      distinct.point(a, left.data());
                      distinct.point(b, right.data());
                      return compare_points(left.data(), right.data(), distinct.d) < 0;
                    });
  std::vector<std::int32_t> rows(static_cast<std::size_t>(count) *
                                 static_cast<std::size_t>(distinct.d));
  for (int i = 0; i < count; ++i)
    distinct.point(order[static_cast<std::size_t>(i)],
                   rows.data() + static_cast<std::int64_t>(i) * distinct.d);
  return rows;
}

}  // namespace covey::internal
