#include "assign.h"

#include <algorithm>
#include <numeric>

namespace covey::internal {
namespace {

/// Position of the nearest centroid; the first of equals, which the order makes the one of the tie
/// rule.
std::int32_t nearest_exactly(const std::int32_t* point, const RankedCentroids& centroids) {
  std::int32_t best = 0;
  std::int64_t least = squared_distance(point, centroids.q.data(), centroids.d);
  for (std::int32_t c = 1; c < centroids.k; ++c) {
    const std::int64_t distance = squared_distance(
        point, centroids.q.data() + static_cast<std::int64_t>(c) * centroids.d, centroids.d);
    if (distance < least) {
      least = distance;
      best = c;
    }
  }
  return best;
}

}  // namespace

RankedCentroids::RankedCentroids(const Centroids& centroids) : d(centroids.d) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(centroids.k));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    const int side = compare_points(centroids.row(a), centroids.row(b), d);
    return side != 0 ? side < 0 : a < b;
  });
  for (const std::int32_t j : order) {
    const std::int32_t* row = centroids.row(j);
    if (k > 0 && compare_points(q.data() + static_cast<std::int64_t>(k - 1) * d, row, d) == 0)
      continue;
    q.insert(q.end(), row, row + d);
    cluster.push_back(j);
    ++k;
  }
  f.assign(q.begin(), q.end());
}

int assign_block(const Kernels& kernels, const Blocks& blocks, std::int64_t b,
                 const RankedCentroids& centroids, bool certify, std::int32_t* label) {
  std::uint16_t uncertain[kBlock];
  const int recheck = kernels.assign(
      {blocks.block(b), blocks.filled(b), blocks.d, centroids.f.data(), centroids.k, certify},
      label, uncertain);
  std::vector<std::int32_t> point(recheck > 0 ? static_cast<std::size_t>(blocks.d) : 0);
  for (int i = 0; i < recheck; ++i) {
    blocks.point(b * kBlock + uncertain[i], point.data());
    label[uncertain[i]] = nearest_exactly(point.data(), centroids);
  }
  for (int i = 0; i < kBlock; ++i) label[i] = centroids.cluster[static_cast<std::size_t>(label[i])];
  return recheck;
}

}  // namespace covey::internal
