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

/// Points that a device passes over.
struct PointCounts {
  std::int64_t points = 0;
  std::int64_t streamed = 0;  ///< of them
};

/// Of the device that has most of them.
PointCounts most_points(const LloydInput& input) {
  if (input.points.count > 0) return {input.points.count, 0};
  const Parts& parts = *input.parts;
  std::vector<PointCounts> counts(static_cast<std::size_t>(parts.shards().count()));
  for (int part = 0; part < parts.size(); ++part) {
    PointCounts& own = counts[static_cast<std::size_t>(parts[part].shard)];
    own.points += parts[part].count;
    if (parts[part].streamed()) own.streamed += parts[part].count;
  }
  return *std::max_element(counts.begin(), counts.end(),
                           [](const auto& a, const auto& b) { return a.points < b.points; });
}

/// The wide loop on every device, and which models it fits.
class WideModels {
 public:
  WideModels(const LloydInput& input, std::span<const Centroids> starts)
      : input_(input), counts_(most_points(input)) {
    WideWork work;
    work.d = input.points.d;
    work.iterates = input.max_iterations > 0;
    for (const Centroids& start : starts)
      if (takes(start)) work.largest_k = std::max(work.largest_k, start.k);
    if (work.largest_k > 0) make_loops(work);
  }
  /// Null where another loop fits the model.
  WideLoops* loops_for(const Centroids& start) {
    return !loops_.empty() && takes(start) ? &loops_ : nullptr;
  }

 private:
  bool takes(const Centroids& start) const {
    return input_.points.count < kMostWidePoints &&
           WideLloyd::takes(counts_.points, counts_.streamed, input_.points.d, start.k,
                            input_.hooks);
  }
  void make_loops(const WideWork& work) {
    if (input_.points.count > 0) {
      add_loop(input_.device, work, {&input_.points, 1}, 0);
      return;
    }
    const Parts& parts = *input_.parts;
    for (int s = 0; s < parts.shards().count(); ++s) {
      std::vector<PointsView> staying;
      std::int64_t streamed = 0;
      for (int part = 0; part < parts.size(); ++part) {
        if (parts[part].shard != s) continue;
        if (parts[part].streamed())
          streamed = std::max(streamed, parts[part].count);
        else
          staying.push_back(parts[part].points.view());
      }
      if (!add_loop(parts.shards()[s], work, staying, streamed)) return;
    }
  }
  /// On all devices or none.
  bool add_loop(const Device& device, WideWork work, std::span<const PointsView> staying,
                std::int64_t largest_streamed) {
    work.staying.assign(staying.begin(), staying.end());
    work.largest_streamed = largest_streamed;
    loops_.push_back(WideLloyd::make(device, work, input_.forms, input_.hooks));
    const bool made = loops_.back() != nullptr;
    if (!made) loops_.clear();
    return made;
  }

  const LloydInput& input_;
  PointCounts counts_;
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

std::vector<std::int32_t> farthest_points(const LloydInput& input, const Centroids& centroids,
                                          int count) {
  ChosenRows farthest;
  input.parts->for_each([&](const PartInPlace& part) {
    ScreenForms passing;  // a streamed part's place is another's next
    const Labelled labelled =
        label_points({part.device, part.points, nullptr, 0, 0, 0, input.hooks, input.statistics,
                      part.resident != nullptr ? input.forms : passing},
                     centroids);
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
