// Steps 11 and 12 of the contract: validity of a labelling, and thinning.
#include <limits>

#include "reference.h"
#include "validity_rules.h"

namespace covey::internal {

ValiditySums ReferencePoints::validity(const Centroids& centroids) {
  const int k = centroids.k, d = centroids.d;
  const std::vector<std::int32_t> label = this->label(centroids, false).label;
  ClusterSums sums(k, d);
  std::vector<Int128> squares(static_cast<std::size_t>(k), 0);
  for (std::size_t i = 0; i < label.size(); ++i) {
    const std::int64_t m = rows_.multiplicity[i];
    const std::int32_t* x = rows_.row(static_cast<std::int64_t>(i));
    const auto c = static_cast<std::size_t>(label[i]);
    sums.counts[c] += m;
    for (int f = 0; f < d; ++f) {
      const std::int64_t q = x[f];
      sums.sums[c * static_cast<std::size_t>(d) + static_cast<std::size_t>(f)] += m * q;
      squares[c] += static_cast<Int128>(m) * (q * q);
    }
  }

  ValiditySums result = means_and_scatters(sums, squares, d);
  const std::vector<ClusterSpread> spreads = cluster_spreads(result);
  std::vector<std::int64_t> totals(static_cast<std::size_t>(k) * kPointSums, 0);
  for (std::size_t i = 0; i < label.size(); ++i) {
    const std::int32_t* x = rows_.row(static_cast<std::int64_t>(i));
    double own = 0, other = std::numeric_limits<double>::infinity();
    for (int c = 0; c < k; ++c) {
      const double* mean = result.means.data() + static_cast<std::int64_t>(c) * d;
      double square = 0;
      for (int f = 0; f < d; ++f) {
        const double apart = static_cast<double>(x[f]) - mean[f];
        square = square + apart * apart;
      }
      const double beyond = spreads[static_cast<std::size_t>(c)].as_other + square;
      if (c == label[i])
        own = square;
      else if (beyond < other)
        other = beyond;
    }
    const auto c = static_cast<std::size_t>(label[i]);
    add_point(point_validity(own, other, spreads[c]), rows_.multiplicity[i],
              totals.data() + c * kPointSums);
  }
  set_point_sums(totals, result);
  return result;
}

PointSample ReferencePoints::sample(std::int64_t sessions, std::uint64_t seed) {
  PointSample sample{distinct_.d, {}, {}};
  for (std::int64_t i = 0; i < distinct_.rows(); ++i) {
    const std::int32_t* x = distinct_.row(i);
    std::uint32_t kept = distinct_.multiplicity[static_cast<std::size_t>(i)];
    if (sessions < weight_)
      kept = thinned(Thinning::of(seed, sessions, weight_), hash_point(x, distinct_.d), kept);
    if (kept == 0) continue;
    sample.q.insert(sample.q.end(), x, x + distinct_.d);
    sample.multiplicity.push_back(kept);
  }
  return sample;
}

}  // namespace covey::internal
