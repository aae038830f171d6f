// Rules of the contract over k x d numbers, shared by the host halves of all back ends.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "covey/arithmetic.h"
#include "covey/kmeans.h"

namespace covey::internal {

/// Throws Error (usage) for centroids that do not lie on a grid of d features.
void check_centroids(const Centroids& centroids, int d, const std::string& where);

/// floor(tolerance * mean over features of the variance of q): the largest sum of squared centroid
/// changes that stops. squares[f] = sum m q_f^2, sums[f] = sum m q_f, weight = sum m.
UInt128 tolerance_limit(double tolerance, std::span<const Int128> squares,
                        std::span<const std::int64_t> sums, std::int64_t weight);

/// Sums of one labelling: counts[j] = sum m, sums[j * d + f] = sum m q_f over the points of cluster
/// j.
struct ClusterSums {
  std::vector<std::int64_t> counts;
  std::vector<std::int64_t> sums;

  ClusterSums() = default;
  ClusterSums(int k, int d)
      : counts(static_cast<std::size_t>(k), 0),
        sums(static_cast<std::size_t>(k) * static_cast<std::size_t>(d), 0) {}
};

/// total += part; part = 0.
void add_and_clear(ClusterSums& total, ClusterSums& part);

/// Step 7: total_square - 2 sum c.S + sum N |c|^2, total_square = sum m |q|^2 over all points.
Int128 inertia_from_sums(Int128 total_square, const Centroids& centroids, const ClusterSums& sums);

/// Step 5: the rounded means; empty clusters keep their centroid and are listed in `empty`, rising.
Centroids updated_centroids(const Centroids& centroids, const ClusterSums& sums,
                            std::vector<int>& empty);

/// Sum over clusters of the squared change.
UInt128 squared_shift(const Centroids& before, const Centroids& after);

}  // namespace covey::internal
