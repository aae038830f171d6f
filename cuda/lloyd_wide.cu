#include "lloyd_wide.h"

#include <algorithm>

#include "update.cuh"

namespace covey::cuda {
namespace {

/// Below so many steps (a point's distance to a centroid, by feature) a pass of the tiled kernel
/// takes less time than the launches of this loop. Not yet measured on a GPU.
constexpr double kWorthLaunches = 1e9;
/// Clusters and features that fill a good part of a tile of the matrix units.
constexpr int kWorthClusters = 64;
constexpr int kWorthFeatures = 17;
/// Clusters of a model for which the tiled kernel takes as long to pass over a part as the part
/// takes to come from the host. Models share a pass of that kernel, this loop reads the parts once
/// a model. Not yet measured on a GPU.
constexpr int kWorthStreaming = 2048;

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
  if (update.bounds != nullptr) update.bounds->largest = largest;
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

const ScreenPoints* ScreenForms::find(const PointsView& points) const {
  const auto found = forms_.find(points.q);
  return found == forms_.end() ? nullptr : &found->second->points;
}

void ScreenForms::add(const Device& device, const PointsView& points) {
  forms_[points.q] = std::unique_ptr<Form>(
      new Form{{device, ScreenPoints::bytes(points.count, points.d)}, {device, points}});
}

bool WideLloyd::takes(const WideWork& work, int k, const TestHooks& hooks) {
  if (hooks.screen != 0) return hooks.screen > 0;
  const double steps =
      static_cast<double>(work.points) * static_cast<double>(work.d) * static_cast<double>(k);
  return work.d >= kWorthFeatures && k >= kWorthClusters && steps >= kWorthLaunches &&
         k * work.points >= kWorthStreaming * work.streamed;
}

std::unique_ptr<WideLloyd> WideLloyd::make(const Device& device, const WideWork& work,
                                           ScreenForms& forms, const TestHooks& hooks) {
  device.use();
  std::vector<std::int64_t> form_bytes;
  for (const PointsView& points : work.staying)
    form_bytes.push_back(
        forms.find(points) != nullptr ? 0 : ScreenPoints::bytes(points.count, points.d));
  const bool screens = hooks.screen != 2 && ScreenPoints::works(device);
  const auto room = static_cast<std::int64_t>(device.free_bytes());
  const WidePlan plan = plan_wide(work, room, form_bytes, screens);
  if (!plan.fits) return nullptr;
  return std::unique_ptr<WideLloyd>(new WideLloyd(device, work, plan, forms, hooks));
}

WideLloyd::WideLloyd(const Device& device, const WideWork& work, const WidePlan& plan,
                     ScreenForms& forms, const TestHooks& hooks)
    : device_(device),
      hold_(device,
            plan.bytes + (plan.passing > 0 ? ScreenPoints::bytes(plan.passing, work.d) : 0)),
      d_(work.d),
      runs_(device, work.iterates ? 2 * plan.at_once : plan.at_once, work.largest_k),
      passing_points_(plan.passing),
      centroids_(static_cast<std::int64_t>(work.largest_k) * work.d),
      state_(1),
      counts_(1),
      points_(work.points) {
  state_.fill_bytes(0);
  std::int64_t staying = 0;
  bool screened = plan.passing > 0;
  for (std::size_t set = 0; set < work.staying.size(); ++set) {
    const PointsView& points = work.staying[set];
    staying += points.stride;
    screened = screened || plan.keeps[set];
    if (!plan.keeps[set]) continue;
    if (forms.find(points) == nullptr) forms.add(device, points);
    kept_[points.q] = forms.find(points);
  }
  if (work.iterates) before_ = Buffer<std::int32_t>(staying);
  if (work.largest_streamed > 0) passing_label_ = Buffer<std::int32_t>(plan.at_once);
  if (plan.passing > 0) passing_.emplace(device, plan.passing, work.d);
  if (!screened) return;
  screen_.emplace(device, plan.at_once, work.d, work.largest_k);
  if (hooks.bounds && work.iterates) bounds_.emplace(device, staying, plan.at_once, work.largest_k);
}

void WideLloyd::start(int k) {
  device_.use();
  k_ = k;
  choice_ = LabelChoice(k);
  judged_ = {};
  counts_.fill_bytes(0);
  before_.fill_bytes(0xFF);
  if (bounds_) bounds_->start();
}

/// Labels of a piece. `label`: of its first point. Without a form they are kept where the model has
/// them.
void WideLloyd::label(const LloydView& view, const ScreenPointsView* form, std::int32_t* label) {
  if (form == nullptr) {
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
  pass.label = label;
  pass.rechecked = &counts_.data()->rechecked;
  pass.compared = &counts_.data()->compared;
  pass.certify = view.certify;
  if (!bounds_ || !view.keep_labels) {
    screen_->label(*form, pass);
    return;
  }
  bounds_->choose(view.models, label, view.first_label, view.points.count);
  pass.slack = bounds_->slack(view.first_label);
  pass.choice = &bounds_->state()->choice;
  screen_->label(*form, pass);
  pass.chosen = 1;
  pass.list = bounds_->list();
  pass.list_count = &bounds_->state()->open;
  screen_->label(*form, pass);
}

void WideLloyd::pass_piece(const LloydView& view, const ScreenPointsView* form,
                           std::int32_t* labels) {
  if (form == nullptr && !view.keep_labels) {
    launch_tiled(device_, view);
    return;
  }
  std::int32_t* label = view.keep_labels ? labels + view.first_label : passing_label_.data();
  this->label(view, form, label);
  MovedPoints moved;
  moved.points = view.points;
  if (form != nullptr) moved.rows = *form;
  if (bounds_ && form != nullptr && view.keep_labels) {
    moved.list = bounds_->list();  // whether or not all are looked at: no other's label can change
    moved.list_count = &bounds_->state()->open;
  }
  moved.model = view.models;
  moved.k = view.clusters;
  moved.label = label;
  if (view.keep_labels && !before_.empty()) moved.before = before_.data() + view.first_label;
  moved.sums = view.sums;
  runs_.add(moved);
}

/// What the screen reads of a piece; null: it does not label it.
const ScreenPointsView* WideLloyd::form_of(const PointsView& piece, const ScreenPoints* own) {
  if (choice_.by_floats()) return nullptr;
  if (own != nullptr) return &own->view();
  if (!passing_) return nullptr;
  passing_->read(piece);
  return &passing_->view();
}

void WideLloyd::pass(const LloydView& view, std::int32_t* labels) {
  const auto kept = kept_.find(view.points.q);
  const ScreenPoints* own = kept == kept_.end() ? nullptr : kept->second;
  const std::int64_t count = view.points.count;
  const std::int64_t step = own != nullptr || !passing_ ? count : passing_points_;
  LloydView piece = view;
  piece.passes = 1;
  piece.advance = false;
  piece.rechecked = &counts_.data()->rechecked;
  for (std::int64_t begin = 0; begin < count; begin += step) {
    piece.points.q = view.points.q + begin;
    if (view.points.multiplicity != nullptr)
      piece.points.multiplicity = view.points.multiplicity + begin;
    piece.points.count = std::min(step, count - begin);
    piece.first_label = view.first_label + begin;
    pass_piece(piece, form_of(piece.points, own), labels);
  }
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
  for (int pass = 0; pass < passes; ++pass) {
    this->pass(view, reinterpret_cast<std::int32_t*>(model.label));
    update(view);
  }
}

void WideLloyd::take_back(std::int32_t* centroids, int k) {
  device_.use();
  download(centroids, centroids_.data(), static_cast<std::int64_t>(k) * d_);
  if (bounds_) bounds_->start();
}

void WideLloyd::judge(int passes) {
  if (!screen_ || k_ < kWorthClusters || passes == 0 || choice_.is_settled()) return;
  device_.use();
  const WideCounts counts = downloaded(counts_.data(), 1)[0];
  const bool by_floats = choice_.by_floats();
  const std::int64_t compared =
      by_floats ? (counts.rechecked - judged_.rechecked) * k_ : counts.compared - judged_.compared;
  choice_.judge(static_cast<double>(points_ * passes), static_cast<double>(compared));
  judged_ = counts;
  if (by_floats && !choice_.by_floats() && bounds_) bounds_->start();
}

std::int64_t WideLloyd::rechecked() const {
  device_.use();
  return downloaded(counts_.data(), 1)[0].rechecked;
}

}  // namespace covey::cuda
