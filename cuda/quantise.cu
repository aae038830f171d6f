// Step 3 of the contract over rows, with the hash of each grid point.
#include "columns.h"
#include "covey/random.h"
#include "kernel.h"
#include "points.h"
#include "values.h"

namespace covey::cuda {
namespace {

struct FeatureMap {
  double offset, factor;
  bool constant, log1p;
};

__global__ void __launch_bounds__(kThreads)
    quantise_kernel(ColumnChunk chunk, const FeatureMap* maps, float* q, std::int64_t stride,
                    std::int64_t* saturated) {
  const int f = own_feature(chunk.d);
  const FeatureMap map = maps[f];
  float* column = q + f * stride + chunk.first;
  std::int64_t cuts = 0;
  for (std::int64_t i = first_row(chunk.d); i < chunk.rows; i += row_stride(chunk.d)) {
    bool cut = false;
    const std::int32_t coordinate =
        map.constant ? 0
                     : Grid::quantise(internal::transformed(chunk.value(f, i), map.log1p),
                                      map.offset, map.factor, cut);
    if (cut) cuts += chunk.weight(i);
    column[i] = static_cast<float>(coordinate);
  }
  add_block_sum(cuts, saturated + f);
}

__global__ void __launch_bounds__(kThreads)
    hash_kernel(PointsView points, std::uint64_t mask, std::uint64_t* hash) {
  for (std::int64_t i = first_item(); i < points.count; i += item_stride()) {
    std::uint64_t h = kHashStart;
    for (int f = 0; f < points.d; ++f)
      h = hash_step(h, static_cast<std::int32_t>(points.q[f * points.stride + i]));
    hash[i] = hash_end(h) & mask;
  }
}

std::vector<FeatureMap> feature_maps(const Grid& grid) {
  std::vector<FeatureMap> maps;
  for (int f = 0; f < grid.dimensions(); ++f) {
    const GridFeature& feature = grid.features[static_cast<std::size_t>(f)];
    maps.push_back({feature.offset, grid.factor(f), feature.constant, feature.log1p});
  }
  return maps;
}

}  // namespace

void hash_points(const Device& device, const PointsView& points, std::uint64_t hash_mask,
                 std::uint64_t* hash) {
  launch(hash_kernel, spread(device, points.count), points, hash_mask, hash);
}

QuantisedRows quantise_rows(const Device& device, std::span<const Columns> batches,
                            const Grid& grid, std::uint64_t hash_mask) {
  internal::check_shape(batches, grid);
  std::int64_t total = 0;
  QuantisedRows rows;
  bool weighted = false;
  for (const Columns& batch : batches) {
    total += batch.rows;
    weighted = weighted || !batch.multiplicity.empty();
    if (batch.multiplicity.empty()) rows.weight += batch.rows;
    for (const std::uint32_t m : batch.multiplicity) rows.weight += m;
  }
  rows.points = DevicePoints(grid.dimensions(), total);
  DevicePoints& points = rows.points;
  if (weighted) points.multiplicity = Buffer<std::uint32_t>(total);

  const Buffer<FeatureMap> maps = uploaded(feature_maps(grid));
  Buffer<std::int64_t> saturated(points.d);
  saturated.fill_bytes(0);
  for_chunks(device, batches, [&](const ColumnChunk& chunk) {
    launch(quantise_kernel, feature_blocks(device, points.d, chunk.rows), chunk, maps.data(),
           points.q.data(), points.stride, saturated.data());
    if (weighted) chunk.copy_multiplicities(points.multiplicity.data());
  });
  hash_points(device, points.view(), hash_mask, points.hash.data());
  rows.saturated = downloaded(saturated.data(), saturated.size());
  return rows;
}

}  // namespace covey::cuda
