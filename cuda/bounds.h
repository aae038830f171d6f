// Bounds across iterations: points whose nearest centroid cannot have changed are not looked at.
// Derived in docs/exactness.md, "Slack".
#pragma once

#include <cmath>
#include <cstdint>

#include "covey/arithmetic.h"
#include "device.h"
#include "lloyd.h"

namespace covey::cuda {

// Lengths are floats in grid units. A float operation is off by 2^-24 of its result at most, and
// 2^-22 of it is added or taken off after one or two of them.

/// Not below the root of a square of at most 2^60.
COVEY_HOST_DEVICE inline float root_up(std::int64_t square) {
  return static_cast<float>(std::sqrt(static_cast<double>(square)) * (1 + 0x1p-22));
}

/// What is left of a slack after the point's own centroid and the others have moved by so much at
/// most; 0 where nothing is.
COVEY_HOST_DEVICE inline float slack_left(float slack, float own_move, float largest_move) {
  const float reach = (own_move + largest_move) * (1 + 0x1p-22F);
  const float left = (slack - reach) * (1 - 0x1p-22F);
  return left > 0 ? left : 0;
}

/// What a pass leaves for the next, in device memory.
struct BoundsState {
  float largest;         ///< the largest move of a centroid in the last update
  std::uint32_t open;    ///< points on the list
  std::uint32_t choice;  ///< 1: those are looked at; 0: all are, because most are open
  std::uint32_t found;   ///< points on the list while it is made; 0 between launches
  std::uint32_t blocks;  ///< that are through; 0 between launches
};

/// Of all points of a device that one model is fitted to. A pass may take them in pieces, one after
/// the other: the moves of the centroids are those of all, the list is that of one piece.
class Bounds {
 public:
  /// `most`: points of a piece at most.
  Bounds(const Device& device, std::int64_t points, std::int64_t most, int largest_k);
  static std::int64_t bytes(std::int64_t points, std::int64_t most, int largest_k) {
    return 4 * (points + most + static_cast<std::int64_t>(largest_k));
  }

  /// Nothing is known of any point.
  void start();
  /// Queues the choice of the points, among `count` from `first` on, that a pass looks at, from
  /// their labels of the pass before. Nothing is done where the model (device memory) does not run.
  void choose(const DeviceModel* model, const std::int32_t* label, std::int64_t first,
              std::int64_t count);

  /// Points without slack, counted from the first of the piece; state()->open of them.
  const std::uint32_t* list() const { return list_.data(); }
  /// Of every point from `first` on: a lower bound of the distance to the second nearest centroid
  /// less that to the nearest. Whoever labels a point writes it.
  float* slack(std::int64_t first) { return slack_.data() + first; }
  float* move() { return move_.data(); }  ///< of every cluster in the last update, rounded up
  BoundsState* state() { return state_.data(); }

 private:
  const Device& device_;
  Buffer<float> slack_;
  Buffer<std::uint32_t> list_;
  Buffer<float> move_;
  Buffer<BoundsState> state_;
};

}  // namespace covey::cuda
