#include "cuda_points.h"

#include "gather.cuh"
#include "seed.h"

namespace covey::cuda {

CudaPoints::CudaPoints(Grid grid, std::shared_ptr<const Shards> shards, const TestHooks& hooks,
                       LoadedPoints points)
    : grid_(std::move(grid)),
      shards_(std::move(shards)),
      hooks_(hooks),
      saturated_(std::move(points.saturated)),
      weight_(points.weight),
      parts_(std::move(points.parts)),
      rows_(std::move(points.rows)),
      all_rows_(std::move(points.all_rows)),
      held_(shards_->first(), 4 * (rows_.on_device() == nullptr ? 0 : rows_.rows()) +
                                  all_rows_.stride * point_bytes(grid_.dimensions())) {
  const auto d = static_cast<std::size_t>(grid_.dimensions());
  sums_.sums.assign(d, 0);
  sums_.squares.assign(d, 0);
  parts_->for_each([&](const PartInPlace& part) {
    const FeatureSums more = feature_sums(part.device, part.points);
    for (std::size_t f = 0; f < d; ++f) {
      sums_.sums[f] += more.sums[f];
      sums_.squares[f] += more.squares[f];
      total_square_ += more.squares[f];
    }
  });
}

Labelled CudaPoints::labelled(const PartInPlace& part, const Centroids& centroids) {
  return label_part(*parts_, part, centroids, hooks_, statistics_, forms_);
}

std::vector<KMeansModel> CudaPoints::fit(const FitPlan& plan) {
  const std::vector<Centroids> starts =
      plan.given.empty() ? seed_starts(*parts_, plan, hooks_.hash_mask) : plan.given;
  const Device& device = shards_->first();
  device.use();
  PointsView points;
  points.d = grid_.dimensions();
  if (all_rows_.count > 0)
    points = all_rows_.view();
  else if (parts_->whole() != nullptr)
    points = parts_->whole()->view();
  ScreenForms passing;
  LloydInput input{device, points,        parts_.get(),
                   0,      total_square_, plan.max_iterations,
                   hooks_, statistics_,   points.count > 0 ? forms_ : passing};
  input.limit = internal::tolerance_limit(plan.tolerance, sums_.squares, sums_.sums, weight_);
  return run_lloyd(input, starts);
}

Gram CudaPoints::gram() {
  Gram gram{grid_.dimensions(), weight_, sums_.sums, {}};
  gram.products.assign(sums_.sums.size() * sums_.sums.size(), 0);
  parts_->for_each([&](const PartInPlace& part) {
    const std::vector<Int128> more = products_of(part.device, part.points);
    for (std::size_t at = 0; at < more.size(); ++at) gram.products[at] += more[at];
  });
  return gram;
}

std::vector<std::vector<double>> CudaPoints::project(const Pca& pca) {
  std::vector<RowFigures<double>> figures;
  for (int c = 0; c < pca.components; ++c) figures.emplace_back(*parts_, rows_);
  parts_->for_each([&](const PartInPlace& part) {
    for (int c = 0; c < pca.components; ++c)
      figures[static_cast<std::size_t>(c)].take(
          part, scores_of(part.device, part.points, pca, c, grid_.cell()));
  });
  std::vector<std::vector<double>> scores;
  for (RowFigures<double>& one : figures) scores.push_back(one.rows());
  return scores;
}

ScoreHistogram CudaPoints::histogram(const Pca& pca, const Centroids& centroids, int width,
                                     int height) {
  ScoreHistogram picture;
  picture.clusters = centroids.k;
  picture.width = width;
  picture.height = height;
  picture.counts.assign(static_cast<std::size_t>(centroids.k) * static_cast<std::size_t>(height) *
                            static_cast<std::size_t>(width),
                        0);
  parts_->for_each([&](const PartInPlace& part) {
    add_score_range(part.device, part.points, pca, grid_.cell(), picture);
  });
  parts_->for_each([&](const PartInPlace& part) {
    add_to_histogram(part.device, part.points, labelled(part, centroids).label, pca, grid_.cell(),
                     picture);
  });
  return picture;
}

}  // namespace covey::cuda
