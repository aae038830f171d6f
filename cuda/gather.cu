#include "gather.cuh"

namespace covey::cuda {
namespace {

__global__ void rows_of_chosen(PointsView points, const std::uint32_t* chosen, std::int64_t count,
                               std::int32_t* rows) {
  for (std::int64_t e = first_item(); e < count * points.d; e += item_stride())
    rows[e] =
        static_cast<std::int32_t>(points.q[e % points.d * points.stride + chosen[e / points.d]]);
}

}  // namespace

std::vector<std::int32_t> rows_of(const Device& device, const PointsView& points,
                                  const Buffer<std::uint32_t>& chosen) {
  Buffer<std::int32_t> rows(chosen.size() * points.d);
  if (rows.empty()) return {};
  launch(rows_of_chosen, spread(device, rows.size()), points, chosen.data(), chosen.size(),
         rows.data());
  return downloaded(rows.data(), rows.size());
}

}  // namespace covey::cuda
