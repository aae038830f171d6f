#include "cpu_points.h"

#include "int8_screen.h"

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
  if (!kernels_.int8 || !int8_pays(boxes_.d)) return;
  std::vector<std::int32_t> mean;
  for (const std::int64_t sum : feature_sums_)
    mean.push_back(static_cast<std::int32_t>(sum / weight_));
  const auto add_bytes = [&](Blocks& blocks) {
    blocks.int8 = std::make_shared<const Int8Points>(int8_points(*threads_, blocks, mean));
  };
  add_bytes(distinct_.points);
  if (all_rows_.points > 0) add_bytes(all_rows_);
}

}  // namespace covey::internal
