#include "cuda_points.h"

#include "gather.cuh"
#include "seed.h"

namespace covey::cuda {
CudaPoints::CudaPoints(Grid grid, std::shared_ptr<const Device> device, const TestHooks& hooks,
                       QuantisedRows rows, const LoadOptions& options)
    : grid_(std::move(grid)),
      device_(std::move(device)),
      hooks_(hooks),
      saturated_(std::move(rows.saturated)),
      weight_(rows.weight),
      distinct_(collapse_rows(*device_, rows.points)) {
  if (options.collapse == Collapse::kRows) all_rows_ = std::move(rows.points);
  sums_ = feature_sums(*device_, distinct_.points.view());
  for (const Int128 square : sums_.squares) total_square_ += square;
}

LloydInput CudaPoints::input(const PointsView& points) {
  return {*device_,    points, distinct_.points.view(), 0, total_square_, 0, hooks_,
          statistics_, forms_};
}

std::vector<KMeansModel> CudaPoints::fit(const FitPlan& plan) {
  device_->use();
  const std::vector<Centroids> starts =
      plan.given.empty() ? seed_starts(*device_, distinct_.points, plan) : plan.given;
  LloydInput input = this->input(all_rows_.count > 0 ? all_rows_.view() : distinct_.points.view());
  input.limit = internal::tolerance_limit(plan.tolerance, sums_.squares, sums_.sums, weight_);
  input.max_iterations = plan.max_iterations;
  return run_lloyd(input, starts);
}

Gram CudaPoints::gram() {
  device_->use();
  return gram_of(*device_, distinct_.points.view(), weight_);
}

std::vector<std::vector<double>> CudaPoints::project(const Pca& pca) {
  device_->use();
  std::vector<std::vector<double>> scores;
  for (int c = 0; c < pca.components; ++c)
    scores.push_back(by_row(*device_,
                            scores_of(*device_, distinct_.points.view(), pca, c, grid_.cell()),
                            distinct_.source));
  return scores;
}

ScoreHistogram CudaPoints::histogram(const Pca& pca, const Centroids& centroids, int width,
                                     int height) {
  device_->use();
  const Labelled labelled = label_points(input(distinct_.points.view()), centroids);
  return histogram_of(*device_, distinct_.points.view(), labelled.label, pca, grid_.cell(),
                      centroids.k, width, height);
}

}  // namespace covey::cuda
