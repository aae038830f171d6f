#include "cpu_points.h"

namespace covey::internal {

CpuPoints::CpuPoints(Grid grid, std::shared_ptr<const Threads> threads, const Kernels& kernels,
                     const TestHooks& hooks, QuantisedRows rows, const LoadOptions& options)
    : grid_(std::move(grid)),
      threads_(std::move(threads)),
      kernels_(kernels),
      hooks_(hooks),
      distinct_(collapse_rows(*threads_, rows)),
      saturated_(std::move(rows.saturated)) {
  boxes_ = Boxes(*threads_, distinct_.points);
  if (options.collapse == Collapse::kRows) {
    all_rows_ = uncollapsed_rows(*threads_, rows);
    all_rows_boxes_ = Boxes(*threads_, all_rows_);
  }
  feature_squares_ = boxes_.feature_squares;
  const auto d = static_cast<std::size_t>(boxes_.d);
  feature_sums_.assign(d, 0);
  for (std::size_t i = 0; i < boxes_.sums.size(); ++i) feature_sums_[i % d] += boxes_.sums[i];
  for (const std::int64_t weight : boxes_.weights) weight_ += weight;
}

}  // namespace covey::internal
