// The host half of Lloyd's iterations: batches of models, launches, empty clusters, finished
// models.
#include "lloyd.h"

#include <algorithm>

#include "covey/screen.h"
#include "kernel.h"
#include "launch.h"
#include "select.h"

namespace covey::cuda {
namespace {

/// Shared memory that lets two blocks of the narrow kernel stand on any multiprocessor.
constexpr std::size_t kUsualSharedBytes = 48 << 10;
/// Steps (a point's distance to a centroid, by feature) of one launch: well under a second, so that
/// a display's watchdog is not woken.
constexpr double kStepsALaunch = 2e12;

int label_bytes(int k) { return k < 0xFF ? 1 : k < 0xFFFF ? 2 : 4; }

/// Device memory of one batch, and its host copies. Models, centroids and sums lie in one piece and
/// cross the bus in one copy.
class Batch {
 public:
  Batch(const LloydInput& input, std::span<const Centroids> starts) : input_(input) {
    const std::int64_t stride = input.points.stride;
    std::int64_t label_size = 0;
    for (const Centroids& start : starts) {
      models_.push_back({start.k, static_cast<int>(clusters_), Phase::kRunning, Stop::kLimit, 0,
                         label_bytes(start.k), nullptr});
      if (input.max_iterations == 0) models_.back().phase = Phase::kLastPass;
      clusters_ += start.k;
      label_size += stride * models_.back().label_bytes;
    }
    labels_ = Buffer<unsigned char>(label_size);
    labels_.fill_bytes(0xFF);
    unsigned char* label = labels_.data();
    for (DeviceModel& model : models_) {
      model.label = label;
      label += stride * model.label_bytes;
    }
    const std::int64_t d = input.points.d;
    centroids_at_ = models_bytes();
    sums_at_ = centroids_at_ + (clusters_ * d * 4 + 7) / 8 * 8;
    rechecked_at_ = sums_at_ + clusters_ * (d + 1) * 8;
    half_at_ = rechecked_at_ + 8;
    host_.assign(static_cast<std::size_t>(half_at_ + clusters_ * 4), 0);
    std::copy(models_.begin(), models_.end(), host_models());
    std::int32_t* centroids = host_centroids();
    for (const Centroids& start : starts)
      centroids = std::copy(start.q.begin(), start.q.end(), centroids);
    device_ = Buffer<unsigned char>(static_cast<std::int64_t>(host_.size()));
    send();
  }

  void run() {
    LloydView view = this->view();
    const std::size_t narrow = narrow_shared_bytes(view.clusters, view.model_count, view.points.d);
    const bool fits = narrow > 0 && narrow <= input_.device.shared_bytes;
    for (;;) {
      if (fits)
        launch_narrow(input_.device, view);
      else
        launch_tiled(input_.device, view);
      receive();
      bool sent = false, done = true;
      for (int m = 0; m < view.model_count; ++m) {
        const Phase phase = host_models()[m].phase;
        done = done && phase == Phase::kDone;
        if (phase == Phase::kEmpty) {
          advance_with_empty_clusters(host_models()[m]);
          sent = true;
        }
      }
      if (done) break;
      if (sent) send();
    }
    for (int m = 0; m < view.model_count; ++m) {
      const DeviceModel& model = host_models()[m];
      const int passes = model.iterations + (model.stop == Stop::kFixedPoint ? 0 : 1);
      input_.statistics.labels += input_.points.count * passes;
    }
    input_.statistics.rechecked += *reinterpret_cast<std::int64_t*>(host_.data() + rechecked_at_);
  }

  internal::ClusterSums sums(int m) {
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

  KMeansModel finished(int m) {
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

  /// Labels of the first model, on the device.
  const DeviceModel& first_model() { return *host_models(); }

 private:
  std::int64_t models_bytes() const {
    return static_cast<std::int64_t>(models_.size() * sizeof(DeviceModel) + 15) / 16 * 16;
  }
  DeviceModel* host_models() { return reinterpret_cast<DeviceModel*>(host_.data()); }
  std::int32_t* host_centroids() {
    return reinterpret_cast<std::int32_t*>(host_.data() + centroids_at_);
  }
  std::int64_t* host_sums() { return reinterpret_cast<std::int64_t*>(host_.data() + sums_at_); }

  void send() {
    const int d = input_.points.d;
    auto* half = reinterpret_cast<float*>(host_.data() + half_at_);
    for (std::int64_t j = 0; j < clusters_; ++j)
      half[j] = half_norm(square_of(host_centroids() + j * d, d), d);
    COVEY_CUDA(cudaMemcpy(device_.data(), host_.data(), host_.size(), cudaMemcpyHostToDevice));
  }
  void receive() {
    download(host_.data(), device_.data(), static_cast<std::int64_t>(host_.size()));
  }

  LloydView view() {
    LloydView view;
    view.points = input_.points;
    view.models = reinterpret_cast<DeviceModel*>(device_.data());
    view.model_count = static_cast<int>(models_.size());
    view.clusters = static_cast<int>(clusters_);
    view.centroids = reinterpret_cast<std::int32_t*>(device_.data() + centroids_at_);
    view.sums = reinterpret_cast<std::int64_t*>(device_.data() + sums_at_);
    view.half = reinterpret_cast<float*>(device_.data() + half_at_);
    view.rechecked = reinterpret_cast<std::int64_t*>(device_.data() + rechecked_at_);
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

  Centroids centroids(const DeviceModel& model) {
    const int d = input_.points.d;
    Centroids centroids{model.k, d, {}};
    const std::int32_t* from = host_centroids() + static_cast<std::int64_t>(model.first) * d;
    centroids.q.assign(from, from + static_cast<std::int64_t>(model.k) * d);
    return centroids;
  }

  /// Step 6 and the rest of the step for a model that the device left because a cluster is empty:
  /// the empty clusters, in index order, take the farthest distinct points. Rare, and k x d work.
  void advance_with_empty_clusters(DeviceModel& model) {
    const int d = input_.points.d;
    const Centroids before = centroids(model);
    std::vector<int> empty;
    Centroids next =
        internal::updated_centroids(before, sums(static_cast<int>(&model - host_models())), empty);
    const auto rows = farthest_points(before, static_cast<int>(empty.size()));
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

  /// The `count` distinct points farthest from their nearest centroid, by distance, then
  /// coordinates; one row of d coordinates each.
  std::vector<std::int32_t> farthest_points(const Centroids& centroids, int count) const {
    LloydInput labelling = input_;
    labelling.points = input_.distinct;
    const Labelled labelled = label_points(labelling, centroids);
    const Buffer<std::int64_t> distance =
        own_distances(input_.device, input_.distinct, labelled.label, centroids);
    const Buffer<std::uint64_t> key = falling_keys(input_.device, distance);
    return smallest_rows(input_.device, input_.distinct, key, count);
  }

  const LloydInput& input_;
  std::vector<DeviceModel> models_;
  std::int64_t clusters_ = 0;
  std::int64_t centroids_at_ = 0, sums_at_ = 0, rechecked_at_ = 0, half_at_ = 0;  // bytes
  Buffer<unsigned char> labels_;
  Buffer<unsigned char> device_;
  std::vector<unsigned char> host_;
};

/// How many of the next starts go into one batch: as many as keep shared memory at its usual size
/// and labels within half of the free memory; always one.
std::size_t batch_size(const LloydInput& input, std::span<const Centroids> starts) {
  const std::size_t free = input.device.free_bytes() / 2;
  const int d = input.points.d;
  std::size_t labels = 0, size = 0;
  int clusters = 0;
  for (const Centroids& start : starts) {
    clusters += start.k;
    labels += static_cast<std::size_t>(input.points.stride) *
              static_cast<std::size_t>(label_bytes(start.k));
    const std::size_t narrow = narrow_shared_bytes(clusters, static_cast<int>(size) + 1, d);
    const bool room = d > 16 ? clusters <= 4096 : narrow <= kUsualSharedBytes;
    const bool full = input.hooks.models_a_batch > 0 &&
                      size >= static_cast<std::size_t>(input.hooks.models_a_batch);
    if (size > 0 && (!room || full || labels > free)) break;
    ++size;
  }
  return size;
}

}  // namespace

std::vector<KMeansModel> run_lloyd(const LloydInput& input, const std::vector<Centroids>& starts) {
  std::vector<KMeansModel> models;
  std::span<const Centroids> left(starts);
  while (!left.empty()) {
    const std::size_t size = batch_size(input, left);
    Batch batch(input, left.first(size));
    batch.run();
    for (std::size_t m = 0; m < size; ++m) models.push_back(batch.finished(static_cast<int>(m)));
    left = left.subspan(size);
  }
  return models;
}

namespace {

__global__ void widen_labels(DeviceModel model, std::int64_t count, std::int32_t* label) {
  for (std::int64_t i = first_item(); i < count; i += item_stride())
    label[i] = model.label_bytes == 1   ? model.label[i]
               : model.label_bytes == 2 ? reinterpret_cast<const std::uint16_t*>(model.label)[i]
                                        : reinterpret_cast<const std::int32_t*>(model.label)[i];
}

}  // namespace

Labelled label_points(const LloydInput& input, const Centroids& centroids) {
  LloydInput once = input;
  once.max_iterations = 0;
  Batch batch(once, {&centroids, 1});
  batch.run();
  Labelled labelled{Buffer<std::int32_t>(input.points.count), batch.sums(0)};
  launch(widen_labels, spread(input.device, input.points.count), batch.first_model(),
         input.points.count, labelled.label.data());
  COVEY_CUDA(cudaDeviceSynchronize());  // the batch's labels are freed on return
  return labelled;
}

}  // namespace covey::cuda
