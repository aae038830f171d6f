#include "rules.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "covey/error.h"

namespace covey::internal {

void check_centroids(const Centroids& centroids, int d, const std::string& where) {
  const auto refuse = [&](const std::string& what, const std::string& fix) {
    throw Error(ErrorKind::kUsage, what, where, fix);
  };
  if (centroids.k < 1 || centroids.d != d ||
      centroids.q.size() != static_cast<std::size_t>(centroids.k) * static_cast<std::size_t>(d))
    refuse(std::to_string(centroids.k) + " centroids of " + std::to_string(centroids.d) +
               " coordinates (" + std::to_string(centroids.q.size()) + " numbers)",
           "give k >= 1 centroids of " + std::to_string(d) + " coordinates");
  if (!std::all_of(centroids.q.begin(), centroids.q.end(),
                   [](std::int32_t q) { return q >= -kGridLimit && q <= kGridLimit; }))
    refuse("a coordinate beyond the grid's limit", "use Grid::quantise");
}

UInt128 tolerance_limit(double tolerance, std::span<const Int128> squares,
                        std::span<const std::int64_t> sums, std::int64_t weight) {
  const double w = static_cast<double>(weight);
  double total = 0;
  for (std::size_t f = 0; f < squares.size(); ++f) {
    const Int128 scatter =
        static_cast<Int128>(weight) * squares[f] - static_cast<Int128>(sums[f]) * sums[f];
    total = total + static_cast<double>(scatter) / (w * w);
  }
  const double limit = std::floor(tolerance * (total / static_cast<double>(squares.size())));
  return limit >= 0x1p120 ? static_cast<UInt128>(1) << 120 : static_cast<UInt128>(limit);
}

void add_and_clear(ClusterSums& total, ClusterSums& part) {
  for (std::size_t i = 0; i < total.counts.size(); ++i)
    total.counts[i] += std::exchange(part.counts[i], 0);
  for (std::size_t i = 0; i < total.sums.size(); ++i)
    total.sums[i] += std::exchange(part.sums[i], 0);
}

Int128 inertia_from_sums(Int128 total_square, const Centroids& centroids, const ClusterSums& sums) {
  Int128 inertia = total_square;
  for (int j = 0; j < centroids.k; ++j) {
    std::int64_t norm = 0;
    for (int f = 0; f < centroids.d; ++f) {
      const std::int64_t c = centroids.row(j)[f];
      const auto at = static_cast<std::size_t>(j) * static_cast<std::size_t>(centroids.d) +
                      static_cast<std::size_t>(f);
      inertia -= 2 * static_cast<Int128>(c) * sums.sums[at];
      norm += c * c;
    }
    inertia += static_cast<Int128>(sums.counts[static_cast<std::size_t>(j)]) * norm;
  }
  return inertia;
}

Centroids updated_centroids(const Centroids& centroids, const ClusterSums& sums,
                            std::vector<int>& empty) {
  Centroids next = centroids;
  empty.clear();
  for (int j = 0; j < centroids.k; ++j) {
    const std::int64_t count = sums.counts[static_cast<std::size_t>(j)];
    if (count == 0) {
      empty.push_back(j);
      continue;
    }
    const std::int64_t* sum =
        sums.sums.data() + static_cast<std::int64_t>(j) * static_cast<std::int64_t>(centroids.d);
    for (int f = 0; f < centroids.d; ++f)
      next.row(j)[f] = static_cast<std::int32_t>(divide_half_even(sum[f], count));
  }
  return next;
}

UInt128 squared_shift(const Centroids& before, const Centroids& after) {
  UInt128 shift = 0;
  for (int j = 0; j < before.k; ++j)
    shift += static_cast<UInt128>(squared_distance(before.row(j), after.row(j), before.d));
  return shift;
}

}  // namespace covey::internal
