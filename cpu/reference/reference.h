// The reference back end: the contract as plain loops over rows, one thread, no tricks. The other
// back ends are right when they give its bits. data.cpp holds loading and sums, kmeans.cpp k-means,
// pca.cpp the Gram matrix and the projection.
#pragma once

#include <memory>
#include <vector>

#include "covey/backend.h"
#include "covey/random.h"

namespace covey::internal {

/// n grid points with multiplicities, row-major.
struct GridRows {
  int d = 0;
  std::vector<std::int32_t> q;
  std::vector<std::uint32_t> multiplicity;

  std::int64_t rows() const { return static_cast<std::int64_t>(multiplicity.size()); }
  const std::int32_t* row(std::int64_t i) const { return q.data() + i * d; }
};

class ReferencePoints final : public Points {
 public:
  ReferencePoints(Grid grid, GridRows rows, std::vector<std::int64_t> saturated,
                  std::uint64_t hash_mask);

  const Grid& grid() const override { return grid_; }
  std::int64_t rows() const override { return rows_.rows(); }
  std::int64_t weight() const override { return weight_; }
  std::int64_t distinct() const override { return distinct_.rows(); }
  std::span<const std::int64_t> saturated() const override { return saturated_; }
  std::vector<KMeansModel> fit(const FitPlan& plan) override;
  Labels label(const Centroids& centroids, bool distances) override;
  Gram gram() override;
  std::vector<std::vector<double>> project(const Pca& pca) override;
  ScoreHistogram histogram(const Pca& pca, const Centroids& centroids, int width,
                           int height) override;
  ValiditySums validity(const Centroids& centroids) override;
  PointSample sample(std::int64_t sessions, std::uint64_t seed) override;

 private:
  std::uint64_t hash(std::int64_t distinct_row) const {
    return hash_mask_ & hash_point(distinct_.row(distinct_row), distinct_.d);
  }
  std::vector<std::int64_t> sketch(int k) const;
  Centroids seed(const FitPlan& plan, int k, int restart) const;
  std::vector<std::int64_t> farthest_distinct(const Centroids& centroids, int count) const;
  KMeansModel lloyd(Centroids centroids, const FitPlan& plan) const;

  Grid grid_;
  GridRows rows_, distinct_;
  std::vector<std::int64_t> saturated_;
  std::uint64_t hash_mask_;
  std::int64_t weight_ = 0;
};

}  // namespace covey::internal
