// Rules of validity over k x d numbers, shared by the host halves of all back ends.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "covey/arithmetic.h"
#include "covey/validity.h"
#include "rules.h"

namespace covey::internal {

/// numerator / denominator, rounded once; |numerator| < 2^126, 0 < denominator < 2^64.
double rounded_quotient(Int128 numerator, UInt128 denominator);

/// Counts, means and scatters of a labelling; squares[c] = sum m |q|^2 over the points of cluster
/// c.
ValiditySums means_and_scatters(const ClusterSums& sums, std::span<const Int128> squares, int d);

/// What the pass over points takes of each cluster beside its mean.
std::vector<ClusterSpread> cluster_spreads(const ValiditySums& sums);

/// Sums over points that the pass makes of each cluster, one after the other: silhouettes, low and
/// high parts of distances.
inline constexpr int kPointSums = 3;

COVEY_HOST_DEVICE inline void add_point(const PointValidity& point, std::int64_t multiplicity,
                                        std::int64_t* of_cluster) {
  of_cluster[0] += multiplicity * point.silhouette;
  of_cluster[1] += multiplicity * (point.distance & ((1LL << kDistanceSplit) - 1));
  of_cluster[2] += multiplicity * (point.distance >> kDistanceSplit);
}

/// Takes k times kPointSums numbers into `sums`.
void set_point_sums(std::span<const std::int64_t> totals, ValiditySums& sums);

}  // namespace covey::internal
