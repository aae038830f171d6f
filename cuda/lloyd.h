// Lloyd's iterations of many models in shared passes over the points, with the loop on the device:
// the host launches, and reads the finished models once. Two kernels do it, chosen by size: narrow
// (d <= 16, centroids and sums of all models in shared memory) and tiled (any d and k).
#pragma once

#include <vector>

#include "covey/backend.h"
#include "parts.h"
#include "rules.h"

namespace covey::cuda {

class ScreenForms;

enum class Phase : int {
  kRunning,   ///< iterates
  kLastPass,  ///< centroids are final; one more pass for labels and sums
  kDone,
  kEmpty  ///< a cluster is empty: the host moves it, then the model runs on
};

/// Whether the model passes over the points still.
COVEY_HOST_DEVICE constexpr bool is_active(Phase phase) {
  return phase == Phase::kRunning || phase == Phase::kLastPass;
}

/// A model between its start and its end, in device memory.
struct DeviceModel {
  int k = 0;
  int first = 0;  ///< its first cluster among those of the batch
  Phase phase = Phase::kRunning;
  Stop stop = Stop::kLimit;
  int iterations = 0;
  int label_bytes = 4;             ///< 1, 2 or 4 a point; all bits set: no label yet
  unsigned char* label = nullptr;  ///< of every point, padding included
};

/// What both kernels work on. Clusters of all models stand one after another.
struct LloydView {
  PointsView points;
  DeviceModel* models = nullptr;
  int model_count = 0;
  int clusters = 0;                   ///< of all models
  std::int32_t* centroids = nullptr;  ///< clusters x d
  float* half = nullptr;         ///< half_norm of each centroid; kept by the tiled kernel alone
  std::int64_t* sums = nullptr;  ///< clusters x (d + 1): sums of m q_f, then of m
  std::int64_t* rechecked = nullptr;            ///< labels that were recomputed exactly
  std::uint64_t limit_low = 0, limit_high = 0;  ///< of the squared shift, 128 bits
  int max_iterations = 0;
  int passes = 1;  ///< of this launch
  bool certify = true;
  bool advance = true;  ///< false: one pass without new centroids, for launch_advance to make later
  bool update = true;   ///< false (tiled alone, without `advance`): labels are written, no sums
  bool keep_labels = true;       ///< false: no point has a label, and none is written
  std::int64_t first_label = 0;  ///< the points' place among the models' labels, on kPadding
};

/// What a fit or a labelling works with.
struct LloydInput {
  const Device& device;
  PointsView points;  ///< to iterate over; a count of 0: they are in parts
  Parts* parts;       ///< all distinct points: to move empty clusters to, and to iterate over where
                      ///< there are no `points`; null in a labelling
  UInt128 limit = 0;  ///< of the squared shift
  Int128 total_square = 0;
  int max_iterations = 300;  ///< 0: label the starts
  const TestHooks& hooks;
  AssignStatistics& statistics;
  ScreenForms& forms;  ///< of either kind of points
};

/// Fits from each start; models in order. Counts and inertia are those of the returned centroids.
std::vector<KMeansModel> run_lloyd(const LloydInput& input, const std::vector<Centroids>& starts);

/// Labels of all points under the centroids, with the sums that go with them.
struct Labelled {
  Buffer<std::int32_t> label;
  internal::ClusterSums sums;
};
Labelled label_points(const LloydInput& input, const Centroids& centroids);

/// Those of one of the parts. A form for the screen that is not there is kept only where it is of
/// all points: of all parts together, forms could take what other steps need.
Labelled label_part(const Parts& parts, const PartInPlace& part, const Centroids& centroids,
                    const TestHooks& hooks, AssignStatistics& statistics, ScreenForms& forms);

/// Exact squared distance of each point to the centroid that its label names.
Buffer<std::int64_t> own_distances(const Device& device, const PointsView& points,
                                   const Buffer<std::int32_t>& label, const Centroids& centroids);

/// The `count` distinct points farthest from their nearest centroid, by distance, then coordinates;
/// one row of d coordinates each.
std::vector<std::int32_t> farthest_points(const LloydInput& input, const Centroids& centroids,
                                          int count);

// The two kernels' launches.

/// By the one of them that takes the view's clusters.
void launch_passes(const Device& device, const LloydView& view);

/// Dynamic shared memory that narrow needs for these clusters in one batch; 0 where it cannot take
/// them at all (d too large).
std::size_t narrow_shared_bytes(int clusters, int models, int d);
void launch_narrow(const Device& device, const LloydView& view);
void launch_tiled(const Device& device, const LloydView& view);
/// New centroids and stop rules of every model, from sums that passes without `advance` left.
void launch_advance(const LloydView& view);

}  // namespace covey::cuda
