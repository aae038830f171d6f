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

void move_block(const Boxes& boxes, std::int64_t b, std::int32_t from, std::int32_t to,
                ClusterSums& sums) {
  const auto add = [&](std::int32_t cluster, std::int64_t sign) {
    sums.counts[static_cast<std::size_t>(cluster)] +=
        sign * boxes.weights[static_cast<std::size_t>(b)];
    std::int64_t* sum = sums.sums.data() + static_cast<std::int64_t>(cluster) * boxes.d;
    for (int f = 0; f < boxes.d; ++f) sum[f] += sign * boxes.sums_of(b)[f];
  };
  add(to, 1);
  if (from >= 0) add(from, -1);
}

void gather_points(const Blocks& blocks, std::int64_t b, const std::int32_t* before,
                   std::int32_t to, ClusterSums& sums) {
  const float* q = blocks.block(b);
  for (int i = 0; i < blocks.filled(b); ++i) {
    if (before[i] == to) continue;
    const std::int64_t m = blocks.weights(b)[i];
    const std::int64_t from = before[i];
    sums.counts[static_cast<std::size_t>(from)] -= m;
    sums.counts[static_cast<std::size_t>(to)] += m;
    for (std::int64_t f = 0; f < blocks.d; ++f) {
      const std::int64_t moved = m * static_cast<std::int32_t>(q[f * kBlock + i]);
      sums.sums[static_cast<std::size_t>(from * blocks.d + f)] -= moved;
      sums.sums[static_cast<std::size_t>(static_cast<std::int64_t>(to) * blocks.d + f)] += moved;
    }
  }
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
