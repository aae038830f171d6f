// Which models are fitted together, and by which loop.
#include "lloyd.h"

#include <algorithm>
#include <optional>

#include "batch.h"
#include "kernel.h"
#include "launch.h"
#include "select.h"

namespace covey::cuda {
namespace {

/// Shared memory that lets two blocks of the narrow kernel stand on any multiprocessor.
constexpr std::size_t kUsualSharedBytes = 48 << 10;

/// Points in parts are passed over by the other kernels.
bool goes_wide(const LloydInput& input, int k) {
  return input.points.count > 0 && WideLloyd::takes(input.points, k, input.hooks);
}

/// How many of the next starts go into one batch: as many as keep shared memory at its usual size
/// and labels within half of the free memory; always one. One of the wide loop is alone.
std::size_t batch_size(const LloydInput& input, std::span<const Centroids> starts) {
  const std::size_t free = input.device.free_bytes() / 2;
  const int d = input.points.d;
  const auto stride = static_cast<std::size_t>(
      input.points.count > 0 ? input.points.stride : input.parts->resident_points());
  std::size_t labels = 0, size = 0;
  int clusters = 0;
  for (const Centroids& start : starts) {
    if (goes_wide(input, start.k)) return size > 0 ? size : 1;
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

/// The wide loop for those of the starts that it takes, if any.
std::optional<WideLloyd> wide_loop(const LloydInput& input, std::span<const Centroids> starts) {
  int largest = 0;
  for (const Centroids& start : starts)
    if (goes_wide(input, start.k)) largest = std::max(largest, start.k);
  if (largest == 0) return std::nullopt;
  return std::optional<WideLloyd>(std::in_place, input.device, input.points, largest, input.hooks);
}

WideLloyd* loop_for(const LloydInput& input, const Centroids& start,
                    std::optional<WideLloyd>& wide) {
  return goes_wide(input, start.k) ? &*wide : nullptr;
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
  std::optional<WideLloyd> wide = wide_loop(input, left);
  while (!left.empty()) {
    const std::size_t size = batch_size(input, left);
    Batch batch(input, left.first(size), loop_for(input, left.front(), wide));
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
  std::optional<WideLloyd> wide = wide_loop(once, {&centroids, 1});
  Batch batch(once, {&centroids, 1}, loop_for(once, centroids, wide));
  batch.run();
  Labelled labelled{Buffer<std::int32_t>(input.points.count), batch.sums(0)};
  launch(widen_labels, spread(input.device, input.points.count), batch.first_model(),
         input.points.count, labelled.label.data());
  COVEY_CUDA(cudaDeviceSynchronize());  // the batch's labels are freed on return
  return labelled;
}

std::vector<std::int32_t> farthest_points(const LloydInput& input, const Centroids& centroids,
                                          int count) {
  ChosenRows farthest;
  input.parts->for_each([&](const PartInPlace& part) {
    const Labelled labelled = label_points(
        {part.device, part.points, nullptr, 0, 0, 0, input.hooks, input.statistics}, centroids);
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
