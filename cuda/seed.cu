// Sketch, launches of the seeding kernel, random starts.
#include "seed.h"

#include <algorithm>

#include "gather.cuh"
#include "seed_kernel.cuh"
#include "select.h"
#include "sketch.h"
#include "sweep_starts.h"

namespace covey::cuda {
namespace {

/// Restarts whose distances together take more than this, or than a quarter of the memory that is
/// free, are seeded by several launches.
constexpr std::int64_t kDistanceBytes = 256LL << 20;

/// Starts of `restarts` restarts from `first_restart` on.
std::vector<Centroids> plus_plus(const Device& device, const DevicePoints& sketch,
                                 const FitPlan& plan, int k, int first_restart, int restarts) {
  SeedView view;
  view.points = sketch.view();
  view.hash = sketch.hash.data();
  view.seed = plan.seed;
  view.first_restart = first_restart;
  view.restarts = restarts;
  view.k = k;
  view.candidates = candidates_at_step(k - 1);
  const std::int64_t pieces = (sketch.count + kThreads - 1) / kThreads;
  const Shape shape =
      cooperative_shape(device, seed_plus_plus, kThreads, sizeof(SeedShared), pieces * restarts);
  view.parts = static_cast<int>(std::clamp<std::int64_t>(shape.blocks / restarts, 1, pieces));

  const std::int64_t races = static_cast<std::int64_t>(restarts) * view.candidates;
  Buffer<std::int64_t> distance(restarts * sketch.stride);
  Buffer<double> winner_time(2 * races * view.parts);
  Buffer<std::int64_t> winner_point(2 * races * view.parts);
  Buffer<std::int64_t> potential(k * races * 2);
  Buffer<std::uint32_t> chosen(static_cast<std::int64_t>(restarts) * k);
  potential.fill_bytes(0);
  view.distance = distance.data();
  view.winner_time = winner_time.data();
  view.winner_point = winner_point.data();
  view.potential = potential.data();
  view.chosen = chosen.data();
  launch(seed_plus_plus, shape, view);

  const std::vector<std::int32_t> q = rows_of(device, sketch.view(), chosen);
  std::vector<Centroids> starts;
  const std::int64_t length = static_cast<std::int64_t>(k) * sketch.d;
  for (int r = 0; r < restarts; ++r)
    starts.push_back({k, sketch.d, {q.begin() + r * length, q.begin() + (r + 1) * length}});
  return starts;
}

__global__ void race_times(PointsView points, const std::uint64_t* hash, DrawKey key,
                           std::uint64_t* time) {
  for (std::int64_t i = first_item(); i < points.count; i += item_stride()) {
    const std::uint32_t m = points.multiplicity == nullptr ? 1U : points.multiplicity[i];
    time[i] = ordered_bits(race_time(draw_pair(key, 0, hash[i])[0], race_weight(m, 1)));
  }
}

/// The k points with the smallest times of step 0's race.
Centroids random_start(const Device& device, const DevicePoints& sketch, const FitPlan& plan, int k,
                       int restart) {
  Buffer<std::uint64_t> time(sketch.count);
  launch(race_times, spread(device, sketch.count), sketch.view(), sketch.hash.data(),
         DrawKey{plan.seed, static_cast<std::uint32_t>(restart), 0}, time.data());
  return {k, sketch.d, smallest_rows(device, sketch.view(), time, k).rows};
}

std::vector<Centroids> seeds_from(const Device& device, const DevicePoints& sketch,
                                  const FitPlan& plan, int k) {
  std::vector<Centroids> seeds;
  if (plan.start == Start::kRandom) {
    for (int restart = 0; restart < plan.restarts; ++restart)
      seeds.push_back(random_start(device, sketch, plan, k, restart));
    return seeds;
  }
  const std::int64_t bytes =
      std::min(kDistanceBytes, static_cast<std::int64_t>(device.free_bytes() / 4));
  const auto together = static_cast<int>(std::max<std::int64_t>(1, bytes / (8 * sketch.stride)));
  for (int first = 0; first < plan.restarts; first += together) {
    auto more =
        plus_plus(device, sketch, plan, k, first, std::min(together, plan.restarts - first));
    std::move(more.begin(), more.end(), std::back_inserter(seeds));
  }
  return seeds;
}

}  // namespace

std::vector<Centroids> seed_starts(Parts& parts, const FitPlan& plan, std::uint64_t hash_mask) {
  const Device& device = parts.shards().first();
  device.use();
  const DevicePoints* whole = parts.whole();
  return internal::sweep_starts(plan, [&](std::int64_t size, int k) {
    if (whole != nullptr && whole->count <= size) return seeds_from(device, *whole, plan, k);
    const DevicePoints sketch =
        whole != nullptr ? sketch_of(device, *whole, size) : sketch_of(parts, size, hash_mask);
    return seeds_from(device, sketch, plan, k);
  });
}

}  // namespace covey::cuda
