// Lloyd's iterations of one large model by launches: many features and clusters, so that a pass
// takes long beside a launch. The host queues several passes ahead; the kernels of a model that is
// done return at once.
#pragma once

#include <optional>

#include "lloyd.h"
#include "runs.h"

namespace covey::cuda {

/// What the blocks of a launch make together, and what a pass leaves for the next. All 0 at the
/// start; counters are 0 again once the launch that counts is over.
struct WideState {
  unsigned long long shift_low, shift_high;  ///< squared shift, split at bit 32
  unsigned int empty;                        ///< clusters
  unsigned int blocks;                       ///< that are through
  unsigned int largest_bits;                 ///< of the largest move, a float
  float largest;                             ///< the largest move of the last update
  std::uint32_t open;                        ///< points on the list
  std::uint32_t choice;                      ///< 1: only those are looked at; 0: all
};

/// Device memory of the bounds; see "Slack" in docs/exactness.md. Lengths in grid units.
struct BoundsView {
  float* slack = nullptr;  ///< of every point: at most distance to the second nearest - nearest
  std::uint32_t* list = nullptr;  ///< points without slack
  const float* move = nullptr;    ///< of every cluster in the last update, rounded up
  WideState* state = nullptr;
};

class WideLloyd {
 public:
  /// Whether a model of k clusters is fitted by this loop. A matter of cost alone.
  static bool takes(const PointsView& points, int k, const TestHooks& hooks);

  WideLloyd(const Device& device, const PointsView& points, int largest_k, const TestHooks& hooks);

  /// The next model: no point has a label.
  void start();
  /// Queues passes of the view's one model; `model` is the host's copy. Labels take 4 bytes.
  void queue(const LloydView& view, const DeviceModel& model, int passes);
  /// The centroids before the update that found a cluster empty. Waits for it. What the host puts
  /// in their place is unknown to the bounds, which start anew.
  void take_back(std::int32_t* centroids, int k);

 private:
  void label(const LloydView& view);

  const Device& device_;
  PointsView points_;
  const TestHooks& hooks_;
  Runs runs_;
  Buffer<std::int32_t> before_;     ///< labels that the sums hold
  Buffer<std::int32_t> centroids_;  ///< of the pass before; largest k x d
  Buffer<float> move_;
  Buffer<WideState> state_;
};

}  // namespace covey::cuda
