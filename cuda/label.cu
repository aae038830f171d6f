// Labels and exact distances of all rows under given centroids.
#include "cuda_points.h"
#include "distance.cuh"
#include "gather.cuh"
#include "kernel.h"
#include "launch.h"

namespace covey::cuda {
namespace {

__global__ void distances_to_own(PointsView points, const std::int32_t* label,
                                 const std::int32_t* centroids, std::int64_t* distance) {
  for (std::int64_t i = first_item(); i < points.count; i += item_stride())
    distance[i] =
        exact_distance(points, i, centroids + static_cast<std::int64_t>(label[i]) * points.d);
}

}  // namespace

Buffer<std::int64_t> own_distances(const Device& device, const PointsView& points,
                                   const Buffer<std::int32_t>& label, const Centroids& centroids) {
  const Buffer<std::int32_t> rows = uploaded(centroids.q);
  Buffer<std::int64_t> distance(points.count);
  launch(distances_to_own, spread(device, points.count), points, label.data(), rows.data(),
         distance.data());
  COVEY_CUDA(cudaDeviceSynchronize());  // the centroids' copy is freed on return
  return distance;
}

Labels CudaPoints::label(const Centroids& centroids, bool distances) {
  RowFigures<std::int32_t> label(*parts_, rows_);
  RowFigures<std::int64_t> distance(*parts_, rows_);
  internal::ClusterSums sums(centroids.k, centroids.d);
  parts_->for_each([&](const PartInPlace& part) {
    Labelled labelled = this->labelled(part, centroids);
    label.take(part, labelled.label);
    if (distances)
      distance.take(part, own_distances(part.device, part.points, labelled.label, centroids));
    internal::add_and_clear(sums, labelled.sums);
  });
  Labels labels;
  labels.label = label.rows();
  if (distances) labels.distance = distance.rows();
  labels.inertia = internal::inertia_from_sums(total_square_, centroids, sums);
  labels.counts = std::move(sums.counts);
  return labels;
}

}  // namespace covey::cuda
