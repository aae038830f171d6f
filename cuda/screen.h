// Labels by the device's matrix units, exact all the same: a first look in fp16 with a proven bound
// (covey/half_screen.h), which leaves few points open; those are looked at again, and decided in
// integers. For many features, where a product costs more than reading the points.
#pragma once

#include "lloyd.h"
#include "points.h"

namespace covey::cuda {

/// Points of a tile, centroids of a tile.
inline constexpr int kScreenTile = 128;
/// Features of a slab: 128 bytes a row.
inline constexpr int kScreenSlab = 64;
/// 16-byte pieces of a row of a slab, and values of a piece.
inline constexpr int kScreenPieces = 8;
inline constexpr int kScreenPiece = 8;

/// Points in the form that matrix units read, a row's values side by side:
///   x_f = origin[f] + grid_of_half(high) + low,   exact.
/// Tiles of 128 rows; in a tile slabs of 64 features (the last filled up with zeros); in a slab
/// 128 bytes a row, the 16-byte piece p of row r at place p ^ (r % 8): the matrix units'
/// 128-byte swizzle, so a (tile, slab) is one copy of 16 KiB. Rows beyond the end are zero.
struct ScreenPointsView {
  const std::uint16_t* high = nullptr;  ///< fp16 of (x - origin) / 256, to the nearest
  const std::int16_t* low = nullptr;    ///< what is left, grid units; same layout
  const float* allowance = nullptr;  ///< twice the point's part of the bound, rounded up; see there
  const float* square = nullptr;     ///< |x - origin|^2 / 2^16, rounded up by less than 2^-20
  const std::int32_t* origin = nullptr;  ///< d, a grid point amid the points
  const unsigned* ratio = nullptr;  ///< the largest |rest| / |high| of a point, bits of a float;
                                    ///< see HalfBound
  int slabs = 0;
  PointsView points;  ///< the same points, feature by feature

  /// Where value f of row i stands in high and low.
  __host__ __device__ std::int64_t place(std::int64_t i, int f) const {
    return 8 * piece(i, f / kScreenSlab, f / kScreenPiece % kScreenPieces) + f % kScreenPiece;
  }
  /// The number, in 16-byte pieces, of piece p of a slab of row i: features
  /// 64 slab + 8 p, ..., + 7.
  __host__ __device__ std::int64_t piece(std::int64_t i, int slab, int p) const {
    return kScreenPieces * row(i, slab) + (p ^ static_cast<int>(i % 8));
  }
  /// The number, in rows of a slab, of row i; % 8 it is i % 8.
  __host__ __device__ std::int64_t row(std::int64_t i, int slab) const {
    return (i / kScreenTile * slabs + slab) * kScreenTile + i % kScreenTile;
  }
};

class ScreenPoints {
 public:
  /// Whether the device's matrix units are as exact as the bound takes them to be.
  static bool works(const Device& device);
  /// Of device memory, for so many points.
  static std::int64_t bytes(std::int64_t points, int d);

  /// Room for so many points.
  ScreenPoints(const Device& device, std::int64_t most, int d);
  /// Room for these points, which are read.
  ScreenPoints(const Device& device, const PointsView& points);

  /// Queues the making of their form from points, in the place of those before; nothing is read
  /// back. They must stay as they are while the view is in use.
  void read(const PointsView& points);
  const ScreenPointsView& view() const { return view_; }

 private:
  const Device& device_;
  Buffer<std::uint16_t> high_;
  Buffer<std::int16_t> low_;
  Buffer<float> allowance_, square_, rest_;
  Buffer<std::int32_t> origin_;
  Buffer<std::int64_t> total_;  ///< of every feature
  Buffer<unsigned> ratio_;
  ScreenPointsView view_;
};

/// One labelling of points under the centroids of one model. All pointers are device memory.
struct ScreenPass {
  const DeviceModel* model = nullptr;     ///< kernels return at once unless it runs; null: it does
  const std::uint32_t* choice = nullptr;  ///< null, or kernels return at once where it differs from
  std::uint32_t chosen = 0;               ///< this
  const std::int32_t* centroids = nullptr;  ///< k x d
  int k = 0;
  std::int32_t* label = nullptr;  ///< out, by point: of all points, or of the listed ones alone
  /// Null, or out, by point as label: a lower bound of the distance to the second nearest centroid
  /// less that to the nearest, grid units; 0 where the first look did not certify.
  float* slack = nullptr;
  const std::uint32_t* list = nullptr;        ///< null: all points; else points to label
  const std::uint32_t* list_count = nullptr;  ///< how many are listed
  std::int64_t* rechecked = nullptr;          ///< grows by the labels that were decided exactly
  std::int64_t* compared = nullptr;           ///< null, or grows by the distances that this took
  bool certify = true;
};

/// Scratch memory and launches; for one pass at a time.
class Screen {
 public:
  /// For points of d features, at most `most` at a time, and at most `largest_k` centroids.
  Screen(const Device& device, std::int64_t most, int d, int largest_k);
  static std::int64_t bytes(std::int64_t most, int d, int largest_k);

  /// Queues a labelling on the default stream; nothing is read back.
  void label(const ScreenPointsView& points, const ScreenPass& pass);

 private:
  const Device& device_;
  Buffer<std::uint16_t> tiles_;  ///< of centroids, laid out as the points' high
  Buffer<float> half_, back_;    ///< of centroids, filled up to the tile
  Buffer<std::uint32_t> open_;   ///< points that the first look left open
  Buffer<float> threshold_;      ///< of those: scores up to it may be the nearest
  Buffer<std::uint32_t> open_count_;
};

}  // namespace covey::cuda
