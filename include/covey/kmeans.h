// K-means: options, the model, and the three calls that users make on loaded points.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "covey/arithmetic.h"

namespace covey {

class Points;

enum class Start {
  kPlusPlus,  ///< greedy k-means++ (Arthur and Vassilvitskii 2007, with 2 + floor(ln s) candidates
              ///< at step s)
  kRandom     ///< k distinct points, drawn without replacement by multiplicity
};

/// k centroids of d grid coordinates, row-major.
struct Centroids {
  int k = 0;
  int d = 0;
  std::vector<std::int32_t> q;

  const std::int32_t* row(int cluster) const {
    return q.data() + static_cast<std::int64_t>(cluster) * d;
  }
  std::int32_t* row(int cluster) { return q.data() + static_cast<std::int64_t>(cluster) * d; }
  friend bool operator==(const Centroids&, const Centroids&) = default;
};

enum class Stop {
  kFixedPoint,  ///< no centroid changed
  kTolerance,   ///< the centroids moved by no more than the tolerance
  kLimit        ///< the iteration limit
};

struct KMeansOptions {
  std::vector<int> k = {4};  ///< one model for each
  int restarts = 10;         ///< seeded starts for each k; the one of lowest inertia is kept
  Start start = Start::kPlusPlus;
  std::uint64_t seed = 1;
  int max_iterations = 300;
  /// Stop when sum |change of centroid|^2 <= tolerance * mean variance of the grid coordinates
  /// (scikit-learn's meaning; its default is 1e-4). 0: only at the fixed point.
  double tolerance = 0;
};

/// A fitted model. Inertia is sum over points of multiplicity * squared distance to the nearest
/// centroid, in grid units; times Grid::cell()^2 it is in scaled units.
struct KMeansModel {
  Centroids centroids;
  std::vector<std::int64_t> counts;  ///< sum of multiplicities of each cluster
  Int128 inertia = 0;
  int iterations = 0;  ///< label-and-update steps
  Stop stop = Stop::kLimit;
  int restart = 0;  ///< the restart that won; 0 with a given start
};

/// Models in the order of options.k, clusters by size (largest first), then by centroid. A k above
/// the number of distinct points is reduced to it. Throws Error (usage) on k < 1, restarts < 1 and
/// the like.
std::vector<KMeansModel> fit_kmeans(Points& points, const KMeansOptions& options);

/// One model from a given start; cluster j stays cluster j. A start of more centroids than there
/// are distinct points is cut to its first ones. options.k, restarts, start and seed are not read.
KMeansModel fit_kmeans_from(Points& points, const Centroids& start, const KMeansOptions& options);

/// Labels of all rows under the centroids: the nearest by exact distance; a tie goes to the
/// lexicographically smaller centroid, then to the lower index. `distance` is the squared distance
/// in grid units.
struct Labels {
  std::vector<std::int32_t> label;
  std::vector<std::int64_t> distance;
  std::vector<std::int64_t> counts;  ///< by multiplicity
  Int128 inertia = 0;
};

/// `distances`: fill Labels::distance too.
Labels predict(Points& points, const Centroids& centroids, bool distances = false);

/// Inertia in scaled units: value * 4^-p, correctly rounded.
double scaled_inertia(Int128 inertia, int p);

/// Decimal text of a 128-bit integer.
std::string to_string(Int128 value);

}  // namespace covey
