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
  if (options.collapse == Collapse::kRows) all_rows_ = uncollapsed_rows(*threads_, rows);
  const Blocks& points = distinct_.points;
  const auto d = static_cast<std::size_t>(points.d);
  const auto workers = static_cast<std::size_t>(threads_->count());
  std::vector<std::vector<std::int64_t>> sums(workers, std::vector<std::int64_t>(d, 0));
  std::vector<std::vector<Int128>> squares(workers, std::vector<Int128>(d, 0));
  std::vector<std::int64_t> weight(workers, 0);
  threads_->for_each(points.blocks(), [&](std::int64_t b, int worker) {
    const auto w = static_cast<std::size_t>(worker);
    const std::uint32_t* weights = points.weights(b);
    for (int i = 0; i < kBlock; ++i) weight[w] += weights[i];
    for (std::size_t f = 0; f < d; ++f) {
      const float* q = points.block(b) + f * kBlock;
      for (int i = 0; i < kBlock; ++i) {
        const auto coordinate = static_cast<std::int64_t>(q[i]);
        sums[w][f] += weights[i] * coordinate;
        const std::int64_t square = coordinate * coordinate;
        squares[w][f] += static_cast<Int128>(weights[i]) * square;
      }
    }
  });
  feature_sums_.assign(d, 0);
  feature_squares_.assign(d, 0);
  for (std::size_t w = 0; w < workers; ++w) {
    weight_ += weight[w];
    for (std::size_t f = 0; f < d; ++f) {
      feature_sums_[f] += sums[w][f];
      feature_squares_[f] += squares[w][f];
    }
  }
  if (!kernels_.int8 || !int8_pays(points.d)) return;
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
