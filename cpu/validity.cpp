#include "covey/validity.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "covey/backend.h"
#include "validity_rules.h"

namespace covey {
namespace internal {

double rounded_quotient(Int128 numerator, UInt128 denominator) {
  constexpr Int128 kExact = Int128{1} << 53;
  if (-kExact <= numerator && numerator <= kExact && denominator <= kExact)
    return static_cast<double>(numerator) / static_cast<double>(denominator);
  // The quotient of a numerator of 126 bits has 62 or more: its last one, set where a remainder is
  // left, lies below all that a double keeps, and rounding sees all that it must.
  const bool negative = numerator < 0;
  auto shifted = static_cast<UInt128>(negative ? -numerator : numerator);
  const auto high = static_cast<std::uint64_t>(shifted >> 64);
  const int zeros = high != 0 ? std::countl_zero(high)
                              : 64 + std::countl_zero(static_cast<std::uint64_t>(shifted));
  const int shift = zeros - 2;
  shifted <<= shift;
  UInt128 quotient = shifted / denominator;
  if (quotient * denominator != shifted) quotient |= 1;
  const double rounded = std::ldexp(static_cast<double>(quotient), -shift);
  return negative ? -rounded : rounded;
}

/// n sum m |q|^2 - |sum m q|^2 is at most n^2 times the largest |q|^2: 2^64 2^58, and so are both
/// terms (Cauchy and Schwarz): it fits 128 bits.
ValiditySums means_and_scatters(const ClusterSums& sums, std::span<const Int128> squares, int d) {
  ValiditySums result;
  result.k = static_cast<int>(sums.counts.size());
  result.d = d;
  result.counts = sums.counts;
  result.means.assign(sums.sums.size(), 0.0);
  result.scatter.assign(sums.counts.size(), 0.0);
  for (std::size_t c = 0; c < sums.counts.size(); ++c) {
    const std::int64_t n = sums.counts[c];
    if (n == 0) continue;
    Int128 scatter = n * squares[c];
    const std::size_t first = c * static_cast<std::size_t>(d);
    for (std::size_t at = first; at < first + static_cast<std::size_t>(d); ++at) {
      result.means[at] = rounded_quotient(sums.sums[at], static_cast<UInt128>(n));
      scatter -= static_cast<Int128>(sums.sums[at]) * sums.sums[at];
    }
    result.scatter[c] =
        rounded_quotient(scatter, static_cast<UInt128>(n) * static_cast<UInt128>(n));
  }
  return result;
}

std::vector<ClusterSpread> cluster_spreads(const ValiditySums& sums) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  std::vector<ClusterSpread> spreads;
  for (std::size_t c = 0; c < sums.counts.size(); ++c) {
    const auto n = static_cast<double>(sums.counts[c]);
    const double scatter = sums.scatter[c];
    spreads.push_back(
        {n > 1 ? scatter : kNone, n > 1 ? n / (n - 1) : 1.0, n > 0 ? scatter : kNone});
  }
  return spreads;
}

void set_point_sums(std::span<const std::int64_t> totals, ValiditySums& sums) {
  sums.silhouette.clear();
  sums.distance_low.clear();
  sums.distance_high.clear();
  for (std::size_t at = 0; at < totals.size(); at += kPointSums) {
    sums.silhouette.push_back(totals[at]);
    sums.distance_low.push_back(totals[at + 1]);
    sums.distance_high.push_back(totals[at + 2]);
  }
}

}  // namespace internal

double total_scatter(const Gram& gram) {
  double total = 0;
  for (int f = 0; f < gram.d; ++f) {
    total += static_cast<double>(gram.scatter(f, f)) / static_cast<double>(gram.weight);
  }
  return total;
}

double calinski_harabasz(double total_scatter, Int128 inertia, int k, std::int64_t weight) {
  if (k < 2 || weight <= k) return 0;
  const double within = static_cast<double>(inertia);
  const double between = total_scatter - within;
  if (within == 0) return between > 0 ? std::numeric_limits<double>::infinity() : 0;
  return (between / static_cast<double>(k - 1)) / (within / static_cast<double>(weight - k));
}

ValiditySums validity_sums(Points& points, const Centroids& centroids) {
  internal::check_centroids(centroids, points.grid().dimensions(), "centroids");
  return points.validity(centroids);
}

double silhouette(const ValiditySums& sums) {
  std::int64_t total = 0, weight = 0;  // |total| <= 2^30 weight < 2^62
  for (std::size_t c = 0; c < sums.counts.size(); ++c) {
    total += sums.silhouette[c];
    weight += sums.counts[c];
  }
  return internal::rounded_quotient(total, static_cast<UInt128>(weight)) * 0x1p-30;
}

std::vector<double> silhouette_by_cluster(const ValiditySums& sums) {
  std::vector<double> result(sums.counts.size(), 0.0);
  for (std::size_t c = 0; c < result.size(); ++c) {
    if (sums.counts[c] > 0)
      result[c] =
          internal::rounded_quotient(sums.silhouette[c], static_cast<UInt128>(sums.counts[c])) *
          0x1p-30;
  }
  return result;
}

namespace {

/// Mean distance of the points of a cluster to their mean, grid units.
double mean_distance(const ValiditySums& sums, std::size_t c) {
  const Int128 total =
      (static_cast<Int128>(sums.distance_high[c]) << kDistanceSplit) + sums.distance_low[c];
  return internal::rounded_quotient(total, static_cast<UInt128>(sums.counts[c])) * 0x1p-20;
}

double distance_of_means(const ValiditySums& sums, std::size_t a, std::size_t b) {
  const auto d = static_cast<std::size_t>(sums.d);
  double square = 0;
  for (std::size_t f = 0; f < d; ++f) {
    const double apart = sums.means[a * d + f] - sums.means[b * d + f];
    square = square + apart * apart;
  }
  return std::sqrt(square);
}

}  // namespace

double davies_bouldin(const ValiditySums& sums) {
  std::vector<std::size_t> clusters;
  std::vector<double> spread;
  for (std::size_t c = 0; c < sums.counts.size(); ++c) {
    if (sums.counts[c] == 0) continue;
    clusters.push_back(c);
    spread.push_back(mean_distance(sums, c));
  }
  if (clusters.size() < 2) return 0;
  double total = 0;
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    double worst = 0;
    for (std::size_t j = 0; j < clusters.size(); ++j) {
      if (j == i) continue;
      const double apart = distance_of_means(sums, clusters[i], clusters[j]);
      if (apart == 0) return std::numeric_limits<double>::infinity();
      worst = std::max(worst, (spread[i] + spread[j]) / apart);
    }
    total += worst;
  }
  return total / static_cast<double>(clusters.size());
}

}  // namespace covey
