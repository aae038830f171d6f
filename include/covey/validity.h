// How good a clustering is: from exact sums alone, and from one pass over the points, which rounds
// each point's figure to a whole number before it is added, so that no order can change a bit.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "covey/arithmetic.h"
#include "covey/kmeans.h"
#include "covey/pca.h"

namespace covey {

class Points;

/// Sum over points of multiplicity * squared distance to the mean, grid units: total sum of
/// squares.
double total_scatter(const Gram& gram);

/// Calinski and Harabasz 1974: ((T - I) / (k - 1)) / (I / (W - k)). 0 for k = 1; infinity where I =
/// 0 < T.
double calinski_harabasz(double total_scatter, Int128 inertia, int k, std::int64_t weight);

/// What Davies-Bouldin and silhouette are made from, by cluster of the given centroids. Empty
/// clusters have zeros.
struct ValiditySums {
  int k = 0;
  int d = 0;
  std::vector<std::int64_t> counts;  ///< sums of multiplicities
  std::vector<double> means;         ///< k * d, grid units: exact means of the points, rounded once
  /// Mean squared distance of the points to their exact mean, grid units squared, rounded once.
  std::vector<double> scatter;
  std::vector<std::int64_t> silhouette;  ///< sum m * rint(s 2^30)
  /// Sum m * rint(distance to the mean * 2^20), grid units, in two parts split at bit 30.
  std::vector<std::int64_t> distance_low, distance_high;
};

/// Of the points, each in the cluster of its nearest centroid. Throws Error (usage) for centroids
/// of other points.
ValiditySums validity_sums(Points& points, const Centroids& centroids);

/// Mean silhouette (Rousseeuw 1987, with squared Euclidean distances) over all multiplicities. 0
/// where there is one cluster.
double silhouette(const ValiditySums& sums);
/// The same by cluster; 0 for an empty one.
std::vector<double> silhouette_by_cluster(const ValiditySums& sums);

/// Davies and Bouldin 1979 with mean Euclidean distance to the mean, and the Euclidean distance of
/// means. Empty clusters are left out; 0 where there is one cluster; infinity where means coincide.
double davies_bouldin(const ValiditySums& sums);

/// What the pass needs to know of one cluster beside its mean. Infinity says that there is no such
/// mean distance: to the others of a cluster of one, to the points of an empty cluster.
struct ClusterSpread {
  double as_own = 0;      ///< scatter; infinity in a cluster of one
  double own_factor = 1;  ///< n / (n - 1): from the mean over all points to that over the others
  double as_other = 0;    ///< scatter; infinity in an empty cluster
};

inline constexpr int kDistanceSplit = 30;

/// One point's share of the sums, for a multiplicity of 1.
struct PointValidity {
  std::int64_t silhouette;  ///< rint(s 2^30)
  std::int64_t distance;    ///< rint(distance * 2^20), below 2^50
};

/// `own_square`: squared distance to the mean of the own cluster; `other`: the least of as_other +
/// squared distance to the mean over the other clusters, infinity where there is none.
/// The mean squared distance of a point x to the points of a cluster is scatter + |x - mean|^2, so
/// s = (b - a) / max(a, b) needs no pairs of points. |s| <= 1 holds for the rounded quotient, too.
COVEY_HOST_DEVICE inline PointValidity point_validity(double own_square, double other,
                                                      const ClusterSpread& own) {
  const double a = (own.as_own + own_square) * own.own_factor;
  const double larger = a > other ? a : other;
  const bool defined = larger > 0 && larger < std::numeric_limits<double>::infinity();
  const double s = defined ? (other - a) / larger : 0.0;
  return {static_cast<std::int64_t>(round_half_even(s * 0x1p30)),
          static_cast<std::int64_t>(round_half_even(std::sqrt(own_square) * 0x1p20))};
}

}  // namespace covey
