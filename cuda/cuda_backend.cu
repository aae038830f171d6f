#include "cuda_backend.h"

#include "cuda_points.h"

namespace covey::cuda {
namespace {

/// Whatever crosses the host's bus once is done by the first device; loaded points are shared out.
class CudaBackend final : public Backend {
 public:
  explicit CudaBackend(const BackendOptions& options)
      : shards_(std::make_shared<Shards>(options)), hooks_(options.hooks) {}

  std::string name() const override { return "cuda"; }
  std::string device() const override { return shards_->text(); }

  std::vector<Range> ranges(std::span<const Columns> batches,
                            const std::vector<bool>& log1p) const override {
    return ranges_of(first(), batches, log1p);
  }
  std::vector<Moments> moments(std::span<const Columns> batches, const std::vector<bool>& log1p,
                               std::span<const FixedPoint> fixed) const override {
    return moments_of(first(), batches, log1p, fixed);
  }
  std::vector<std::int32_t> order_statistics(std::span<const Columns> batches, int feature,
                                             bool log1p, const FixedPoint& fixed,
                                             std::span<const std::int64_t> ranks) const override {
    return order_statistics_of(first(), batches, feature, log1p, fixed, ranks,
                               hooks_.part_points > 0);
  }
  std::unique_ptr<Points> load(std::span<const Columns> batches, const Grid& grid,
                               const LoadOptions& options) const override {
    return std::make_unique<CudaPoints>(grid, shards_, hooks_,
                                        load_parts(shards_, batches, grid, options, hooks_));
  }
  GroupSums sums_by_group(std::span<const Columns> batches, std::span<const FixedPoint> fixed,
                          std::span<const std::int32_t> group, int groups) const override {
    return group_sums_of(first(), batches, fixed, group, groups);
  }

 private:
  const Device& first() const {
    shards_->first().use();
    return shards_->first();
  }

  std::shared_ptr<const Shards> shards_;
  TestHooks hooks_;
};

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(const BackendOptions& options) {
  return std::make_unique<CudaBackend>(options);
}

}  // namespace covey::cuda
