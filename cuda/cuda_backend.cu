#include "cuda_backend.h"

#include <algorithm>

#include "cuda_points.h"

namespace covey::cuda {
namespace {

class CudaBackend final : public Backend {
 public:
  explicit CudaBackend(const BackendOptions& options)
      : device_(
            std::make_shared<Device>(open_device(options.gpus.empty() ? 0 : options.gpus.front()))),
        hooks_(options.hooks) {
    device_->host_threads = options.threads;
    if (hooks_.shared_bytes > 0)
      device_->shared_bytes =
          std::min(device_->shared_bytes, static_cast<std::size_t>(hooks_.shared_bytes));
  }

  std::string name() const override { return "cuda"; }
  std::string device() const override { return device_->text; }

  std::vector<Range> ranges(std::span<const Columns> batches,
                            const std::vector<bool>& log1p) const override {
    device_->use();
    return ranges_of(*device_, batches, log1p);
  }
  std::vector<Moments> moments(std::span<const Columns> batches, const std::vector<bool>& log1p,
                               std::span<const FixedPoint> fixed) const override {
    device_->use();
    return moments_of(*device_, batches, log1p, fixed);
  }
  std::vector<std::int32_t> order_statistics(std::span<const Columns> batches, int feature,
                                             bool log1p, const FixedPoint& fixed,
                                             std::span<const std::int64_t> ranks) const override {
    device_->use();
    return order_statistics_of(*device_, batches, feature, log1p, fixed, ranks);
  }
  std::unique_ptr<Points> load(std::span<const Columns> batches, const Grid& grid,
                               const LoadOptions& options) const override {
    device_->use();
    return std::make_unique<CudaPoints>(
        grid, device_, hooks_, quantise_rows(*device_, batches, grid, hooks_.hash_mask), options);
  }
  GroupSums sums_by_group(std::span<const Columns> batches, std::span<const FixedPoint> fixed,
                          std::span<const std::int32_t> group, int groups) const override {
    device_->use();
    return group_sums_of(*device_, batches, fixed, group, groups);
  }

 private:
  std::shared_ptr<Device> device_;
  TestHooks hooks_;
};

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(const BackendOptions& options) {
  return std::make_unique<CudaBackend>(options);
}

}  // namespace covey::cuda
