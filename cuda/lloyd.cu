// Which models are fitted together, and by which loop.
#include "lloyd.h"

#include <algorithm>

#include "batch.h"
#include "kernel.h"
#include "launch.h"
#include "select.h"

namespace covey::cuda {
namespace {

/// Shared memory that lets two blocks of the narrow kernel stand on any multiprocessor.
constexpr std::size_t kUsualSharedBytes = 48 << 10;
/// The wide loop numbers points, and moves in and out of clusters, by 32 bits. (A part has fewer.)
constexpr std::int64_t kMostWidePoints = std::int64_t{1} << 31;

/// What each device passes over, for any k.
std::vector<WideWork> works_of(const LloydInput& input) {
  WideWork none;
  none.d = input.points.d;
  none.iterates = input.max_iterations > 0;
  if (input.points.count > 0) {
    none.staying = {input.points};
    none.points = input.points.count;
    return {none};
  }
  const Parts& parts = *input.parts;
  std::vector<WideWork> works(static_cast<std::size_t>(parts.shards().count()), none);
  for (int number = 0; number < parts.size(); ++number) {
    const Part& part = parts[number];
    WideWork& work = works[static_cast<std::size_t>(part.shard)];
    work.points += part.count;
    if (part.streamed()) {
      work.streamed += part.count;
      work.largest_streamed = std::max(work.largest_streamed, part.count);
    } else {
      work.staying.push_back(part.points.view());
    }
  }
  return works;
}

/// The wide loop on every device, and which models it fits.
class WideModels {
 public:
  WideModels(const LloydInput& input, std::span<const Centroids> starts)
      : input_(input), works_(works_of(input)) {
    int largest_k = 0;
    for (const Centroids& start : starts)
      if (takes(start)) largest_k = std::max(largest_k, start.k);
    if (largest_k > 0) make_loops(largest_k);
  }
  /// Null where another loop fits the model.
  WideLoops* loops_for(const Centroids& start) {
    return !loops_.empty() && takes(start) ? &loops_ : nullptr;
  }

 private:
  bool takes(const Centroids& start) const {
    const WideWork& most =
        *std::max_element(works_.begin(), works_.end(),
                          [](const auto& a, const auto& b) { return a.points < b.points; });
    return input_.points.count < kMostWidePoints && WideLloyd::takes(most, start.k, input_.hooks);
  }
  /// On all devices or none.
  void make_loops(int largest_k) {
    for (std::size_t s = 0; s < works_.size(); ++s) {
      const Device& device =
          input_.points.count > 0 ? input_.device : input_.parts->shards()[static_cast<int>(s)];
      works_[s].largest_k = largest_k;
      loops_.push_back(WideLloyd::make(device, works_[s], input_.forms, input_.hooks));
      if (loops_.back() != nullptr) continue;
      loops_.clear();
      return;
    }
  }

  const LloydInput& input_;
  std::vector<WideWork> works_;
  WideLoops loops_;
};

/// How many of the next starts go into one batch: as many as keep shared memory at its usual size
/// and labels within half of the free memory; always one. One of the wide loop is alone.
std::size_t batch_size(const LloydInput& input, std::span<const Centroids> starts,
                       WideModels& wide) {
  const std::size_t free = input.device.free_bytes() / 2;
  const int d = input.points.d;
  const auto stride = static_cast<std::size_t>(
      input.points.count > 0 ? input.points.stride : input.parts->resident_points());
  std::size_t labels = 0, size = 0;
  int clusters = 0;
  for (const Centroids& start : starts) {
    if (wide.loops_for(start) != nullptr) return size > 0 ? size : 1;
    clusters += start.k;
    labels += stride * static_cast<std::size_t>(Batch::label_bytes(start.k));
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

void launch_passes(const Device& device, const LloydView& view) {
  const std::size_t narrow = narrow_shared_bytes(view.clusters, view.model_count, view.points.d);
  if (narrow > 0 && narrow <= device.shared_bytes)
    launch_narrow(device, view);
  else
    launch_tiled(device, view);
}

std::vector<KMeansModel> run_lloyd(const LloydInput& input, const std::vector<Centroids>& starts) {
  std::vector<KMeansModel> models;
  std::span<const Centroids> left(starts);
  WideModels wide(input, left);
  while (!left.empty()) {
    const std::size_t size = batch_size(input, left, wide);
    Batch batch(input, left.first(size), wide.loops_for(left.front()));
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
  WideModels wide(once, {&centroids, 1});
  Batch batch(once, {&centroids, 1}, wide.loops_for(centroids));
  batch.run();
  Labelled labelled{Buffer<std::int32_t>(input.points.count), batch.sums(0)};
  launch(widen_labels, spread(input.device, input.points.count), batch.first_model(),
         input.points.count, labelled.label.data());
  COVEY_CUDA(cudaDeviceSynchronize());  // the batch's labels are freed on return
  return labelled;
}

Labelled label_part(const Parts& parts, const PartInPlace& part, const Centroids& centroids,
                    const TestHooks& hooks, AssignStatistics& statistics, ScreenForms& forms) {
  ScreenForms passing;
  const bool stays =
      parts.whole() != nullptr || (part.resident != nullptr && forms.find(part.points) != nullptr);
  return label_points(
      {part.device, part.points, nullptr, 0, 0, 0, hooks, statistics, stays ? forms : passing},
      centroids);
}

std::vector<std::int32_t> farthest_points(const LloydInput& input, const Centroids& centroids,
                                          int count) {
  ChosenRows farthest;
  input.parts->for_each([&](const PartInPlace& part) {
    const Labelled labelled =
        label_part(*input.parts, part, centroids, input.hooks, input.statistics, input.forms);
    const Buffer<std::int64_t> distance =
        own_distances(part.device, part.points, labelled.label, centroids);
    const Buffer<std::uint64_t> key = falling_keys(part.device, distance);
    const std::int64_t own = std::min<std::int64_t>(count, part.points.count);
    farthest.add(smallest_rows(part.device, part.points, key, own));
  });
  farthest.sort(centroids.d, count);
  return std::move(farthest.rows);
}

}  // namespace covey::cuda
