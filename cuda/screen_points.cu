// Points in the form that matrix units read: an origin amid them, halves and rests by row.
#include "columns.h"
#include "covey/half_screen.h"
#include "screen.cuh"

namespace covey::cuda {
namespace {

/// A row's two halves of each slab, by two threads.
constexpr int kRowSharers = kThreads / kScreenTile;

std::int64_t rows_of(std::int64_t points) {
  constexpr std::int64_t kPair = 2 * kScreenTile;  // what a block of warpgroups takes at a time
  return (points + kPair - 1) / kPair * kPair;
}

/// Sums of coordinates by feature.
__global__ void __launch_bounds__(kThreads) feature_totals(PointsView points, std::int64_t* total) {
  const int f = own_feature(points.d);
  const float* q = points.q + f * points.stride;
  std::int64_t sum = 0;
  for (std::int64_t i = first_row(points.d); i < points.count; i += row_stride(points.d))
    sum += static_cast<std::int64_t>(q[i]);
  add_block_sum(sum, total + f);
}

__global__ void mean_point(const std::int64_t* total, std::int64_t count, int d,
                           std::int32_t* origin) {
  for (std::int64_t f = first_item(); f < d; f += item_stride())
    origin[f] = static_cast<std::int32_t>(divide_half_even(total[f], count));
}

/// What the build kernel writes.
struct ScreenForm {
  std::uint16_t* high;
  std::int16_t* low;
  float *rest, *size;  ///< |rest|^2 and |256 high|^2 of each row
  float* square;
  unsigned* ratio;  ///< largest |rest| / |256 high|, the bits of a float
};

/// Eight coordinates of a row as halves and rests, with what they add to its squares.
__device__ inline void convert_piece(const ScreenPointsView& view, std::int64_t i, int first,
                                     HalfSquares& squares, const ScreenForm& form) {
  alignas(16) std::uint32_t high[kScreenPiece / 2], low[kScreenPiece / 2];
#pragma unroll
  for (int f = 0; f < kScreenPiece; ++f) {
    std::int32_t v = 0;
    if (i < view.points.count && first + f < view.points.d)
      v = static_cast<std::int32_t>(view.points.q[(first + f) * view.points.stride + i]) -
          view.origin[first + f];
    const std::uint32_t half = half_of_grid(v);
    const auto rest =
        static_cast<std::uint16_t>(v - grid_of_half(static_cast<std::uint16_t>(half)));
    squares.add(v);
    high[f / 2] = f % 2 == 0 ? half : high[f / 2] | half << 16;
    low[f / 2] = f % 2 == 0 ? rest : low[f / 2] | static_cast<std::uint32_t>(rest) << 16;
  }
  const std::int64_t place = view.place(i, first);
  *reinterpret_cast<uint4*>(form.high + place) = {high[0], high[1], high[2], high[3]};
  *reinterpret_cast<uint4*>(form.low + place) = {low[0], low[1], low[2], low[3]};
}

/// A block a tile: two threads a row, which take turns at its pieces, so that a warp reads 32
/// points of a feature at a time.
__global__ void __launch_bounds__(kThreads)
    screen_form(ScreenPointsView view, std::int64_t tiles, ScreenForm form) {
  auto& shared = *reinterpret_cast<HalfSquares(*)[kScreenTile]>(shared_memory());
  const auto row = static_cast<int>(threadIdx.x) % kScreenTile;
  const auto sharer = static_cast<int>(threadIdx.x) / kScreenTile;
  for (std::int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const std::int64_t i = tile * kScreenTile + row;
    HalfSquares squares;
    for (int piece = sharer; piece < view.slabs * kScreenPieces; piece += kRowSharers)
      convert_piece(view, i, piece * kScreenPiece, squares, form);
    if (sharer == 1) shared[row] = squares;
    __syncthreads();
    if (sharer == 0) {
      squares.whole += shared[row].whole;
      squares.high += shared[row].high;
      squares.rest += shared[row].rest;
      const auto rest = static_cast<float>(squares.rest), high = static_cast<float>(squares.high);
      form.rest[i] = rest;
      form.size[i] = high;
      form.square[i] = half_square(squares.whole);
      const unsigned ratio =  // of whole warps
          __reduce_max_sync(kAllLanes, __float_as_uint(high > 0 ? sqrtf(rest / high) : 0.0F));
      if (row % kWarp == 0) atomicMax(form.ratio, ratio);
    }
    __syncthreads();
  }
}

/// The allowances, in the place of |256 high|^2.
__global__ void allowances(int d, const unsigned* ratio, std::int64_t rows, const float* rest,
                           float* size) {
  const HalfBound bound(d, __uint_as_float(*ratio));
  for (std::int64_t i = first_item(); i < rows; i += item_stride())
    size[i] = bound.allowance(rest[i], size[i]);
}

}  // namespace

bool ScreenPoints::works(const Device& device) {
  return warps_shared_bytes() <= device.shared_bytes && matrix_units(device).hold;
}

std::int64_t ScreenPoints::bytes(std::int64_t points, int d) {
  constexpr std::int64_t kOfRow = 3 * sizeof(float), kOfValue = 4, kOfFeature = 12;
  return rows_of(points) * (std::int64_t{slabs_of(d)} * kScreenSlab * kOfValue + kOfRow) +
         kOfFeature * d;
}

ScreenPoints::ScreenPoints(const Device& device, std::int64_t most, int d)
    : device_(device),
      high_(rows_of(most) * slabs_of(d) * kScreenSlab),
      low_(high_.size()),
      allowance_(rows_of(most)),
      square_(rows_of(most)),
      rest_(rows_of(most)),
      origin_(d),
      total_(d),
      ratio_(1) {
  view_.high = high_.data();
  view_.low = low_.data();
  view_.allowance = allowance_.data();
  view_.square = square_.data();
  view_.origin = origin_.data();
  view_.ratio = ratio_.data();
  view_.slabs = slabs_of(d);
}

ScreenPoints::ScreenPoints(const Device& device, const PointsView& points)
    : ScreenPoints(device, points.count, points.d) {
  read(points);
}

void ScreenPoints::read(const PointsView& points) {
  view_.points = points;
  total_.fill_bytes(0);
  launch(feature_totals, feature_blocks(device_, points.d, points.count), points, total_.data());
  launch(mean_point, spread(device_, points.d), total_.data(), points.count, points.d,
         origin_.data());
  const std::int64_t rows = rows_of(points.count);
  ratio_.fill_bytes(0);
  Shape shape = spread(device_, rows * kRowSharers);
  shape.shared_bytes = sizeof(HalfSquares) * kScreenTile;
  launch(screen_form, shape, view_, rows / kScreenTile,
         ScreenForm{high_.data(), low_.data(), rest_.data(), allowance_.data(), square_.data(),
                    ratio_.data()});
  launch(allowances, spread(device_, rows), points.d, ratio_.data(), rows, rest_.data(),
         allowance_.data());
}

}  // namespace covey::cuda
