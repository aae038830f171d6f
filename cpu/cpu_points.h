// The points of the cpu back end: distinct grid points in blocks, and for each row which of them it
// is.
#pragma once

#include <memory>
#include <vector>

#include "blocks.h"
#include "boxes.h"
#include "covey/backend.h"
#include "kernels.h"
#include "rules.h"
#include "threads.h"

namespace covey::internal {

/// The rows of a data set on the grid, before equal ones are joined. Row-major.
struct QuantisedRows {
  int d = 0;
  AlignedVector<std::int32_t> q;
  AlignedVector<std::uint64_t> hash;        // masked by the test hook
  std::vector<std::uint32_t> multiplicity;  // empty: all 1
  std::vector<std::int64_t> saturated;      // multiplicities cut at the limit, by feature

  std::int64_t rows() const { return static_cast<std::int64_t>(hash.size()); }
  const std::int32_t* row(std::int64_t i) const { return q.data() + i * d; }
  std::uint32_t weight(std::int64_t i) const {
    return multiplicity.empty() ? 1U : multiplicity[static_cast<std::size_t>(i)];
  }
};

QuantisedRows quantise_rows(const Threads& threads, const Kernels& kernels,
                            std::span<const Columns> batches, const Grid& grid,
                            std::uint64_t hash_mask);

/// Distinct points with their multiplicities and hashes, neighbours near each other (order.h); row
/// i is point source[i].
struct Collapsed {
  Blocks points;
  AlignedVector<std::uint64_t> hash;  // padded to whole blocks
  AlignedVector<std::uint32_t> source;
};

Collapsed collapse_rows(const Threads& threads, const QuantisedRows& rows);

/// All rows as points of their own.
Blocks uncollapsed_rows(const Threads& threads, const QuantisedRows& rows);

class CpuPoints final : public Points {
 public:
  CpuPoints(Grid grid, std::shared_ptr<const Threads> threads, const Kernels& kernels,
            const TestHooks& hooks, QuantisedRows rows, const LoadOptions& options);

  const Grid& grid() const override { return grid_; }
  std::int64_t rows() const override { return static_cast<std::int64_t>(distinct_.source.size()); }
  std::int64_t weight() const override { return weight_; }
  std::int64_t distinct() const override { return distinct_.points.points; }
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
  /// What a fit iterates over: distinct points, or rows where asked.
  const Blocks& iterated() const { return all_rows_.points > 0 ? all_rows_ : distinct_.points; }
  const Boxes& iterated_boxes() const { return all_rows_.points > 0 ? all_rows_boxes_ : boxes_; }
  std::vector<double> distinct_scores(const Pca& pca, int c) const;

  Grid grid_;
  std::shared_ptr<const Threads> threads_;
  const Kernels& kernels_;
  TestHooks hooks_;
  Collapsed distinct_;
  Boxes boxes_;      // of the distinct points
  Blocks all_rows_;  // empty unless iterations run over rows
  Boxes all_rows_boxes_;
  std::vector<std::int64_t> saturated_;
  std::int64_t weight_ = 0;
  std::vector<std::int64_t> feature_sums_;  // sum m q_f
  std::vector<Int128> feature_squares_;     // sum m q_f^2
  AssignStatistics statistics_;
};

}  // namespace covey::internal
