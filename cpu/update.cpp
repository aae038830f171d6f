#include "update.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace covey::internal {

namespace {

/// Few features: coordinates are read where they are.
void move_narrow_points(const Blocks& blocks, std::int64_t b, const BlockLabels& labels,
                        std::int32_t* before, ClusterSums& sums) {
  const int d = blocks.d;
  const float* q = blocks.block(b);
  const std::uint32_t* weights = blocks.weights(b);
  for (int change = 0; change < labels.changes; ++change) {
    const int i = labels.changed[change];
    const std::int32_t label = labels.label[i], old = before[i];
    const std::int64_t m = weights[i];
    std::int64_t* to = sums.sums.data() + static_cast<std::int64_t>(label) * d;
    sums.counts[static_cast<std::size_t>(label)] += m;
    before[i] = label;
    if (old < 0) {
      for (int f = 0; f < d; ++f) to[f] += m * static_cast<std::int32_t>(q[f * kBlock + i]);
      continue;
    }
    std::int64_t* from = sums.sums.data() + static_cast<std::int64_t>(old) * d;
    sums.counts[static_cast<std::size_t>(old)] -= m;
    for (int f = 0; f < d; ++f) {
      const std::int64_t moved = m * static_cast<std::int32_t>(q[f * kBlock + i]);
      to[f] += moved;
      from[f] -= moved;
    }
  }
}

/// Moves one point of d coordinates from one row of the sums (null: none) to another.
void move_row(const Kernels& kernels, const std::int32_t* point, int d, std::int64_t m,
              std::int64_t* to, std::int64_t* from) {
  if (m == 1) {
    kernels.move_row(point, d, to, from);
    return;
  }
  for (int f = 0; f < d; ++f) to[f] += m * point[f];
  for (int f = 0; f < d && from != nullptr; ++f) from[f] -= m * point[f];
}

}  // namespace

void move_points(const Kernels& kernels, const Blocks& blocks, std::int64_t b,
                 const BlockLabels& labels, std::int32_t* before, ClusterSums& sums,
                 std::vector<std::int32_t>& rows) {
  constexpr int kNarrow = 16;
  if (blocks.d <= kNarrow) {
    move_narrow_points(blocks, b, labels, before, sums);
    return;
  }
  constexpr int kGathered = 16;  // points that are read together, column by column
  const std::size_t d = static_cast<std::size_t>(blocks.d);
  if (rows.size() < kGathered * d) rows.resize(kGathered * d);
  const auto row_of = [&](std::int32_t cluster) {
    return sums.sums.data() + static_cast<std::int64_t>(cluster) * blocks.d;
  };
  for (int first = 0; first < labels.changes; first += kGathered) {
    const int count = std::min(kGathered, labels.changes - first);
    const std::uint16_t* changed = labels.changed + first;
    for (std::size_t f = 0; f < d; ++f) {
      const float* column = blocks.block(b) + f * kBlock;
      for (std::size_t j = 0; j < static_cast<std::size_t>(count); ++j)
        rows[j * d + f] = static_cast<std::int32_t>(column[changed[j]]);
    }
    for (int j = 0; j < count; ++j) {
      const int i = changed[j];
      const std::int32_t label = labels.label[i], old = before[i];
      const std::int64_t m = blocks.weights(b)[i];
      sums.counts[static_cast<std::size_t>(label)] += m;
      if (old >= 0) sums.counts[static_cast<std::size_t>(old)] -= m;
      move_row(kernels, rows.data() + static_cast<std::size_t>(j) * d, blocks.d, m, row_of(label),
               old >= 0 ? row_of(old) : nullptr);
      before[i] = label;
    }
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
