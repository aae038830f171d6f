// A sample of sessions without replacement.
#include "covey/sample.h"

#include "cuda_points.h"
#include "gather.cuh"
#include "sample_rules.h"

namespace covey::cuda {
namespace {

/// The hash anew from the coordinates: the test hook's mask must not change a sample.
__global__ void __launch_bounds__(kThreads)
    thin_kernel(PointsView points, Thinning thinning, std::uint32_t* kept) {
  for (std::int64_t i = first_item(); i < points.count; i += item_stride()) {
    std::uint64_t hash = kHashStart;
    for (int f = 0; f < points.d; ++f)
      hash = hash_step(hash, static_cast<std::int32_t>(points.q[f * points.stride + i]));
    hash = hash_end(hash);
    const std::uint32_t m = points.multiplicity == nullptr ? 1U : points.multiplicity[i];
    kept[i] =
        none_kept(thinning, thinning_draw(thinning, hash, 0), m) ? 0U : thinned(thinning, hash, m);
  }
}

/// How often each point is kept.
std::vector<std::uint32_t> kept_of(const Device& device, const PointsView& points,
                                   const Thinning& thinning) {
  Buffer<std::uint32_t> kept(points.count);
  launch(thin_kernel, spread(device, points.count), points, thinning, kept.data());
  return downloaded(kept.data(), kept.size());
}

std::vector<std::uint32_t> multiplicities_of(const PointsView& points) {
  if (points.multiplicity == nullptr)
    return std::vector<std::uint32_t>(static_cast<std::size_t>(points.count), 1U);
  return downloaded(points.multiplicity, points.count);
}

}  // namespace

PointSample CudaPoints::sample(std::int64_t sessions, std::uint64_t seed) {
  std::vector<std::int32_t> rows;
  std::vector<std::uint32_t> kept;
  parts_->for_each([&](const PartInPlace& part) {
    const std::vector<std::uint32_t> times =
        sessions < weight_
            ? kept_of(part.device, part.points, Thinning::of(seed, sessions, weight_))
            : multiplicities_of(part.points);
    std::vector<std::uint32_t> index;
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (times[i] == 0) continue;
      index.push_back(static_cast<std::uint32_t>(i));
      kept.push_back(times[i]);
    }
    const auto more = rows_of(part.device, part.points, uploaded(index));
    rows.insert(rows.end(), more.begin(), more.end());
  });
  return internal::sorted_sample(grid_.dimensions(), rows, kept);
}

}  // namespace covey::cuda
