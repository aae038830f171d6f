#include "distributions.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/non_central_chi_squared.hpp>
#include <boost/math/distributions/non_central_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>

#include "statistics.h"

namespace covey::driver {

namespace {

namespace policies = boost::math::policies;

/// Nothing throws; no detour by long double, whose width differs between machines.
using Quiet = policies::policy<policies::domain_error<policies::ignore_error>,
                               policies::pole_error<policies::ignore_error>,
                               policies::overflow_error<policies::ignore_error>,
                               policies::underflow_error<policies::ignore_error>,
                               policies::denorm_error<policies::ignore_error>,
                               policies::rounding_error<policies::ignore_error>,
                               policies::evaluation_error<policies::ignore_error>,
                               policies::indeterminate_result_error<policies::ignore_error>,
                               policies::promote_float<false>, policies::promote_double<false>>;

using Normal = boost::math::normal_distribution<double, Quiet>;
using ChiSquare = boost::math::chi_squared_distribution<double, Quiet>;
using FisherF = boost::math::fisher_f_distribution<double, Quiet>;
using NoncentralChiSquare = boost::math::non_central_chi_squared_distribution<double, Quiet>;
using NoncentralF = boost::math::non_central_f_distribution<double, Quiet>;

/// Up to here Boost's sums of some sqrt(lambda) terms are turned round, 0.7 ms a call at the end.
/// Beyond, an approximation gives the same lambda to 1e-8 of it.
constexpr double kLargestSum = 1e8;

double chi_square_lower(double x, double degrees, double lambda) {
  if (lambda == 0.0) return cdf(ChiSquare(degrees), x);
  return cdf(NoncentralChiSquare(degrees, lambda), x);
}

double f_lower(double f, double between, double within, double lambda) {
  if (lambda == 0.0) return cdf(FisherF(between, within), f);
  return cdf(NoncentralF(between, within, lambda), f);
}

/// lambda >= 0 with lower(lambda) = p, where lower falls in lambda; 0 where lower(0) <= p. `guess`
/// > 0: about where it ends.
template <typename Lower>
double invert(Lower lower, double p, double guess) {
  if (!(lower(0.0) > p)) return 0.0;
  double from = 0.0;
  double to = guess;
  for (; lower(to) > p && to < 1e300; to *= 2.0) from = to;
  std::uintmax_t calls = 200;
  const auto [low, high] = boost::math::tools::toms748_solve(
      [&](double lambda) { return lower(lambda) - p; }, from, to,
      boost::math::tools::eps_tolerance<double>(), calls, Quiet());
  return low + (high - low) / 2.0;
}

/// lower(x, lambda): P(X <= x). `median`: of the central distribution.
template <typename Lower>
Noncentrality noncentrality(Lower lower, double x, double median, double guess) {
  const double at_least = std::max(x, median);
  return {invert([&](double lambda) { return lower(x, lambda); }, 0.975, guess),
          invert([&](double lambda) { return lower(at_least, lambda); }, 0.025, guess)};
}

}  // namespace

double normal_upper(double z) { return cdf(complement(Normal(), z)); }

double normal_quantile(double p) { return quantile(Normal(), p); }

double chi_square_upper(double x, double degrees) {
  return std::isinf(x) ? 0.0 : cdf(complement(ChiSquare(degrees), x));
}

double f_upper(double f, double between, double within) {
  return std::isinf(f) ? 0.0 : cdf(complement(FisherF(between, within), f));
}

Noncentrality chi_square_noncentrality(double x, double degrees) {
  if (x > kLargestSum) {
    // X = (sqrt(lambda) + Z)^2 and a central chi-square of degrees - 1, which is all but its mean.
    const double root = std::sqrt(std::max(0.0, x - (degrees - 1.0)));
    const double low = std::max(0.0, root - kNormal975), high = root + kNormal975;
    return {low * low, high * high};
  }
  return noncentrality(
      [&](double at, double lambda) { return chi_square_lower(at, degrees, lambda); }, x,
      quantile(ChiSquare(degrees), 0.5), x + degrees);
}

Noncentrality f_noncentrality(double f, double between, double within) {
  const double x = f * between;
  if (x > kLargestSum) {
    // lambda / x is chi-square over its degrees: those within, and x / 2 for the spread of the
    // numerator (variance 4 / x of its ratio to lambda).
    const double degrees = 1.0 / (1.0 / within + 2.0 / x);
    const ChiSquare spread(degrees);
    return {x * (quantile(spread, 0.025) / degrees), x * (quantile(spread, 0.975) / degrees)};
  }
  return noncentrality(
      [&](double at, double lambda) { return f_lower(at, between, within, lambda); }, f,
      quantile(FisherF(between, within), 0.5), x + between);
}

}  // namespace covey::driver
