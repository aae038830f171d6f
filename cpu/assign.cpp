#include "assign.h"

#include <algorithm>
#include <numeric>

#include "covey/screen.h"

namespace covey::internal {
namespace {

/// The exact squared distance, or, once it is sure to exceed `limit`, some part of it that does.
std::int64_t distance_up_to(const std::int32_t* a, const std::int32_t* b, int d,
                            std::int64_t limit) {
  constexpr int kStep = 16;
  std::int64_t sum = 0;
  for (int f = 0; f < d && sum <= limit; f += kStep)
    sum += squared_distance(a + f, b + f, std::min(kStep, d - f));
  return sum;
}

/// Position of the nearest centroid; of equally near ones the lexicographically first. `guess` is
/// where floats saw the nearest: with its distance known, most others are out after a few features.
std::int32_t nearest_exactly(const std::int32_t* point, const DistinctCentroids& centroids,
                             std::int32_t guess) {
  const auto row = [&](std::int32_t c) {
    return centroids.q.data() + static_cast<std::int64_t>(c) * centroids.d;
  };
  std::int32_t best = guess;
  std::int64_t least = squared_distance(point, row(guess), centroids.d);
  for (std::int32_t c = 0; c < centroids.k; ++c) {
    const std::int64_t distance = distance_up_to(point, row(c), centroids.d, least);
    if (distance < least ||
        (distance == least && compare_points(row(c), row(best), centroids.d) < 0)) {
      least = distance;
      best = c;
    }
  }
  return best;
}

}  // namespace

DistinctCentroids::DistinctCentroids(const Centroids& centroids, const Blocks& points)
    : d(centroids.d) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(centroids.k));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    const int side = compare_points(centroids.row(a), centroids.row(b), d);
    return side != 0 ? side < 0 : a < b;
  });
  const auto repeats = [&](std::int32_t a, std::int32_t b) {
    return compare_points(centroids.row(a), centroids.row(b), d) == 0;
  };
  order.erase(std::unique(order.begin(), order.end(), repeats), order.end());
  std::sort(order.begin(), order.end());
  for (const std::int32_t j : order) q.insert(q.end(), centroids.row(j), centroids.row(j) + d);
  k = static_cast<int>(order.size());
  if (k < centroids.k) cluster = std::move(order);
  f.assign(q.begin(), q.end());
  const int saving = points.int8 != nullptr ? int8_saving(k, d) : 0;
  if (saving > 0) int8 = int8_centroids(q, k, *points.int8, saving);
  for (std::int64_t c = 0; c < k; ++c) half.push_back(half_norm(square_of(q.data() + c * d, d), d));
}

namespace {

/// The nearest centroid of each point of block b by float32; returns how many were recomputed.
int nearest_by_floats(const Kernels& kernels, const Blocks& blocks, std::int64_t b,
                      const DistinctCentroids& centroids, bool certify, std::int32_t* nearest) {
  // Where products leave more open than this, as far from the origin, differences have a look.
  constexpr int kMany = kBlock / 16;
  const AssignArguments arguments{
      blocks.block(b),       blocks.filled(b), blocks.d, centroids.f.data(),
      centroids.half.data(), centroids.k,      certify};
  std::uint16_t uncertain[kBlock];
  int rechecked = kernels.by_products(arguments, nearest, uncertain);
  if (rechecked > kMany) rechecked = kernels.by_differences(arguments, nearest, uncertain);
  std::vector<std::int32_t> point(rechecked > 0 ? static_cast<std::size_t>(blocks.d) : 0);
  for (int i = 0; i < rechecked; ++i) {
    blocks.point(b * kBlock + uncertain[i], point.data());
    nearest[uncertain[i]] = nearest_exactly(point.data(), centroids, nearest[uncertain[i]]);
  }
  return rechecked;
}

}  // namespace

void assign_block(const Kernels& kernels, const Blocks& blocks, std::int64_t b,
                  const DistinctCentroids& centroids, bool certify, const std::int32_t* before,
                  BlockLabels& labels, LabelBounds bounds) {
  const int filled = blocks.filled(b);
  alignas(64) std::int32_t nearest[kBlock];
  labels.rechecked = -1;
  // Where centroids repeat, the second nearest may be as near as the nearest.
  const bool remembered = bounds.slack != nullptr && certify && centroids.cluster.empty();
  if (!centroids.int8.empty() && centroids.int8.trials->worth_another())
    labels.rechecked = int8_nearest(blocks, *blocks.int8, b, centroids.int8, certify, before,
                                    remembered ? bounds : LabelBounds(), nearest, labels.int8);
  if (bounds.slack != nullptr && (labels.rechecked < 0 || !remembered))
    std::fill_n(bounds.slack, filled, 0.0F);
  if (labels.rechecked < 0)
    labels.rechecked = nearest_by_floats(kernels, blocks, b, centroids, certify, nearest);
  labels.changes =
      kernels.relabel(nearest, centroids.cluster.empty() ? nullptr : centroids.cluster.data(),
                      before, filled, labels.label, labels.changed);
}

}  // namespace covey::internal
