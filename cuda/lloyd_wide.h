// Lloyd's iterations of one large model by launches: many features and clusters, so that a pass
// takes long beside a launch. The host queues several passes ahead; the kernels of a model that is
// done return at once.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "bounds.h"
#include "label_choice.h"
#include "lloyd.h"
#include "runs.h"
#include "screen.h"
#include "wide_plan.h"

namespace covey::cuda {

/// What the blocks of an update make together. All 0 between updates.
struct UpdateState {
  unsigned long long shift_low, shift_high;  ///< squared shift, split at bit 32
  unsigned int empty;                        ///< clusters
  unsigned int largest;                      ///< move of a centroid: the bits of a float >= 0
  unsigned int blocks;                       ///< that are through
};

/// What a model's labels took.
struct WideCounts {
  std::int64_t rechecked = 0;  ///< labels that were decided exactly
  std::int64_t compared = 0;   ///< distances that the screen's took
};

/// Points in the screen's form, made once and kept.
class ScreenForms {
 public:
  /// Null where there is none.
  const ScreenPoints* find(const PointsView& points) const;
  void add(const Device& device, const PointsView& points);

 private:
  struct Form {
    Held hold;
    ScreenPoints points;
  };
  std::map<const float*, std::unique_ptr<Form>> forms_;  ///< by address of coordinates
};

/// The loop on one device. Its points may come in parts, of which some do not stay.
class WideLloyd {
 public:
  /// Whether a model of k clusters is fitted by this loop, on the device that has the most work. A
  /// matter of cost alone.
  static bool takes(const WideWork& work, int k, const TestHooks& hooks);

  /// Null where there is no room for what the loop keeps by point and cluster. Labels come from the
  /// tiled kernel where there is none for the screen's form of points.
  static std::unique_ptr<WideLloyd> make(const Device& device, const WideWork& work,
                                         ScreenForms& forms, const TestHooks& hooks);

  /// The next model: no point has a label.
  void start(int k);
  /// Queues passes over the view's points, each with new centroids; `model`: the host's copy of its
  /// one model.
  void queue(const LloydView& view, const DeviceModel& model, int passes);
  /// Queues one pass over the view's points, a part or all, without new centroids. `labels`: of all
  /// points that stay on the device.
  void pass(const LloydView& view, std::int32_t* labels);
  /// Queues new centroids and stop rules, from the sums of the view.
  void update(const LloydView& view);
  /// The centroids before the update that found a cluster empty. Waits for it. The host makes the
  /// next ones, which the bounds do not know: they start anew.
  void take_back(std::int32_t* centroids, int k);
  /// After so many passes more, which are waited for: how labels are made from now on.
  void judge(int passes);
  const LabelChoice& choice() const { return choice_; }
  /// Labels of the model that were decided exactly, so far. Waits.
  std::int64_t rechecked() const;

 private:
  WideLloyd(const Device& device, const WideWork& work, const WidePlan& plan, ScreenForms& forms,
            const TestHooks& hooks);
  const ScreenPointsView* form_of(const PointsView& piece, const ScreenPoints* own);
  void pass_piece(const LloydView& view, const ScreenPointsView* form, std::int32_t* labels);
  void label(const LloydView& view, const ScreenPointsView* form, std::int32_t* label);

  const Device& device_;
  Held hold_;
  std::map<const float*, const ScreenPoints*> kept_;  ///< forms, by address of coordinates
  int d_;
  Runs runs_;
  std::optional<Screen> screen_;
  std::optional<ScreenPoints> passing_;  ///< a piece without a form of its own
  std::int64_t passing_points_;          ///< of it at most
  std::optional<Bounds> bounds_;
  Buffer<std::int32_t> before_;         ///< labels that the sums hold, of points that stay
  Buffer<std::int32_t> passing_label_;  ///< of a piece that does not stay
  Buffer<std::int32_t> centroids_;      ///< before the last update; largest k x d
  Buffer<UpdateState> state_;
  Buffer<WideCounts> counts_;
  WideCounts judged_;        ///< the counts when labels were judged last
  std::int64_t points_ = 0;  ///< that a pass labels
  LabelChoice choice_;
  int k_ = 0;  ///< of the model
};

/// One a device that passes over points.
using WideLoops = std::vector<std::unique_ptr<WideLloyd>>;

}  // namespace covey::cuda
