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
  std::uint32_t open;    ///< points on the list; the update sets it back to 0
  std::uint32_t choice;  ///< 1: those are looked at; 0: all are, because most are open
  std::uint32_t blocks;  ///< that are through; 0 between launches
};

class Bounds {
 public:
  Bounds(const Device& device, std::int64_t points, int largest_k);
  static std::int64_t bytes(std::int64_t points, int largest_k) {
    return 8 * points + 4 * static_cast<std::int64_t>(largest_k);
  }

  /// Nothing is known of any point.
  void start();
  /// Queues the choice of the points that a pass looks at, from the labels of the pass before.
  /// Nothing is done where the model (device memory) does not run.
  void choose(const DeviceModel* model, const std::int32_t* label);

  /// Points without slack; state()->open of them.
  const std::uint32_t* list() const { return list_.data(); }
  /// Of every point: a lower bound of the distance to the second nearest centroid less that to the
  /// nearest. Whoever labels a point writes it.
  float* slack() { return slack_.data(); }
  float* move() { return move_.data(); }  ///< of every cluster in the last update, rounded up
  BoundsState* state() { return state_.data(); }

 private:
  const Device& device_;
  std::int64_t points_;
  Buffer<float> slack_;
  Buffer<std::uint32_t> list_;
  Buffer<float> move_;
  Buffer<BoundsState> state_;
};

}  // namespace covey::cuda
