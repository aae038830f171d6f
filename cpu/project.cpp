// Scores on principal components, and the picture of all rows: counts by cluster over the plane of
// the first two.
#include <algorithm>

#include "cpu_points.h"
#include "label.h"

namespace covey::internal {
namespace {

constexpr std::int64_t kBlocksATask = 16;

Range range_of(const Threads& threads, const std::vector<double>& scores, std::int64_t count) {
  constexpr std::int64_t kGrain = 65'536;
  std::vector<Range> parts(static_cast<std::size_t>(threads.count()));
  threads.for_each(Piece::count(kGrain, count), [&](std::int64_t task, int worker) {
    const Piece piece(task, kGrain, count);
    Range range;
    for (std::int64_t i = piece.begin; i < piece.end; ++i)
      range.include(scores[static_cast<std::size_t>(i)]);
    parts[static_cast<std::size_t>(worker)].include(range);
  });
  for (const Range& part : parts) parts[0].include(part);
  return parts[0];
}

}  // namespace

/// Scores of component c of the distinct points, padded to whole blocks.
std::vector<double> CpuPoints::distinct_scores(const Pca& pca, int c) const {
  const Blocks& points = distinct_.points;
  std::vector<double> scores(static_cast<std::size_t>(points.blocks()) * kBlock);
  const double* loadings = pca.loadings.data() + static_cast<std::int64_t>(c) * pca.d;
  threads_->for_each(points.blocks(), [&](std::int64_t b, int) {
    kernels_.project(points.block(b), points.d, pca.mean.data(), loadings, grid_.cell(),
                     scores.data() + b * kBlock);
  });
  return scores;
}

std::vector<std::vector<double>> CpuPoints::project(const Pca& pca) {
  std::vector<std::vector<double>> scores(static_cast<std::size_t>(pca.components));
  for (std::size_t c = 0; c < scores.size(); ++c) {
    const std::vector<double> of_point = distinct_scores(pca, static_cast<int>(c));
    scores[c].resize(distinct_.source.size());
    constexpr std::int64_t kGrain = 65'536;
    threads_->for_each(Piece::count(kGrain, rows()), [&](std::int64_t task, int) {
      const Piece piece(task, kGrain, rows());
      for (auto i = static_cast<std::size_t>(piece.begin); i < static_cast<std::size_t>(piece.end);
           ++i)
        scores[c][i] = of_point[distinct_.source[i]];
    });
  }
  return scores;
}

ScoreHistogram CpuPoints::histogram(const Pca& pca, const Centroids& centroids, int width,
                                    int height) {
  const Blocks& points = distinct_.points;
  const std::vector<double> x = distinct_scores(pca, 0);
  const std::vector<double> y =
      pca.components > 1 ? distinct_scores(pca, 1) : std::vector<double>(x.size(), 0.0);
  ScoreHistogram histogram{centroids.k, width, height, {}, {}, {}};
  histogram.x = range_of(*threads_, x, points.points);
  histogram.y = range_of(*threads_, y, points.points);

  std::vector<std::int32_t> label;
  label_points({*threads_, kernels_, hooks_.certify, statistics_}, points, boxes_, centroids, label,
               nullptr);
  std::vector<std::int64_t> cell(x.size());
  threads_->for_each(Piece::count(kBlocksATask, points.blocks()), [&](std::int64_t task, int) {
    const Piece piece(task, kBlocksATask, points.blocks());
    const auto end =
        static_cast<std::size_t>(std::min<std::int64_t>(piece.end * kBlock, points.points));
    for (auto i = static_cast<std::size_t>(piece.begin) * kBlock; i < end; ++i) {
      const std::int64_t row =
          static_cast<std::int64_t>(label[i]) * height + histogram_cell(y[i], histogram.y, height);
      cell[i] = row * width + histogram_cell(x[i], histogram.x, width);
    }
  });
  // By one thread: a histogram may be large, and a copy for each thread would be larger.
  histogram.counts.assign(static_cast<std::size_t>(centroids.k) * static_cast<std::size_t>(height) *
                              static_cast<std::size_t>(width),
                          0);
  for (std::int64_t i = 0; i < points.points; ++i)
    histogram.counts[static_cast<std::size_t>(cell[static_cast<std::size_t>(i)])] +=
        points.weight(i);
  return histogram;
}

}  // namespace covey::internal
