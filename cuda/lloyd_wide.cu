#include "lloyd_wide.h"

#include "update.cuh"

namespace covey::cuda {
namespace {

/// Below so many steps (a point's distance to a centroid, by feature) a pass of the tiled kernel
/// takes less time than the launches of this loop. Not yet measured on a GPU.
constexpr double kWorthLaunches = 1e9;
/// Clusters and features that fill a good part of a tile of the matrix units.
constexpr int kWorthClusters = 64;
constexpr int kWorthFeatures = 17;

/// A length that is not below the root of `square`: a float and its root are off by 2^-24 of
/// themselves at most, 2^-22 is added.
__device__ inline float root_up(std::int64_t square) {
  return static_cast<float>(sqrt(static_cast<double>(square)) * (1 + 0x1p-22));
}

/// An update with all blocks for one model.
struct WideUpdate {
  LloydView view;
  std::int32_t* before;  ///< k x d, out: the centroids as they were
  float* move;           ///< k, out: how far each went
  WideState* state;
};

/// New centroid j by one warp; returns the square of its move, in every lane.
__device__ inline std::int64_t move_centroid(const WideUpdate& update, std::int64_t j) {
  const LloydView& view = update.view;
  const int d = view.points.d;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const std::int64_t* sums = view.sums + j * (d + 1);
  const std::int64_t weight = sums[d];
  std::int64_t moved = 0, square = 0;
  for (int f = lane; f < d; f += kWarp) {
    const std::int64_t at = j * d + f;
    const std::int64_t old = view.centroids[at];
    update.before[at] = static_cast<std::int32_t>(old);
    if (weight == 0) continue;
    const std::int64_t next = divide_half_even(sums[f], weight);
    view.centroids[at] = static_cast<std::int32_t>(next);
    moved += (next - old) * (next - old);
    square += next * next;
  }
  moved = warp_sum(moved);
  square = warp_sum(square);
  if (lane == 0) {
    if (weight == 0) atomicAdd(&update.state->empty, 1U);
    view.half[j] = half_norm(square, d);
    update.move[j] = root_up(moved);
  }
  return moved;
}

/// The stop rules, by the last thread of a launch; makes the state ready for the next.
__device__ inline void settle_wide(const WideUpdate& update, DeviceModel& model) {
  WideState& state = *update.state;
  const unsigned long long low = atomicExch(&state.shift_low, 0ULL);
  const unsigned long long high = atomicExch(&state.shift_high, 0ULL);
  state.largest = __uint_as_float(atomicExch(&state.largest_bits, 0U));
  state.open = 0;
  state.blocks = 0;
  if (atomicExch(&state.empty, 0U) != 0)
    model.phase = Phase::kEmpty;
  else
    settle(update.view, model, low, high);
}

/// Steps 5 and 7 of the contract. Where a cluster is empty the host takes the step back and does it
/// itself.
__global__ void __launch_bounds__(kThreads) update_wide(WideUpdate update) {
  DeviceModel& model = *update.view.models;
  const Phase phase = model.phase;
  if (phase == Phase::kLastPass && first_item() == 0) model.phase = Phase::kDone;
  if (phase != Phase::kRunning) return;
  WideState& state = *update.state;
  const bool first_lane = threadIdx.x % kWarp == 0;
  unsigned long long low = 0, high = 0;
  std::int64_t largest = 0;
  for (std::int64_t j = first_item() / kWarp; j < model.k; j += item_stride() / kWarp) {
    const std::int64_t moved = move_centroid(update, j);
    low += static_cast<unsigned long long>(moved & 0xFFFFFFFFLL);
    high += static_cast<unsigned long long>(moved >> 32);
    largest = moved > largest ? moved : largest;
  }
  if (first_lane && (low != 0 || high != 0)) {
    atomicAdd(&state.shift_low, low);
    atomicAdd(&state.shift_high, high);
    atomicMax(&state.largest_bits, __float_as_uint(root_up(largest)));
  }
  __threadfence();
  __syncthreads();
  if (threadIdx.x != 0) return;
  if (atomicAdd(&state.blocks, 1U) + 1 == gridDim.x) settle_wide(update, model);
}

}  // namespace

bool WideLloyd::takes(const PointsView& points, int k, const TestHooks& hooks) {
  if (hooks.screen < 0 || points.count >= std::int64_t{1} << 31) return false;
  if (hooks.screen > 0) return true;
  const double steps =
      static_cast<double>(points.count) * static_cast<double>(points.d) * static_cast<double>(k);
  return points.d >= kWorthFeatures && k >= kWorthClusters && steps >= kWorthLaunches;
}

WideLloyd::WideLloyd(const Device& device, const PointsView& points, int largest_k,
                     const TestHooks& hooks)
    : device_(device),
      points_(points),
      hooks_(hooks),
      runs_(device, points.count, largest_k),
      before_(points.count),
      centroids_(static_cast<std::int64_t>(largest_k) * points.d),
      move_(largest_k),
      state_(1) {}

void WideLloyd::start() {
  before_.fill_bytes(0xFF);
  state_.fill_bytes(0);
}

void WideLloyd::label(const LloydView& view) {
  LloydView labels = view;
  labels.passes = 1;
  labels.advance = labels.update = false;
  launch_tiled(device_, labels);
}

void WideLloyd::queue(const LloydView& view, const DeviceModel& model, int passes) {
  MovedPoints moved;
  moved.points = points_;
  moved.model = view.models;
  moved.k = view.clusters;
  moved.label = reinterpret_cast<const std::int32_t*>(model.label);
  moved.before = before_.data();
  moved.sums = view.sums;
  const WideUpdate update{view, centroids_.data(), move_.data(), state_.data()};
  for (int pass = 0; pass < passes; ++pass) {
    label(view);
    runs_.add(moved);
    if (view.advance)
      launch(update_wide, spread(device_, static_cast<std::int64_t>(view.clusters) * kWarp),
             update);
  }
}

void WideLloyd::take_back(std::int32_t* centroids, int k) {
  download(centroids, centroids_.data(), static_cast<std::int64_t>(k) * points_.d);
}

}  // namespace covey::cuda
