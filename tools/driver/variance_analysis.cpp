#include "variance_analysis.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "distributions.h"
#include "multiple_tests.h"
#include "statistics.h"

namespace covey::driver {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Eta squared that a non-centrality of F amounts to among n sessions.
double eta_squared(double lambda, double n) { return lambda / (lambda + n); }

}  // namespace

FeatureComparison one_way_anova(const std::vector<std::int64_t>& sizes,
                                const std::vector<double>& means, double mean, double squares) {
  FeatureComparison result;
  std::int64_t sessions = 0, groups = 0;
  double between = 0.0;
  for (std::size_t group = 0; group < sizes.size(); ++group) {
    if (sizes[group] == 0) continue;
    ++groups;
    sessions += sizes[group];
    const double distance = means[group] - mean;
    between += static_cast<double>(sizes[group]) * distance * distance;
  }
  if (groups < 2) return result;
  result.degrees_between = static_cast<double>(groups - 1);
  result.degrees_within = static_cast<double>(sessions - groups);
  if (!(squares > 0.0)) return result;
  between = std::min(between, squares);  // it may round beyond
  const double n = static_cast<double>(sessions);
  result.eta_squared = {between / squares, 0.0, 1.0};
  if (sessions == groups) return result;
  const double mean_square_within = (squares - between) / result.degrees_within;
  result.f = between / result.degrees_between / mean_square_within;
  result.p = f_upper(result.f, result.degrees_between, result.degrees_within);
  result.p_adjusted = result.p;
  result.differs = result.p < kLevel;
  if (std::isinf(result.f)) {
    result.eta_squared.low = 1.0;
    return result;
  }
  const auto lambda = f_noncentrality(result.f, result.degrees_between, result.degrees_within);
  result.eta_squared.low = eta_squared(lambda.low, n);
  result.eta_squared.high = std::max(eta_squared(lambda.high, n), result.eta_squared.value);
  return result;
}

Interval normal_mean(double mean, double deviation, std::int64_t n) {
  if (n < 2) return {mean, -kInfinity, kInfinity};
  const double arm = kNormal975 * deviation / std::sqrt(static_cast<double>(n - 1));
  return {mean, mean - arm, mean + arm};
}

}  // namespace covey::driver
