// The back ends: `reference` (plain loops, the specification), `cpu` (SIMD and threads), `cuda` (a
// module opened at run time). A back end owns a copy of the points where it computes and offers
// few, coarse operations; only numbers by cluster and feature cross. All give the same bits.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "covey/grid.h"
#include "covey/kmeans.h"
#include "covey/pca.h"
#include "covey/points.h"
#include "covey/sample.h"
#include "covey/validity.h"

namespace covey {

/// Switches that only tests turn: they make rare paths common. Results stay exact for every value
/// but certify.
struct TestHooks {
  std::uint64_t hash_mask = ~0ULL;  ///< kept bits of every point hash: few bits make collisions
  bool certify = true;  ///< false: take float labels unchecked, to prove that the check is needed
  std::string simd_target;  ///< one of simd_targets() to force; empty: the best here
  // Limits that only large data meets, made small. 0: as the machine has them.
  int models_a_batch = 0;   ///< models that share a pass over the points
  int passes_a_launch = 0;  ///< passes of one launch of a GPU's kernel
  int shared_bytes = 0;     ///< shared memory that a GPU's block may take
};

struct BackendOptions {
  std::string name = "auto";  ///< auto, reference, cpu or cuda
  int threads = 0;            ///< 0: as many as the machine has
  std::vector<int> gpus;      ///< device numbers; empty: the first
  std::int64_t gpu_memory = 0;
  TestHooks hooks;
};

/// Whether iterations run over distinct points or over rows. A matter of cost: results are equal.
enum class Collapse { kAuto, kDistinct, kRows };

struct LoadOptions {
  Collapse collapse = Collapse::kAuto;
};

/// Models to fit in shared passes: every k of `k` from each of `restarts` seeded starts (k-major),
/// or each given start.
struct FitPlan {
  std::vector<int> k;  ///< each 1 <= k <= number of distinct points
  int restarts = 1;
  Start start = Start::kPlusPlus;
  std::uint64_t seed = 1;
  int max_iterations = 300;  ///< 0: the starts themselves, labelled
  double tolerance = 0;
  std::vector<Centroids> given;  ///< if not empty, k, restarts, start and seed are not read
};

/// Exact sums of the original values by group: group g, feature f at [g * d + f].
struct GroupSums {
  std::vector<std::int64_t> weight;  ///< by group
  std::vector<std::int64_t> sum_v, sum_r;
};

/// How many labels the fast kernels gave since loading, and how many of those their error bound did
/// not certify, so that they were recomputed exactly. Both 0 in a back end without fast kernels.
struct AssignStatistics {
  std::int64_t labels = 0;
  std::int64_t rechecked = 0;
};

/// Points on a grid, where the back end computes. Rows keep the order in which batches were given.
class Points {
 public:
  virtual ~Points() = default;

  virtual const Grid& grid() const = 0;
  virtual std::int64_t rows() const = 0;
  virtual std::int64_t weight() const = 0;
  virtual std::int64_t distinct() const = 0;
  /// Multiplicities whose value of feature f was cut at the grid's limit.
  virtual std::span<const std::int64_t> saturated() const = 0;
  virtual AssignStatistics assign_statistics() const { return {}; }

  /// Fitted models in plan order. Clusters in the order of their start; counts and inertia are
  /// those of the final labelling under the returned centroids.
  virtual std::vector<KMeansModel> fit(const FitPlan& plan) = 0;
  /// Labels of all rows; `label` and `distance` have rows() entries; distance may be empty. Returns
  /// counts, inertia.
  virtual Labels label(const Centroids& centroids, bool distances) = 0;
  virtual Gram gram() = 0;
  virtual std::vector<std::vector<double>> project(const Pca& pca) = 0;
  /// As histogram_scores, which checks the arguments.
  virtual ScoreHistogram histogram(const Pca& pca, const Centroids& centroids, int width,
                                   int height) = 0;
  /// As validity_sums, which checks the arguments.
  virtual ValiditySums validity(const Centroids& centroids) = 0;
  /// As sample_sessions, which checks the arguments.
  virtual PointSample sample(std::int64_t sessions, std::uint64_t seed) = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::string name() const = 0;
  /// What computes, in words: "AVX3_ZEN4, 2 threads".
  virtual std::string device() const = 0;

  /// Range of each feature after log1p where asked. Throws Error (data) on a value that is not
  /// finite, or <= -1 under log1p, naming row (from 0, over all batches) and feature.
  virtual std::vector<Range> ranges(std::span<const Columns> batches,
                                    const std::vector<bool>& log1p) const = 0;
  virtual std::vector<Moments> moments(std::span<const Columns> batches,
                                       const std::vector<bool>& log1p,
                                       std::span<const FixedPoint> fixed) const = 0;
  /// The order statistics of v of one feature at these ranks (0 <= rank < W, rising),
  /// multiplicities counted.
  virtual std::vector<std::int32_t> order_statistics(std::span<const Columns> batches, int feature,
                                                     bool log1p, const FixedPoint& fixed,
                                                     std::span<const std::int64_t> ranks) const = 0;
  virtual std::unique_ptr<Points> load(std::span<const Columns> batches, const Grid& grid,
                                       const LoadOptions& options) const = 0;
  /// Sums of original values by group; group[row] in [0, groups), rows over all batches.
  virtual GroupSums sums_by_group(std::span<const Columns> batches,
                                  std::span<const FixedPoint> fixed,
                                  std::span<const std::int32_t> group, int groups) const = 0;
};

/// SIMD instruction sets that this build has kernels for and this machine runs, best first ("AVX3",
/// "AVX2", "SSE2").
std::vector<std::string> simd_targets();

/// What there is of CUDA on this machine.
struct CudaStatus {
  std::vector<std::string> devices;  ///< "NVIDIA H200, 139 GiB, compute capability 9.0"
  std::string reason;                ///< why the cuda back end cannot be had; empty where it can
};
CudaStatus cuda_status();

/// Opens a back end. `auto` takes cuda where module, driver and device are there, else cpu. Throws
/// Error (usage) for an unknown name, Error (device) where cuda is asked for and cannot be had.
/// `note`, if given, gets auto's reason.
std::unique_ptr<Backend> open_backend(const BackendOptions& options = {},
                                      std::string* note = nullptr);

/// Moments, ranges and, for kRobust, quartiles of a data set. Throws Error (data) where the
/// contract's limits are broken.
Summary summarise(const Backend& backend, std::span<const Columns> batches, Scaling scaling,
                  const std::vector<bool>& log1p = {});

/// summarise, make_grid and load in one call.
std::unique_ptr<Points> load_points(const Backend& backend, const Columns& data,
                                    Scaling scaling = Scaling::kStandard,
                                    const LoadOptions& options = {});

}  // namespace covey
