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

/// An update with all blocks for one model.
struct WideUpdate {
  LloydView view;
  UpdateState* state;
  std::int32_t* before;  ///< k x d, out: the centroids as they were
  float* move;           ///< null, or k, out: how far each went, rounded up
  BoundsState* bounds;   ///< null without `move`
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
    if (update.move != nullptr) update.move[j] = root_up(moved);
  }
  return moved;
}

/// The stop rules, by the last thread of a launch; makes the state ready for the next.
__device__ inline void settle_wide(const WideUpdate& update, DeviceModel& model) {
  UpdateState& state = *update.state;
  const unsigned long long low = atomicExch(&state.shift_low, 0ULL);
  const unsigned long long high = atomicExch(&state.shift_high, 0ULL);
  const float largest = __uint_as_float(atomicExch(&state.largest, 0U));
  state.blocks = 0;
  if (update.bounds != nullptr) {
    update.bounds->largest = largest;
    update.bounds->open = 0;
  }
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
  UpdateState& state = *update.state;
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
    atomicMax(&state.largest, __float_as_uint(root_up(largest)));
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

const ScreenPoints* ScreenForms::of(const Device& device, const PointsView& points,
                                    const TestHooks& hooks) {
  if (hooks.screen == 2) return nullptr;
  const auto [at, is_new] = forms_.try_emplace(points.q);
  if (is_new && ScreenPoints::fits(device, points))
    at->second = std::make_unique<ScreenPoints>(device, points);
  return at->second.get();
}

bool WideLloyd::fits(const LloydInput& input, int largest_k) {
  const std::int64_t n = input.points.count, k = largest_k;
  const std::int64_t needed =
      Runs::bytes(n, largest_k) + Bounds::bytes(n, largest_k) + 4 * n + 4 * k * input.points.d;
  return static_cast<std::size_t>(needed) <= input.device.free_bytes() / 2;
}

WideLloyd::WideLloyd(const LloydInput& input, int largest_k)
    : device_(input.device),
      points_(input.points),
      form_(input.forms.of(device_, points_, input.hooks)),
      runs_(device_, points_.count, largest_k),
      before_(points_.count),
      centroids_(static_cast<std::int64_t>(largest_k) * points_.d),
      state_(1) {
  state_.fill_bytes(0);
  if (form_ == nullptr) return;
  screen_.emplace(device_, form_->view(), largest_k);
  if (input.hooks.bounds && input.max_iterations > 0)
    bounds_.emplace(device_, points_.count, largest_k);
}

void WideLloyd::start() {
  before_.fill_bytes(0xFF);
  if (bounds_) bounds_->start();
}

void WideLloyd::label(const LloydView& view, std::int32_t* labels) {
  if (!screen_) {
    LloydView tiled = view;
    tiled.passes = 1;
    tiled.advance = tiled.update = false;
    launch_tiled(device_, tiled);
    return;
  }
  ScreenPass pass;
  pass.model = view.models;
  pass.centroids = view.centroids;
  pass.k = view.clusters;
  pass.label = labels;
  pass.rechecked = view.rechecked;
  pass.certify = view.certify;
  if (!bounds_) {
    screen_->label(pass);
    return;
  }
  bounds_->choose(view.models, labels);
  pass.slack = bounds_->slack();
  pass.choice = &bounds_->state()->choice;
  screen_->label(pass);
  pass.chosen = 1;
  pass.list = bounds_->list();
  pass.list_count = &bounds_->state()->open;
  screen_->label(pass);
}

void WideLloyd::update(const LloydView& view) {
  WideUpdate update{view, state_.data(), centroids_.data(), nullptr, nullptr};
  if (bounds_) {
    update.move = bounds_->move();
    update.bounds = bounds_->state();
  }
  launch(update_wide, spread(device_, static_cast<std::int64_t>(view.clusters) * kWarp), update);
}

void WideLloyd::queue(const LloydView& view, const DeviceModel& model, int passes) {
  auto* labels = reinterpret_cast<std::int32_t*>(model.label);
  MovedPoints moved;
  moved.points = points_;
  if (form_ != nullptr) moved.rows = form_->view();
  if (bounds_) {  // whether or not all are looked at: no other's label can change
    moved.list = bounds_->list();
    moved.list_count = &bounds_->state()->open;
  }
  moved.model = view.models;
  moved.k = view.clusters;
  moved.label = labels;
  moved.before = before_.data();
  moved.sums = view.sums;
  for (int pass = 0; pass < passes; ++pass) {
    label(view, labels);
    runs_.add(moved);
    if (view.advance) update(view);
  }
}

void WideLloyd::take_back(std::int32_t* centroids, int k) {
  download(centroids, centroids_.data(), static_cast<std::int64_t>(k) * points_.d);
  if (bounds_) bounds_->start();
}

}  // namespace covey::cuda
