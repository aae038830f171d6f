#include "sketch.h"

#include <algorithm>

#include "covey/error.h"
#include "kernel.h"
#include "launch.h"
#include "select.h"

namespace covey::cuda {
namespace {

__global__ void gather_points(PointsView from, const std::uint64_t* hash,
                              const std::uint32_t* index, std::int64_t count, float* q,
                              std::int64_t stride, std::uint32_t* multiplicity,
                              std::uint64_t* to_hash) {
  for (std::int64_t i = first_item(); i < count; i += item_stride()) {
    const std::int64_t at = index[i];
    for (int f = 0; f < from.d; ++f) q[f * stride + i] = from.q[f * from.stride + at];
    if (multiplicity != nullptr) multiplicity[i] = from.multiplicity[at];
    to_hash[i] = hash[at];
  }
}

/// Those of the points with the smallest hashes.
DevicePoints chosen_points(const Device& device, const PointsView& points,
                           const Buffer<std::uint64_t>& hash, std::int64_t size) {
  const Buffer<std::uint32_t> index = smallest_points(device, points, hash, size);
  DevicePoints sketch(points.d, size);
  if (points.multiplicity != nullptr) sketch.multiplicity = Buffer<std::uint32_t>(size);
  launch(gather_points, spread(device, size), points, hash.data(), index.data(), size,
         sketch.q.data(), sketch.stride, sketch.multiplicity.data(), sketch.hash.data());
  COVEY_CUDA(cudaDeviceSynchronize());  // the index is freed on return
  return sketch;
}

/// Points on the host, feature by feature, on their way from one device to another.
struct Carried {
  std::vector<float> q;
  std::vector<std::uint32_t> multiplicity;  // empty: all 1
};

Carried carried(const PointsView& points) {
  Carried carried;
  const auto width = static_cast<std::size_t>(points.count) * sizeof(float);
  carried.q.resize(static_cast<std::size_t>(points.count * points.d));
  COVEY_CUDA(cudaMemcpy2D(carried.q.data(), width, points.q,
                          static_cast<std::size_t>(points.stride) * sizeof(float), width,
                          static_cast<std::size_t>(points.d), cudaMemcpyDeviceToHost));
  if (points.multiplicity != nullptr)
    carried.multiplicity = downloaded(points.multiplicity, points.count);
  return carried;
}

/// Puts them down as the sketch's points from `first` on.
void put_down(const Carried& carried, std::int64_t first, std::vector<std::uint32_t>& multiplicity,
              DevicePoints& sketch) {
  const std::size_t count = carried.q.size() / static_cast<std::size_t>(sketch.d);
  COVEY_CUDA(cudaMemcpy2D(sketch.q.data() + first,
                          static_cast<std::size_t>(sketch.stride) * sizeof(float), carried.q.data(),
                          count * sizeof(float), count * sizeof(float),
                          static_cast<std::size_t>(sketch.d), cudaMemcpyHostToDevice));
  std::copy(carried.multiplicity.begin(), carried.multiplicity.end(), multiplicity.begin() + first);
}

}  // namespace

DevicePoints sketch_of(const Device& device, const DevicePoints& distinct, std::int64_t size) {
  return chosen_points(device, distinct.view(), distinct.hash, size);
}

DevicePoints sketch_of(Parts& parts, std::int64_t size, std::uint64_t hash_mask) {
  size = std::min(size, parts.count());
  const Device& home = parts.shards().first();
  const std::size_t bytes = static_cast<std::size_t>(size * sketch_bytes(parts.d()));
  if (bytes > home.free_bytes())
    throw Error(ErrorKind::kDevice,
                "the sketch of " + std::to_string(size) + " points takes " +
                    std::to_string(bytes >> 20) + " MiB of GPU memory, " +
                    std::to_string(home.free_bytes() >> 20) + " MiB may be taken",
                "cuda", "allow more of it (--gpu-memory), or use the cpu back end");
  home.use();
  DevicePoints sketch(parts.d(), size);
  std::vector<std::uint32_t> multiplicity(static_cast<std::size_t>(size), 1U);
  int end = 0;
  while (end < parts.size() && parts[end].first < size) ++end;
  parts.for_each(
      [&](const PartInPlace& part) {
        const std::int64_t wanted = std::min(part.points.count, size - part.first);
        Carried own;
        if (wanted == part.points.count) {
          own = carried(part.points);
        } else {
          Buffer<std::uint64_t> hash(part.points.count);
          hash_points(part.device, part.points, hash_mask, hash.data());
          own = carried(chosen_points(part.device, part.points, hash, wanted).view());
        }
        home.use();
        put_down(own, part.first, multiplicity, sketch);
      },
      end);
  home.use();
  if (std::any_of(multiplicity.begin(), multiplicity.end(), [](std::uint32_t m) { return m != 1; }))
    sketch.multiplicity = uploaded(multiplicity);
  hash_points(home, sketch.view(), hash_mask, sketch.hash.data());
  return sketch;
}

}  // namespace covey::cuda
