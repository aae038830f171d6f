#include "proportions.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "covey/arithmetic.h"
#include "distributions.h"
#include "statistics.h"

namespace covey::driver {

namespace {

bool unknown(const Rate& a, const Rate& b) { return a.trials == 0 || b.trials == 0; }

/// z of a - b = difference, 0 < |difference| < 1, with the standard error of the likeliest rates
/// that differ by just that. Farrington and Manning, Statistics in Medicine 9 (1990), 1447-1454:
/// the likelihood is largest at a root of A p^3 + B p^2 + C p + D = 0, p the rate of a.
double restricted_z(const Rate& a, const Rate& b, double difference) {
  const double theta = static_cast<double>(b.trials) / static_cast<double>(a.trials);
  const double s = difference;
  const double cubic = 1.0 + theta;
  const double square = -(1.0 + theta + a.value + theta * b.value + s * (theta + 2.0));
  const double linear = s * s + s * (2.0 * a.value + theta + 1.0) + a.value + theta * b.value;
  const double constant = -a.value * s * (1.0 + s);
  const double third = square / (3.0 * cubic);
  const double v =
      third * third * third - square * linear / (6.0 * cubic * cubic) + constant / (2.0 * cubic);
  const double u =
      std::copysign(std::sqrt(std::max(third * third - linear / (3.0 * cubic), 0.0)), v);
  constexpr double kPi = 3.141592653589793;
  const double cosine = u == 0.0 ? 0.0 : std::clamp(v / (u * u * u), -1.0, 1.0);
  const double root = 2.0 * u * std::cos((kPi + std::acos(cosine)) / 3.0) - third;
  const double rate_a = std::clamp(root, std::max(0.0, s), std::min(1.0, 1.0 + s));
  const double rate_b = std::clamp(rate_a - s, 0.0, 1.0);
  const double variance = rate_a * (1.0 - rate_a) / static_cast<double>(a.trials) +
                          rate_b * (1.0 - rate_b) / static_cast<double>(b.trials);
  return (a.value - b.value - s) / std::sqrt(variance);
}

}  // namespace

Interval newcombe(const Rate& a, const Rate& b) {
  if (unknown(a, b)) return {0.0, -1.0, 1.0};
  const double difference = a.value - b.value;
  const auto joint = [](double x, double y) { return std::sqrt(x * x + y * y); };
  return {difference, difference - joint(a.value - a.low, b.high - b.value),
          difference + joint(a.high - a.value, b.value - b.low)};
}

ZTest two_proportion_z(const Rate& a, const Rate& b) {
  const std::int64_t successes = a.successes + b.successes;
  const std::int64_t trials = a.trials + b.trials;
  if (unknown(a, b) || successes == 0 || successes == trials) return {};
  // Both sides of (p_a - p_b) / sqrt(p (1 - p) (1/n_a + 1/n_b)) times n_a n_b: the numerator is
  // exact.
  const Int128 numerator = Int128{a.successes} * b.trials - Int128{b.successes} * a.trials;
  const double pooled = static_cast<double>(successes) *
                        (static_cast<double>(trials - successes) / static_cast<double>(trials));
  const double sizes = static_cast<double>(a.trials) * static_cast<double>(b.trials);
  const double z = static_cast<double>(numerator) / std::sqrt(pooled * sizes);
  return {z, 2.0 * normal_upper(std::abs(z))};
}

double cohens_h(const Rate& a, const Rate& b) {
  if (unknown(a, b)) return 0.0;
  return 2.0 * std::asin(std::sqrt(a.value)) - 2.0 * std::asin(std::sqrt(b.value));
}

double equivalence_p(const Rate& a, const Rate& b, double margin) {
  if (unknown(a, b)) return 1.0;
  return std::max(normal_upper(restricted_z(a, b, -margin)),
                  normal_upper(-restricted_z(a, b, margin)));
}

std::int64_t sessions_to_settle(double rate, double difference, double power) {
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  const double other = std::clamp(rate + difference, 0.0, 1.0);
  const double distance = other - rate;
  const double mean = (rate + other) / 2.0;
  const double under_equality = std::sqrt(2.0 * mean * (1.0 - mean));
  const double under_difference = std::sqrt(rate * (1.0 - rate) + other * (1.0 - other));
  const double root =
      (kNormal975 * under_equality + normal_quantile(power) * under_difference) / distance;
  const double sessions = std::ceil(root * root);
  return sessions < 0x1p63 ? static_cast<std::int64_t>(sessions) : kNever;
}

}  // namespace covey::driver
