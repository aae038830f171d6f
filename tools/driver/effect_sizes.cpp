#include "effect_sizes.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "covey/arithmetic.h"

namespace covey::driver {
namespace {

using Int256 = boost::multiprecision::int256_t;

/// Sums of one feature in steps v of its fixed point.
struct FeatureSums {
  std::int64_t sessions = 0;  ///< W < 2^32
  std::int64_t sum = 0;       ///< S = sum of v, |v| <= 2^30
  Int128 scatter = 0;         ///< W sum of v^2 - S^2 = W^2 variance
};

FeatureSums feature_sums(const Summary& original, std::size_t f) {
  const Moments& moments = original.moments[f];
  const Int128 squares = (static_cast<Int128>(moments.square_high) << 30) + moments.square_low;
  return {original.weight, moments.sum_v,
          static_cast<Int128>(original.weight) * squares -
              static_cast<Int128>(moments.sum_v) * moments.sum_v};
}

/// W n (mean of the group - mean of all), exactly.
Int128 offset(const FeatureSums& all, std::int64_t sessions, std::int64_t sum) {
  return static_cast<Int128>(all.sessions) * sum - static_cast<Int128>(sessions) * all.sum;
}

/// With D the offset, n sessions in the group and r in the rest: the means differ by D / (n r), and
/// the squares within the two sum to (scatter n r - D^2) / (W n r), which has W - 2 degrees of
/// freedom.
double cohens_d(const FeatureSums& all, std::int64_t sessions, std::int64_t sum) {
  const std::int64_t rest = all.sessions - sessions;
  if (sessions == 0 || rest == 0) return 0.0;
  const Int128 distance = offset(all, sessions, sum);
  if (distance == 0) return 0.0;
  const Int256 within = Int256(all.scatter) * sessions * rest - Int256(distance) * Int256(distance);
  if (within == 0) {
    const double infinity = std::numeric_limits<double>::infinity();
    return distance > 0 ? infinity : -infinity;
  }
  const auto n = static_cast<double>(sessions), r = static_cast<double>(rest);
  const auto w = static_cast<double>(all.sessions);
  return static_cast<double>(distance) * std::sqrt(w * (w - 2.0)) /
         (std::sqrt(n * r) * std::sqrt(within.convert_to<double>()));
}

}  // namespace

EffectSizes effect_sizes(const GroupStatistics& groups, const Summary& original) {
  const std::size_t d = groups.fixed.size(), k = groups.sums.weight.size();
  EffectSizes result{std::vector<double>(d, 0.0),
                     std::vector<std::vector<double>>(k, std::vector<double>(d, 0.0))};
  for (std::size_t f = 0; f < d; ++f) {
    const FeatureSums all = feature_sums(original, f);
    if (all.scatter == 0) continue;
    double between = 0;  // W^2 times the sum of squares between groups
    for (std::size_t g = 0; g < k; ++g) {
      const std::int64_t sessions = groups.sums.weight[g], sum = groups.sums.sum_v[g * d + f];
      result.difference[g][f] = cohens_d(all, sessions, sum);
      const auto distance = static_cast<double>(offset(all, sessions, sum));
      if (sessions > 0) between += distance / static_cast<double>(sessions) * distance;
    }
    const double total = static_cast<double>(all.scatter) * static_cast<double>(all.sessions);
    result.eta_squared[f] = std::min(between / total, 1.0);  // rounding may pass 1
  }
  return result;
}

std::vector<int> defining_features(const std::vector<double>& difference) {
  constexpr std::size_t kMost = 3;
  std::vector<int> order(difference.size());
  std::iota(order.begin(), order.end(), 0);
  const auto size = [&](int f) { return std::abs(difference[static_cast<std::size_t>(f)]); };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return size(a) > size(b); });
  std::size_t count = 0;
  while (count < std::min(kMost, order.size()) && size(order[count]) >= kDefiningDifference)
    ++count;
  order.resize(count);
  return order;
}

}  // namespace covey::driver
