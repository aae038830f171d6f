// Lloyd's iterations of one large model by launches: many features and clusters, so that a pass
// takes long beside a launch. The host queues several passes ahead; the kernels of a model that is
// done return at once.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "bounds.h"
#include "lloyd.h"
#include "runs.h"
#include "screen.h"

namespace covey::cuda {

/// What the blocks of an update make together. All 0 between updates.
struct UpdateState {
  unsigned long long shift_low, shift_high;  ///< squared shift, split at bit 32
  unsigned int empty;                        ///< clusters
  unsigned int largest;                      ///< move of a centroid: the bits of a float >= 0
  unsigned int blocks;                       ///< that are through
};

/// Points in the screen's form, made when first asked for and kept.
class ScreenForms {
 public:
  /// Null where the hooks or the memory of the device do not allow it.
  const ScreenPoints* of(const Device& device, const PointsView& points, const TestHooks& hooks);

 private:
  std::map<const float*, std::unique_ptr<ScreenPoints>> forms_;  ///< by address of coordinates
};

class WideLloyd {
 public:
  /// Whether a model of k clusters is fitted by this loop. A matter of cost alone.
  static bool takes(const PointsView& points, int k, const TestHooks& hooks);

  /// Whether there is memory for what the loop keeps by point and cluster.
  static bool fits(const LloydInput& input, int largest_k);

  /// Where there is no form of the points for the screen, labels come from the tiled kernel.
  WideLloyd(const LloydInput& input, int largest_k);

  /// The next model: no point has a label.
  void start();
  /// Queues passes of the view's one model; `model` is the host's copy. Labels take 4 bytes.
  void queue(const LloydView& view, const DeviceModel& model, int passes);
  /// Queues new centroids and stop rules: for after a pass of a view that asks for no advance.
  void update(const LloydView& view);
  /// The centroids before the update that found a cluster empty. Waits for it. The host makes the
  /// next ones, which the bounds do not know: they start anew.
  void take_back(std::int32_t* centroids, int k);

 private:
  void label(const LloydView& view, std::int32_t* labels);

  const Device& device_;
  PointsView points_;
  const ScreenPoints* form_;  ///< null: there is none
  Runs runs_;
  std::optional<Screen> screen_;
  std::optional<Bounds> bounds_;
  Buffer<std::int32_t> before_;     ///< labels that the sums hold
  Buffer<std::int32_t> centroids_;  ///< before the last update; largest k x d
  Buffer<UpdateState> state_;
};

}  // namespace covey::cuda
