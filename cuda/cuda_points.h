// The points of the cuda back end: distinct grid points in parts, and for each row which of them it
// is.
#pragma once

#include <memory>
#include <vector>

#include "lloyd.h"
#include "lloyd_wide.h"
#include "part_load.h"
#include "points.h"

namespace covey::cuda {

class CudaPoints final : public Points {
 public:
  CudaPoints(Grid grid, std::shared_ptr<const Shards> shards, const TestHooks& hooks,
             LoadedPoints points);

  const Grid& grid() const override { return grid_; }
  std::int64_t rows() const override { return rows_.rows(); }
  std::int64_t weight() const override { return weight_; }
  std::int64_t distinct() const override { return parts_->count(); }
  std::span<const std::int64_t> saturated() const override { return saturated_; }
  AssignStatistics assign_statistics() const override { return statistics_; }
  std::vector<KMeansModel> fit(const FitPlan& plan) override;
  Labels label(const Centroids& centroids, bool distances) override;
  Gram gram() override;
  std::vector<std::vector<double>> project(const Pca& pca) override;
  ScoreHistogram histogram(const Pca& pca, const Centroids& centroids, int width,
                           int height) override;
  ValiditySums validity(const Centroids& centroids) override;
  PointSample sample(std::int64_t sessions, std::uint64_t seed) override;

 private:
  /// Labels of one part's points under the centroids.
  Labelled labelled(const PartInPlace& part, const Centroids& centroids);

  Grid grid_;
  std::shared_ptr<const Shards> shards_;
  TestHooks hooks_;
  std::vector<std::int64_t> saturated_;
  std::int64_t weight_ = 0;
  std::unique_ptr<Parts> parts_;
  RowMap rows_;
  DevicePoints all_rows_;  // empty unless iterations run over rows
  Held held_;              // of the first device, by rows: what parts_ does not count
  FeatureSums sums_;
  Int128 total_square_ = 0;
  AssignStatistics statistics_;
  ScreenForms forms_;
};

}  // namespace covey::cuda
