// A labelling by matrix units: centroids are brought into the points' form, then two looks.
#include "screen.cuh"

#include "matrix_probe.h"

namespace covey::cuda {
namespace {

int tiles_of(int k) { return (k + kScreenTile - 1) / kScreenTile; }

/// Tiles that are filled: warpgroups take two at a time.
__host__ __device__ std::int64_t filled_tiles(int tiles) {
  return (static_cast<std::int64_t>(tiles) + 1) / 2 * 2;
}

/// A warp a centroid: halves, half and back. Rows from k on fill up the last tiles.
__global__ void prepare_centroids(ScreenJob job, std::uint16_t* tile, float* half, float* back) {
  if (!is_due(job.pass)) return;
  const HalfBound bound(job.points.points.d, __uint_as_float(*job.points.ratio));
  if (first_item() == 0) *job.open_count = 0;
  const int lane = static_cast<int>(threadIdx.x) % kWarp, d = job.points.points.d;
  for (std::int64_t j = first_item() / kWarp; j < filled_tiles(job.tiles) * kScreenTile;
       j += item_stride() / kWarp) {
    const std::int32_t* centroid = job.pass.centroids + j * d;
    HalfSquares squares;
    for (int f = lane; f < job.points.slabs * kScreenSlab; f += kWarp) {
      const bool is_value = j < job.pass.k && f < d;
      const std::int32_t v = is_value ? centroid[f] - job.points.origin[f] : 0;
      tile[job.points.place(j, f)] = half_of_grid(v);
      squares.add(v);
    }
    squares = {warp_sum(squares.whole), warp_sum(squares.high), warp_sum(squares.rest)};
    if (lane != 0) continue;
    const HalfCentroid own = bound.centroid(squares);
    half[j] = j < job.pass.k ? own.half : kHalfFar;
    back[j] = own.back;
  }
}

}  // namespace

const MatrixUnits& matrix_units(const Device& device) {
  MatrixUnits& units = *device.matrix_units;
  std::call_once(units.asked, [&] {
    units.hold = matrix_units_hold(device);
    units.warpgroups = device_has_wgmma(device);
  });
  return units;
}

Screen::Screen(const Device& device, std::int64_t most, int d, int largest_k)
    : device_(device),
      tiles_(filled_tiles(tiles_of(largest_k)) * slabs_of(d) * kSlabPieces * kScreenPiece),
      half_(filled_tiles(tiles_of(largest_k)) * kScreenTile),
      back_(half_.size()),
      open_(most),
      threshold_(most),
      open_count_(1) {}

std::int64_t Screen::bytes(std::int64_t most, int d, int largest_k) {
  return filled_tiles(tiles_of(largest_k)) * (slabs_of(d) * kSlabBytes + 8 * kScreenTile) +
         8 * most;
}

void Screen::label(const ScreenPointsView& points, const ScreenPass& pass) {
  ScreenJob job;
  job.points = points;
  job.pass = pass;
  job.tiles = tiles_of(pass.k);
  job.tile = tiles_.data();
  job.half = half_.data();
  job.back = back_.data();
  job.open = open_.data();
  job.threshold = threshold_.data();
  job.open_count = open_count_.data();
  launch(prepare_centroids, spread(device_, filled_tiles(job.tiles) * kScreenTile * kWarp), job,
         tiles_.data(), half_.data(), back_.data());
  if (pass.list == nullptr && warpgroups_take(device_, points))
    first_look_by_warpgroups(device_, job);
  else
    first_look_by_warps(device_, job);
  if (pass.certify) second_look(device_, job);
}

}  // namespace covey::cuda
