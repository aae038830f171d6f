#include "bounds.h"

#include "kernel.h"
#include "launch.h"

namespace covey::cuda {
namespace {

/// Points of a thread, side by side.
constexpr int kOwn = 4;

struct BoundsView {
  float* slack;
  std::uint32_t* list;
  const float* move;
  BoundsState* state;
  std::int64_t points;
};

/// Shrinks the slack of kOwn points from i on and returns which of them have none left.
__device__ inline unsigned shrink(const BoundsView& own, const std::int32_t* label, float largest,
                                  std::int64_t i) {
  unsigned open = 0;
#pragma unroll
  for (int p = 0; p < kOwn; ++p) {
    if (i + p >= own.points) break;
    const float slack = own.slack[i + p];
    float left = 0;
    if (slack > 0) {
      left = slack_left(slack, own.move[label[i + p]], largest);
      own.slack[i + p] = left;
    }
    if (!(left > 0)) open |= 1U << p;
  }
  return open;
}

/// Lists the points of the warp's lanes, kOwn from i on, that are in `open`. All lanes call.
__device__ inline void list_open(const BoundsView& own, unsigned open, std::int64_t i) {
  std::uint32_t at = take_places(&own.state->found, static_cast<std::uint32_t>(__popc(open)));
#pragma unroll
  for (int p = 0; p < kOwn; ++p)
    if ((open >> p & 1) != 0) own.list[at++] = static_cast<std::uint32_t>(i + p);
}

__global__ void choose_points(BoundsView own, const DeviceModel* model, const std::int32_t* label) {
  if (!is_active(model->phase)) return;
  const float largest = own.state->largest;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  for (std::int64_t warp = first_item() - lane; warp * kOwn < own.points; warp += item_stride()) {
    const std::int64_t i = (warp + lane) * kOwn;
    list_open(own, shrink(own, label, largest, i), i);
  }
  __threadfence();
  __syncthreads();
  BoundsState& state = *own.state;
  if (threadIdx.x != 0 || atomicAdd(&state.blocks, 1U) + 1 != gridDim.x) return;
  state.blocks = 0;
  const std::uint32_t open = atomicExch(&state.found, 0U);
  state.open = open;
  state.choice = 2 * static_cast<std::int64_t>(open) > own.points ? 0 : 1;
}

}  // namespace

Bounds::Bounds(const Device& device, std::int64_t points, std::int64_t most, int largest_k)
    : device_(device), slack_(points), list_(most), move_(largest_k), state_(1) {}

void Bounds::start() {
  slack_.fill_bytes(0);
  state_.fill_bytes(0);
}

void Bounds::choose(const DeviceModel* model, const std::int32_t* label, std::int64_t first,
                    std::int64_t count) {
  const BoundsView own{slack(first), list_.data(), move_.data(), state_.data(), count};
  launch(choose_points, spread(device_, (count + kOwn - 1) / kOwn), own, model, label);
}

}  // namespace covey::cuda
