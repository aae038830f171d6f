#include "distributions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace covey::driver {
namespace {

/// Figures of tests/golden/make_statistics.py agree to 10 digits and more.
void expect_same(double value, double figure) {
  EXPECT_NEAR(value, figure, 1e-10 * std::abs(figure));
}

TEST(Distributions, UpperTailsAreThoseOfMpmath) {
  expect_same(normal_upper(1.784999), 0.03713073954245218);
  expect_same(normal_upper(8.0), 6.220960574271784e-16);
  expect_same(normal_upper(37.0), 5.725571222524577e-300);
  expect_same(chi_square_upper(30.14, 19), 0.05004352769103598);
  expect_same(chi_square_upper(1500.0, 19), 4.420686547054166e-307);
  expect_same(chi_square_upper(1000.0, 1000), 0.49405285382923964);
  expect_same(f_upper(3.0, 19, 12'310), 1.1809424233324077e-05);
  expect_same(f_upper(3.0, 4, 499'995), 0.017352157604224448);
  expect_same(f_upper(300.0, 4, 499'995), 3.260931916724567e-258);
  // Boost's incomplete beta function loses digits with the degrees of freedom.
  EXPECT_NEAR(f_upper(2.37, 4, 4e9), 0.050159829288191224, 1e-8);
}

TEST(Distributions, EndsOfTheTails) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(normal_upper(-kInfinity), 1.0);
  EXPECT_EQ(normal_upper(0.0), 0.5);
  EXPECT_EQ(normal_upper(kInfinity), 0.0);
  EXPECT_EQ(normal_upper(50.0), 0.0);
  EXPECT_EQ(chi_square_upper(0.0, 1), 1.0);
  EXPECT_EQ(chi_square_upper(1e10, 19), 0.0);
  EXPECT_EQ(chi_square_upper(kInfinity, 19), 0.0);
  EXPECT_EQ(f_upper(0.0, 4, 4e9), 1.0);
  EXPECT_EQ(f_upper(1e7, 4, 4e9), 0.0);
  EXPECT_EQ(f_upper(kInfinity, 4, 10), 0.0);
}

TEST(Noncentrality, ChiSquareIsScipysTurnedRound) {
  const struct {
    double x, degrees, low, high;
  } cases[] = {{3.84, 1, 0.0, 15.362917226301276},
               {373.15, 19, 284.2132770027205, 433.8165820555507},
               {1e4, 4, 9608.878205975449, 10392.804995881239},
               {1e6, 19, 996065.9311379903, 1003905.7517967013}};
  for (const auto& c : cases) {
    const auto ends = chi_square_noncentrality(c.x, c.degrees);
    expect_same(ends.low, c.low);
    expect_same(ends.high, c.high);
  }
}

TEST(Noncentrality, FIsScipysTurnedRound) {
  const struct {
    double f, between, within, low, high;
  } cases[] = {{4.0, 1, 20, 0.0, 16.255219315906917},
               {1.0, 4, 499'995, 0.0, 11.370008217707229},
               {250.0, 19, 12'310, 4441.586382819609, 5031.256893632693},
               {1e5, 4, 1e7, 397497.0541320296, 402504.7431942127}};
  for (const auto& c : cases) {
    const auto ends = f_noncentrality(c.f, c.between, c.within);
    expect_same(ends.low, c.low);
    expect_same(ends.high, c.high);
  }
}

// An observation below the median of the central distribution has the upper end of the median.
TEST(Noncentrality, LuckDoesNotProveThatThereIsNone) {
  const auto zero = chi_square_noncentrality(0.0, 1);
  EXPECT_EQ(zero.low, 0.0);
  expect_same(zero.high, 6.897297117818013);
  EXPECT_EQ(chi_square_noncentrality(0.4, 1).high, zero.high);
  expect_same(chi_square_noncentrality(5.0, 19).high, 16.807283475883462);
  expect_same(f_noncentrality(0.0, 4, 499'995).high, 9.949665071523928);
}

// 40 digits of mpmath say that P(X <= 10^7) is 0.97499999999989 and 0.02500000000001 at these two.
TEST(Noncentrality, TenMillionIsExact) {
  const auto ends = chi_square_noncentrality(1e7, 19);
  expect_same(ends.low, 9987589.94639175);
  expect_same(ends.high, 10012381.736527607);
}

// On both sides of 10^8, where Boost's sums give way to an approximation: the arms are 1.96
// standard deviations, of relative variance 4 / x, and 2 / within more for F.
TEST(Noncentrality, ApproximationMeetsTheSum) {
  for (const double x : {9.99e7, 1.001e8}) {
    const auto ends = chi_square_noncentrality(x, 4);
    EXPECT_NEAR((x - ends.low) / std::sqrt(4.0 * x), 1.959963984540054, 3e-4);
    EXPECT_NEAR((ends.high - x) / std::sqrt(4.0 * x), 1.959963984540054, 3e-4);
    const double deviation = x * std::sqrt(4.0 / x + 2.0 / 1e9);
    const auto f_ends = f_noncentrality(x / 4, 4, 1e9);
    EXPECT_NEAR((x - f_ends.low) / deviation, 1.959963984540054, 3e-4);
    EXPECT_NEAR((f_ends.high - x) / deviation, 1.959963984540054, 3e-4);
  }
}

// sqrt(x) -+ 1.96 are the ends' roots. With few degrees within, F's ends are those of their
// chi-square over 10: 0.3247 and 2.0483.
TEST(Noncentrality, HugeObservations) {
  for (const double x : {1e9, 1e11, 1e15}) {
    const auto ends = chi_square_noncentrality(x, 1);
    expect_same(std::sqrt(ends.low), std::sqrt(x) - 1.959963984540054);
    expect_same(std::sqrt(ends.high), std::sqrt(x) + 1.959963984540054);
    const auto f_ends = f_noncentrality(x / 4, 4, 10);
    EXPECT_NEAR(f_ends.low / x, 0.324697, 1e-6);
    EXPECT_NEAR(f_ends.high / x, 2.048318, 1e-6);
    const auto wide = f_noncentrality(x / 4, 4, 4e9);
    EXPECT_LT(wide.low, x);
    EXPECT_GT(wide.high, x);
  }
  const auto none_within = f_noncentrality(1e300, 4, 10);
  EXPECT_TRUE(std::isfinite(none_within.low) && std::isfinite(none_within.high));
}

}  // namespace
}  // namespace covey::driver
