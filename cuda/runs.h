// Sums of moved points where clusters are many: entries (point, cluster, sign) are sorted by
// counting, so that the entries of a cluster stand together and a warp adds a run of them up in
// registers. All sums are integers: their order does not matter.
#pragma once

#include <cstdint>

#include "device.h"
#include "lloyd.h"
#include "points.h"

namespace covey::cuda {

/// Points row by row, as the screen keeps them: x - origin = 256 half(high) + low, in tiles of 128
/// points, each of slabs of 64 features. In a slab a row has 128 bytes, 16-byte piece p of row r at
/// place p ^ (r % 8).
struct PointRows {
  const std::uint16_t* high = nullptr;  ///< null: there are none, and the grid is read
  const std::int16_t* low = nullptr;
  const std::int32_t* origin = nullptr;  ///< d coordinates
  int slabs = 0;
};

/// Which points a pass has looked at, known to the device alone.
struct LookedAt {
  const std::uint32_t* list = nullptr;    ///< null: all points
  const std::uint32_t* count = nullptr;   ///< of the list
  const std::uint32_t* choice = nullptr;  ///< 0: all points all the same; else the list
};

/// Points whose label changed, and the sums that follow them.
struct MovedPoints {
  PointsView points;
  PointRows rows;
  LookedAt looked_at;
  const DeviceModel* model = nullptr;  ///< device memory; nothing is done where it does not run
  int k = 0;
  const std::int32_t* label = nullptr;  ///< of every point
  std::int32_t* before = nullptr;       ///< in: the labels in `sums`, -1: none; out: `label`
  std::int64_t* sums = nullptr;         ///< k x (d + 1): of m q_f, then of m
};

class Runs {
 public:
  /// Fewer than 2^31 points.
  Runs(const Device& device, std::int64_t points, int largest_k);
  static std::int64_t bytes(std::int64_t points, int largest_k);

  /// Queued on the default stream.
  void add(const MovedPoints& moved);

 private:
  const Device& device_;
  Buffer<std::uint32_t> count_;   ///< by cluster and sign; 0 between calls
  Buffer<std::uint32_t> cursor_;  ///< by cluster and sign: where its next entry goes
  Buffer<std::uint32_t> total_;   ///< one number: entries
  Buffer<uint2> entry_;           ///< point; twice the cluster, plus one to subtract
};

}  // namespace covey::cuda
