#include "stratified.h"

#include <cmath>
#include <cstddef>
#include <limits>

#include "covey/arithmetic.h"
#include "distributions.h"
#include "multiple_tests.h"
#include "statistics.h"

namespace covey::driver {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double ratio(double numerator, double denominator) {
  if (denominator > 0.0) return numerator / denominator;
  return numerator > 0.0 ? kInfinity : 1.0;
}

/// Sums over strata that the common odds ratio and its test are made of. A stratum of n sessions is
/// (a, b; c, d): a's conversions and others, the rest's conversions and others.
struct Sums {
  double r = 0, s = 0;               ///< a d / n, b c / n
  double pr = 0, ps_qr = 0, qs = 0;  ///< with P = (a + d) / n, Q = (b + c) / n
  double excess = 0, variance = 0;   ///< of a over its expectation

  void add(const Rate& with, const Rate& rest) {
    const std::int64_t sessions = with.trials + rest.trials;
    const std::int64_t successes = with.successes + rest.successes;
    if (with.trials == 0 || rest.trials == 0 || successes == 0 || successes == sessions) return;
    const double n = static_cast<double>(sessions);
    const double a = static_cast<double>(with.successes);
    const double b = static_cast<double>(with.trials - with.successes);
    const double c = static_cast<double>(rest.successes);
    const double d = static_cast<double>(rest.trials - rest.successes);
    const double ad = a * (d / n), bc = b * (c / n);
    const double agree = (a + d) / n, disagree = (b + c) / n;
    r += ad;
    s += bc;
    pr += agree * ad;
    ps_qr += agree * bc + disagree * ad;
    qs += disagree * bc;
    excess +=
        static_cast<double>(Int128{sessions} * with.successes - Int128{with.trials} * successes) /
        n;
    variance += static_cast<double>(with.trials) * (static_cast<double>(rest.trials) / n) *
                (static_cast<double>(successes) / n) *
                (static_cast<double>(sessions - successes) / (n - 1.0));
  }
};

/// Common odds ratio with the interval of its logarithm.
Interval common_odds_ratio(const Sums& sums) {
  const double value = ratio(sums.r, sums.s);
  if (sums.r == 0.0 || sums.s == 0.0) return {value, 0.0, kInfinity};
  const double variance = sums.pr / (2.0 * sums.r * sums.r) + sums.ps_qr / (2.0 * sums.r * sums.s) +
                          sums.qs / (2.0 * sums.s * sums.s);
  const double factor = std::exp(kNormal975 * std::sqrt(variance));
  return {value, value / factor, value * factor};
}

double crude_odds_ratio(const std::vector<Stratum>& strata) {
  Rate a, rest;
  for (const Stratum& stratum : strata) {
    a.successes += stratum.a.successes;
    a.trials += stratum.a.trials;
    rest.successes += stratum.rest.successes;
    rest.trials += stratum.rest.trials;
  }
  return ratio(static_cast<double>(a.successes) * static_cast<double>(rest.trials - rest.successes),
               static_cast<double>(a.trials - a.successes) * static_cast<double>(rest.successes));
}

}  // namespace

StratifiedComparison mantel_haenszel(const std::vector<Stratum>& strata) {
  Sums sums;
  for (const Stratum& stratum : strata) sums.add(stratum.a, stratum.rest);
  StratifiedComparison result;
  result.crude_odds_ratio = crude_odds_ratio(strata);
  result.odds_ratio = common_odds_ratio(sums);
  if (!(sums.variance > 0.0)) return result;
  result.statistic = sums.excess * (sums.excess / sums.variance);
  result.p = chi_square_upper(result.statistic, 1.0);
  result.p_adjusted = result.p;
  result.differs = result.p < kLevel;
  return result;
}

Interval standardised_rate(const std::vector<Rate>& strata,
                           const std::vector<std::int64_t>& weights) {
  double total = 0.0;
  for (std::size_t at = 0; at < strata.size(); ++at) {
    if (strata[at].trials > 0) total += static_cast<double>(weights[at]);
  }
  if (!(total > 0.0)) return {0.0, 0.0, 1.0};
  double value = 0.0, below = 0.0, above = 0.0;  // arms squared
  for (std::size_t at = 0; at < strata.size(); ++at) {
    const Rate& rate = strata[at];
    if (rate.trials == 0) continue;
    const double weight = static_cast<double>(weights[at]) / total;
    value += weight * rate.value;
    below += weight * weight * (rate.value - rate.low) * (rate.value - rate.low);
    above += weight * weight * (rate.high - rate.value) * (rate.high - rate.value);
  }
  return {value, value - std::sqrt(below), value + std::sqrt(above)};
}

}  // namespace covey::driver
