#include "batch.h"

#include <algorithm>

#include "covey/screen.h"

namespace covey::cuda {
namespace {

/// Steps (a point's distance to a centroid, by feature) of one launch: well under a second, so that
/// a display's watchdog is not woken.
constexpr double kStepsALaunch = 2e12;
/// Passes of the wide loop that are queued before the host looks: few at first, because a model may
/// be done soon, and no more than cost little to find done.
constexpr int kFirstQueue = 2, kLongestQueue = 16;

}  // namespace

Batch::Batch(const LloydInput& input, std::span<const Centroids> starts, WideLoops* wide)
    : input_(input), wide_(wide) {
  for (const Centroids& start : starts) {
    models_.push_back({start.k, static_cast<int>(clusters_), Phase::kRunning, Stop::kLimit, 0,
                       wide == nullptr ? label_bytes(start.k) : 4, nullptr});
    if (input.max_iterations == 0) models_.back().phase = Phase::kLastPass;
    clusters_ += start.k;
  }
  place(starts);
  send();
  if (wide == nullptr) return;
  for (const auto& loop : *wide) loop->start(starts.front().k);
}

void Batch::place(std::span<const Centroids> starts) {
  if (input_.points.count > 0) place_labels();
  const std::int64_t d = input_.points.d;
  centroids_at_ = models_bytes();
  sums_at_ = centroids_at_ + (clusters_ * d * 4 + 7) / 8 * 8;
  rechecked_at_ = sums_at_ + clusters_ * (d + 1) * 8;
  half_at_ = rechecked_at_ + 8;
  host_.assign(static_cast<std::size_t>(half_at_ + clusters_ * 4), 0);
  std::copy(models_.begin(), models_.end(), host_models());
  std::int32_t* centroids = host_centroids();
  for (const Centroids& start : starts)
    centroids = std::copy(start.q.begin(), start.q.end(), centroids);
  const auto bytes = static_cast<std::int64_t>(host_.size());
  if (input_.points.count > 0)
    device_ = Buffer<unsigned char>(bytes);
  else
    in_parts_ = std::make_unique<PartPasses>(
        *input_.parts, models_, bytes, [this](unsigned char* memory) { return this->view(memory); },
        wide_);
}

void Batch::place_labels() {
  const std::int64_t stride = input_.points.stride;
  std::int64_t label_size = 0;
  for (const DeviceModel& model : models_) label_size += stride * model.label_bytes;
  labels_ = Buffer<unsigned char>(label_size);
  labels_.fill_bytes(0xFF);
  unsigned char* label = labels_.data();
  for (DeviceModel& model : models_) {
    model.label = label;
    label += stride * model.label_bytes;
  }
}

void Batch::queue_passes(const LloydView& view, int round) {
  int passes = std::min(kFirstQueue << std::min(round, 8), kLongestQueue);
  if (input_.hooks.passes_a_launch > 0) passes = input_.hooks.passes_a_launch;
  if (view.max_iterations == 0) passes = 1;
  if (in_parts_ != nullptr)
    in_parts_->queue(passes);
  else if (wide_ != nullptr)
    wide_->front()->queue(view, *host_models(), passes);
  else
    launch_passes(input_.device, view);
}

void Batch::run() {
  const LloydView view = this->view(device_.data());
  for (int round = 0;; ++round) {
    queue_passes(view, round);
    receive(models_bytes());
    judge_labels();
    if (settle_models()) break;
  }
  for (int m = 0; m < view.model_count; ++m) {
    const DeviceModel& model = host_models()[m];
    const int passes = model.iterations + (model.stop == Stop::kFixedPoint ? 0 : 1);
    input_.statistics.labels +=
        (in_parts_ != nullptr ? input_.parts->count() : input_.points.count) * passes;
  }
  input_.statistics.rechecked += rechecked();
}

std::int64_t Batch::rechecked() const {
  if (wide_ == nullptr)
    return in_parts_ != nullptr
               ? in_parts_->rechecked()
               : *reinterpret_cast<const std::int64_t*>(host_.data() + rechecked_at_);
  std::int64_t count = 0;
  for (const auto& loop : *wide_) count += loop->rechecked();
  return count;
}

/// What labels cost the wide loop, after passes of a model.
void Batch::judge_labels() {
  if (wide_ == nullptr) return;
  const int iterations = host_models()->iterations;
  for (const auto& loop : *wide_) loop->judge(iterations - judged_);
  judged_ = iterations;
}

/// After launches: helps models with empty clusters on. True where all are done and read back.
bool Batch::settle_models() {
  const auto is = [](Phase phase) {
    return [phase](const DeviceModel& model) { return model.phase == phase; };
  };
  const std::span<DeviceModel> models(host_models(), models_.size());
  const bool done = std::all_of(models.begin(), models.end(), is(Phase::kDone));
  const bool empty = std::any_of(models.begin(), models.end(), is(Phase::kEmpty));
  if (done || empty) receive(static_cast<std::int64_t>(host_.size()));
  if (!empty) return done;
  for (std::size_t s = 0; wide_ != nullptr && s < wide_->size(); ++s)
    (*wide_)[s]->take_back(host_centroids(), models.front().k);
  for (DeviceModel& model : models)
    if (model.phase == Phase::kEmpty) advance_with_empty_clusters(model);
  send();
  return false;
}

internal::ClusterSums Batch::sums(int m) {
  const DeviceModel& model = host_models()[m];
  const int d = input_.points.d;
  internal::ClusterSums sums(model.k, d);
  const std::int64_t* from = host_sums() + static_cast<std::int64_t>(model.first) * (d + 1);
  for (int j = 0; j < model.k; ++j, from += d + 1) {
    std::copy_n(from, d, sums.sums.begin() + static_cast<std::ptrdiff_t>(j) * d);
    sums.counts[static_cast<std::size_t>(j)] = from[d];
  }
  return sums;
}

KMeansModel Batch::finished(int m) {
  const DeviceModel& of_device = host_models()[m];
  KMeansModel model;
  model.centroids = centroids(of_device);
  internal::ClusterSums sums = this->sums(m);
  model.inertia = internal::inertia_from_sums(input_.total_square, model.centroids, sums);
  model.counts = std::move(sums.counts);
  model.iterations = of_device.iterations;
  model.stop = of_device.stop;
  return model;
}

void Batch::send() {
  const int d = input_.points.d;
  auto* half = reinterpret_cast<float*>(host_.data() + half_at_);
  for (std::int64_t j = 0; j < clusters_; ++j)
    half[j] = half_norm(square_of(host_centroids() + j * d, d), d);
  if (in_parts_ != nullptr)
    in_parts_->send(host_, host_models());
  else
    COVEY_CUDA(cudaMemcpy(device_.data(), host_.data(), host_.size(), cudaMemcpyHostToDevice));
}

void Batch::receive(std::int64_t bytes) {
  if (in_parts_ != nullptr)
    in_parts_->receive(host_, bytes);
  else
    download(host_.data(), device_.data(), bytes);
}

/// Of a batch whose one piece lies in `memory`.
LloydView Batch::view(unsigned char* memory) const {
  LloydView view;
  view.points = input_.points;
  view.models = reinterpret_cast<DeviceModel*>(memory);
  view.model_count = static_cast<int>(models_.size());
  view.clusters = static_cast<int>(clusters_);
  view.centroids = reinterpret_cast<std::int32_t*>(memory + centroids_at_);
  view.sums = reinterpret_cast<std::int64_t*>(memory + sums_at_);
  view.half = reinterpret_cast<float*>(memory + half_at_);
  view.rechecked = reinterpret_cast<std::int64_t*>(memory + rechecked_at_);
  view.limit_low = static_cast<std::uint64_t>(input_.limit);
  view.limit_high = static_cast<std::uint64_t>(input_.limit >> 64);
  view.max_iterations = input_.max_iterations;
  const double steps = static_cast<double>(view.points.count) * static_cast<double>(clusters_) *
                       static_cast<double>(view.points.d);
  view.passes = input_.hooks.passes_a_launch > 0
                    ? input_.hooks.passes_a_launch
                    : static_cast<int>(std::clamp(kStepsALaunch / steps, 1.0, 1e9));
  view.certify = input_.hooks.certify;
  return view;
}

Centroids Batch::centroids(const DeviceModel& model) {
  const int d = input_.points.d;
  Centroids centroids{model.k, d, {}};
  const std::int32_t* from = host_centroids() + static_cast<std::int64_t>(model.first) * d;
  centroids.q.assign(from, from + static_cast<std::int64_t>(model.k) * d);
  return centroids;
}

/// Step 6 and the rest of the step for a model that the device left because a cluster is empty:
/// the empty clusters, in index order, take the farthest distinct points. Rare, and k x d work.
void Batch::advance_with_empty_clusters(DeviceModel& model) {
  const int d = input_.points.d;
  const Centroids before = centroids(model);
  std::vector<int> empty;
  Centroids next =
      internal::updated_centroids(before, sums(static_cast<int>(&model - host_models())), empty);
  const auto rows = farthest_points(input_, before, static_cast<int>(empty.size()));
  for (std::size_t e = 0; e < empty.size(); ++e)
    std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(e) * d, d, next.row(empty[e]));
  const UInt128 shift = internal::squared_shift(before, next);
  ++model.iterations;
  model.stop = shift <= input_.limit ? Stop::kTolerance : Stop::kLimit;
  const bool last = model.stop == Stop::kTolerance || model.iterations == input_.max_iterations;
  model.phase = last ? Phase::kLastPass : Phase::kRunning;
  std::copy(next.q.begin(), next.q.end(),
            host_centroids() + static_cast<std::int64_t>(model.first) * d);
}

}  // namespace covey::cuda
