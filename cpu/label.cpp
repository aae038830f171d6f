#include "label.h"

#include "assign.h"
#include "update.h"

namespace covey::internal {
namespace {

constexpr std::int64_t kBlocksATask = 16;

void own_distances(const Blocks& points, std::int64_t b, const Centroids& centroids,
                   const std::int32_t* label, std::int64_t* distance) {
  const float* q = points.block(b);
  std::fill_n(distance, kBlock, 0);
  for (int f = 0; f < points.d; ++f) {
    for (int i = 0; i < kBlock; ++i) {
      const std::int64_t difference =
          static_cast<std::int64_t>(q[f * kBlock + i]) - centroids.row(label[i])[f];
      distance[i] += difference * difference;
    }
  }
}

}  // namespace

void label_points(const Labelling& with, const Blocks& points, const Centroids& centroids,
                  std::vector<std::int32_t>& label, std::vector<std::int64_t>* distance) {
  const RankedCentroids ranked(centroids);
  const auto padded = static_cast<std::size_t>(points.blocks()) * kBlock;
  label.resize(padded);
  if (distance != nullptr) distance->resize(padded);
  std::vector<std::int64_t> rechecked(static_cast<std::size_t>(with.threads.count()), 0);
  with.threads.for_each(
      Piece::count(kBlocksATask, points.blocks()), [&](std::int64_t task, int worker) {
        const Piece piece(task, kBlocksATask, points.blocks());
        for (std::int64_t b = piece.begin; b < piece.end; ++b) {
          alignas(64) std::int32_t nearest[kBlock];
          rechecked[static_cast<std::size_t>(worker)] +=
              assign_block(with.kernels, points, b, ranked, with.certify, nearest);
          std::copy_n(nearest, kBlock, label.begin() + b * kBlock);
          if (distance != nullptr)
            own_distances(points, b, centroids, nearest, distance->data() + b * kBlock);
        }
      });
  with.statistics.labels += points.points;
  for (const std::int64_t count : rechecked) with.statistics.rechecked += count;
}

Labels CpuPoints::label(const Centroids& centroids, bool distances) {
  std::vector<std::int32_t> label;
  std::vector<std::int64_t> distance;
  const Labelling with{*threads_, kernels_, hooks_.certify, statistics_};
  label_points(with, distinct_.points, centroids, label, distances ? &distance : nullptr);

  Labels labels;
  labels.label.resize(distinct_.source.size());
  if (distances) labels.distance.resize(distinct_.source.size());
  constexpr std::int64_t kGrain = 65'536;
  threads_->for_each(Piece::count(kGrain, rows()), [&](std::int64_t task, int) {
    const Piece piece(task, kGrain, rows());
    for (auto i = static_cast<std::size_t>(piece.begin); i < static_cast<std::size_t>(piece.end);
         ++i) {
      labels.label[i] = label[distinct_.source[i]];
      if (distances) labels.distance[i] = distance[distinct_.source[i]];
    }
  });

  const auto workers = static_cast<std::size_t>(threads_->count());
  std::vector<ClusterSums> parts(workers, ClusterSums(centroids.k, centroids.d));
  std::vector<std::int32_t> none(label.size(), -1);
  threads_->for_each(
      Piece::count(kBlocksATask, distinct_.points.blocks()), [&](std::int64_t task, int worker) {
        const Piece piece(task, kBlocksATask, distinct_.points.blocks());
        for (std::int64_t b = piece.begin; b < piece.end; ++b)
          move_points(distinct_.points, b, label.data() + b * kBlock, none.data() + b * kBlock,
                      parts[static_cast<std::size_t>(worker)]);
      });
  for (std::size_t w = 1; w < workers; ++w) add_and_clear(parts[0], parts[w]);
  Int128 total_square = 0;
  for (const Int128 square : feature_squares_) total_square += square;
  labels.inertia = inertia_from_sums(total_square, centroids, parts[0]);
  labels.counts = std::move(parts[0].counts);
  return labels;
}

}  // namespace covey::internal
