// New centroids apart from a pass: where the sums of several passes are put together first.
#include "update.cuh"

namespace covey::cuda {
namespace {

__global__ void __launch_bounds__(kThreads) advance(LloydView view) {
  advance_models(view, true, *reinterpret_cast<AdvanceScratch*>(shared_memory()));
}

}  // namespace

void launch_advance(const LloydView& view) {
  launch(advance, Shape{view.model_count, kThreads, sizeof(AdvanceScratch)}, view);
}

}  // namespace covey::cuda
