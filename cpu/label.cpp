#include "label.h"

#include "assign.h"
#include "update.h"

namespace covey::internal {
namespace {

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

void label_points(const Labelling& with, const Blocks& points, const Boxes& boxes,
                  const Centroids& centroids, std::vector<std::int32_t>& label,
                  std::vector<std::int64_t>* distance, ClusterSums* sums) {
  const DistinctCentroids distinct(centroids, points);
  const auto padded = static_cast<std::size_t>(points.blocks()) * kBlock;
  const auto workers = static_cast<std::size_t>(with.threads.count());
  label.assign(padded, -1);
  if (distance != nullptr) distance->resize(padded);
  std::vector<std::int64_t> rechecked(workers, 0);
  std::vector<ClusterSums> parts(workers);
  std::vector<AssignScratch> scratches(workers);
  const std::int64_t grain = blocks_a_task(points.blocks());
  with.threads.for_each(Piece::count(grain, points.blocks()), [&](std::int64_t task, int worker) {
    const auto w = static_cast<std::size_t>(worker);
    if (sums != nullptr && parts[w].counts.empty())
      parts[w] = ClusterSums(centroids.k, centroids.d);
    const Piece piece(task, grain, points.blocks());
    BlockLabels labels;
    AssignScratch& scratch = scratches[w];
    const bool boxed = with.certify && boxes.narrow();
    for (std::int64_t b = piece.begin; b < piece.end; ++b) {
      std::int32_t* own = label.data() + b * kBlock;
      if (boxed && scratch.shortlist.look(with.kernels, boxes, b, distinct) == 1) {
        const std::int32_t cluster = scratch.shortlist.cluster(distinct, 0);
        if (sums != nullptr) move_block(boxes, b, -1, cluster, parts[w]);
        std::fill_n(own, kBlock, cluster);
      } else {
        assign_block(with.kernels, points, boxes, b, distinct, with.certify, own, scratch, boxed,
                     labels);
        rechecked[w] += labels.rechecked;
        if (sums != nullptr)
          move_points(with.kernels, points, b, labels, own, parts[w], scratch.rows);
        std::copy_n(labels.label, kBlock, own);
      }
      if (distance != nullptr)
        own_distances(points, b, centroids, own, distance->data() + b * kBlock);
    }
  });
  with.statistics.labels += points.points;
  for (const std::int64_t count : rechecked) with.statistics.rechecked += count;
  if (sums == nullptr) return;
  *sums = ClusterSums(centroids.k, centroids.d);
  for (ClusterSums& part : parts)
    if (!part.counts.empty()) add_and_clear(*sums, part);
}

Labels CpuPoints::label(const Centroids& centroids, bool distances) {
  std::vector<std::int32_t> label;
  std::vector<std::int64_t> distance;
  const Labelling with{*threads_, kernels_, hooks_.certify, statistics_};
  ClusterSums sums;
  label_points(with, distinct_.points, boxes_, centroids, label, distances ? &distance : nullptr,
               &sums);

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

  Int128 total_square = 0;
  for (const Int128 square : feature_squares_) total_square += square;
  labels.inertia = inertia_from_sums(total_square, centroids, sums);
  labels.counts = std::move(sums.counts);
  return labels;
}

}  // namespace covey::internal
