#include "statistics.h"

#include <gtest/gtest.h>

#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace covey::driver {
namespace {

TEST(Statistics, NormalQuantileIsBoosts) {
  const boost::math::normal_distribution<double> normal;
  EXPECT_NEAR(kNormal975, boost::math::quantile(normal, 0.975), 1e-15);
}

// Table I of R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics
// in Medicine 17 (1998), method 3, four decimals.
TEST(Wilson, GivesNewcombesFigures) {
  const struct {
    std::int64_t successes, trials;
    double low, high;
  } cases[] = {{81, 263, 0.2553, 0.3662},
               {15, 148, 0.0624, 0.1605},
               {0, 20, 0.0000, 0.1611},
               {1, 29, 0.0061, 0.1718}};
  for (const auto& c : cases) {
    const Rate rate = wilson(c.successes, c.trials);
    EXPECT_NEAR(rate.low, c.low, 5e-5) << c.successes << " of " << c.trials;
    EXPECT_NEAR(rate.high, c.high, 5e-5) << c.successes << " of " << c.trials;
  }
}

// The ends are the proportions q at which |p - q| = z sqrt(q (1 - q) / n): that is how Wilson
// defined them.
TEST(Wilson, EndsSolveTheDefiningEquation) {
  for (const std::int64_t trials : {2LL, 7LL, 263LL, 50'000LL, 150'000LL, 4'000'000'000LL}) {
    for (const double share : {0.1992, 0.2029, 0.5, 0.99}) {
      const auto successes = static_cast<std::int64_t>(static_cast<double>(trials) * share);
      const Rate rate = wilson(successes, trials);
      if (successes == 0) continue;
      for (const double q : {rate.low, rate.high}) {
        const double deviation = std::sqrt(q * (1.0 - q) / static_cast<double>(trials));
        EXPECT_NEAR(std::abs(rate.value - q), kNormal975 * deviation, 1e-12);
      }
      EXPECT_LT(rate.low, rate.value);
      EXPECT_LT(rate.value, rate.high);
    }
  }
}

TEST(Wilson, GoogleOfTheMission) {
  const Rate rate = wilson(30'435, 150'000);
  EXPECT_EQ(rate.successes, 30'435);
  EXPECT_EQ(rate.trials, 150'000);
  EXPECT_EQ(rate.value, 0.2029);
  EXPECT_NEAR(rate.low, 0.20087245, 1e-8);
  EXPECT_NEAR(rate.high, 0.20494276, 1e-8);
}

// With no success the interval is 0 to z^2 / (n + z^2); with nothing but successes it is the mirror
// image.
TEST(Wilson, NoneAndAllReachTheEdgeExactly) {
  constexpr double kSquare = kNormal975 * kNormal975;
  for (const std::int64_t n : {1LL, 10LL, 1'000LL, 123'456'789LL}) {
    const Rate none = wilson(0, n);
    const Rate all = wilson(n, n);
    EXPECT_EQ(none.low, 0.0);
    EXPECT_NEAR(none.high, kSquare / (static_cast<double>(n) + kSquare), 1e-15);
    EXPECT_EQ(all.high, 1.0);
    EXPECT_NEAR(all.low, 1.0 - none.high, 1e-15);
  }
}

TEST(Wilson, NoTrialsTellNothing) {
  const Rate rate = wilson(0, 0);
  EXPECT_EQ(rate.value, 0.0);
  EXPECT_EQ(rate.low, 0.0);
  EXPECT_EQ(rate.high, 1.0);
}

// Table (10, 20; 30, 40): E = 30 * 40 / 100 = 12, (10 - 12) / sqrt(12 * 0.7 * 0.6) = -2 /
// sqrt(5.04). Every cell of a 2 x 2 table has the same size, whose square is the chi-square
// statistic.
TEST(Residual, TwoByTwoIsTheRootOfChiSquare) {
  const double expected = 2.0 / std::sqrt(5.04);
  EXPECT_NEAR(adjusted_residual(10, 30, 40, 100), -expected, 1e-15);
  EXPECT_NEAR(adjusted_residual(20, 30, 60, 100), expected, 1e-15);
  EXPECT_NEAR(adjusted_residual(30, 70, 40, 100), expected, 1e-15);
  EXPECT_NEAR(adjusted_residual(40, 70, 60, 100), -expected, 1e-15);
}

// Table (20, 30, 50; 30, 40, 30): expected 25, 35, 40 in both rows; variances 25 * 0.5 * 0.75, 35 *
// 0.5 * 0.65, 40 * 0.5 * 0.6.
TEST(Residual, TwoByThreeByHand) {
  EXPECT_NEAR(adjusted_residual(20, 100, 50, 200), -5.0 / std::sqrt(9.375), 1e-14);
  EXPECT_NEAR(adjusted_residual(30, 100, 70, 200), -5.0 / std::sqrt(11.375), 1e-14);
  EXPECT_NEAR(adjusted_residual(50, 100, 80, 200), 10.0 / std::sqrt(12.0), 1e-14);
  EXPECT_NEAR(adjusted_residual(30, 100, 80, 200), -10.0 / std::sqrt(12.0), 1e-14);
}

TEST(Residual, IndependenceIsExactlyZero) {
  EXPECT_EQ(adjusted_residual(1'000'000'000, 2'000'000'000, 2'000'000'000, 4'000'000'000LL), 0.0);
}

TEST(Residual, MarginsThatHoldNothingOrAllGiveZero) {
  EXPECT_EQ(adjusted_residual(30, 100, 30, 100), 0.0);
  EXPECT_EQ(adjusted_residual(30, 30, 100, 100), 0.0);
  EXPECT_EQ(adjusted_residual(0, 0, 30, 100), 0.0);
  EXPECT_EQ(adjusted_residual(0, 30, 0, 100), 0.0);
}

}  // namespace
}  // namespace covey::driver
