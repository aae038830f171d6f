// Sums of moved points where clusters are many: entries (point, cluster, sign) are sorted by
// counting, so that the entries of a cluster stand together and a warp adds a run of them up in
// registers. All sums are integers: their order does not matter.
#pragma once

#include <cstdint>

#include "device.h"
#include "lloyd.h"
#include "points.h"
#include "screen.h"

namespace covey::cuda {

/// Points whose label changed, and the sums that follow them.
struct MovedPoints {
  PointsView points;
  ScreenPointsView rows;                ///< the same points; where `high` is null the grid is read
  const std::uint32_t* list = nullptr;  ///< null, or the points that may have moved
  const std::uint32_t* list_count = nullptr;  ///< device memory, as all pointers
  const DeviceModel* model = nullptr;  ///< device memory; nothing is done where it does not run
  int k = 0;
  const std::int32_t* label = nullptr;  ///< of every point
  /// In: the labels in `sums`, -1: none; out: `label`. Null: no point is in `sums`.
  std::int32_t* before = nullptr;
  std::int64_t* sums = nullptr;  ///< k x (d + 1): of m q_f, then of m
};

class Runs {
 public:
  /// At most 2^32 - 1 entries at a time: one for every moved point, and one more where it had a
  /// label before.
  Runs(const Device& device, std::int64_t entries, int largest_k);
  static std::int64_t bytes(std::int64_t entries, int largest_k);

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
