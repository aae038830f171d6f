// Validity of a labelling: exact sums by cluster, then one pass over the distinct points.
#include "cpu_points.h"
#include "label.h"
#include "validity_rules.h"

namespace covey::internal {
namespace {

/// Sum m |q|^2 over the points of each of k clusters.
std::vector<Int128> squares_by_cluster(const Threads& threads, const Kernels& kernels,
                                       const Blocks& points, const std::vector<std::int32_t>& label,
                                       int k) {
  const AlignedVector<float> origin(static_cast<std::size_t>(points.d), 0.0F);
  std::vector<std::vector<Int128>> parts(static_cast<std::size_t>(threads.count()));
  const std::int64_t grain = blocks_a_task(points.blocks());
  threads.for_each(Piece::count(grain, points.blocks()), [&](std::int64_t task, int worker) {
    std::vector<Int128>& part = parts[static_cast<std::size_t>(worker)];
    part.resize(static_cast<std::size_t>(k), 0);
    const Piece piece(task, grain, points.blocks());
    alignas(64) std::int64_t square[kBlock];
    for (std::int64_t b = piece.begin; b < piece.end; ++b) {
      kernels.distances(points.block(b), points.d, origin.data(), square);
      const std::int32_t* own = label.data() + b * kBlock;
      for (int i = 0; i < points.filled(b); ++i)
        part[static_cast<std::size_t>(own[i])] +=
            static_cast<Int128>(points.weights(b)[i]) * square[i];
    }
  });
  std::vector<Int128> squares(static_cast<std::size_t>(k), 0);
  for (const std::vector<Int128>& part : parts)
    for (std::size_t c = 0; c < part.size(); ++c) squares[c] += part[c];
  return squares;
}

/// Of each cluster the kPointSums sums over its points.
std::vector<std::int64_t> point_sums(const Threads& threads, const Kernels& kernels,
                                     const Blocks& points, const std::vector<std::int32_t>& label,
                                     const ValiditySums& of) {
  struct Part {
    std::vector<std::int64_t> totals;
    AlignedVector<double> room;
  };
  const std::vector<ClusterSpread> spreads = cluster_spreads(of);
  const std::size_t size = spreads.size() * kPointSums;
  std::vector<Part> parts(static_cast<std::size_t>(threads.count()));
  const std::int64_t grain = blocks_a_task(points.blocks());
  threads.for_each(Piece::count(grain, points.blocks()), [&](std::int64_t task, int worker) {
    Part& part = parts[static_cast<std::size_t>(worker)];
    part.totals.resize(size, 0);
    part.room.resize(static_cast<std::size_t>(of.d) * kMeanPoints);
    const Piece piece(task, grain, points.blocks());
    double own[kBlock], other[kBlock];
    for (std::int64_t b = piece.begin; b < piece.end; ++b) {
      const std::int32_t* cluster = label.data() + b * kBlock;
      kernels.mean_distances({points.block(b), of.d, of.means.data(), spreads.data(), of.k},
                             cluster, part.room.data(), own, other);
      for (int i = 0; i < points.filled(b); ++i) {
        const auto c = static_cast<std::size_t>(cluster[i]);
        add_point(point_validity(own[i], other[i], spreads[c]), points.weights(b)[i],
                  part.totals.data() + c * kPointSums);
      }
    }
  });
  std::vector<std::int64_t> totals(size, 0);
  for (const Part& part : parts)
    for (std::size_t at = 0; at < part.totals.size(); ++at) totals[at] += part.totals[at];
  return totals;
}

}  // namespace

ValiditySums CpuPoints::validity(const Centroids& centroids) {
  const Blocks& points = distinct_.points;
  std::vector<std::int32_t> label;
  ClusterSums sums;
  label_points({*threads_, kernels_, hooks_.certify, statistics_}, points, boxes_, centroids, label,
               nullptr, &sums);
  const std::vector<Int128> squares =
      squares_by_cluster(*threads_, kernels_, points, label, centroids.k);
  ValiditySums result = means_and_scatters(sums, squares, centroids.d);
  set_point_sums(point_sums(*threads_, kernels_, points, label, result), result);
  return result;
}

}  // namespace covey::internal
