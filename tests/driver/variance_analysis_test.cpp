#include "variance_analysis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace covey::driver {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Three groups of six: 6 8 4 5 3 4, 8 12 9 11 6 8, 13 9 11 8 7 12. Means 5, 9, 10; between 84,
// within 68: F = 42 / (68/15). The rest is scipy's (tests/golden/make_statistics.py).
TEST(Anova, ThreeGroupsByHand) {
  const FeatureComparison test = one_way_anova({6, 6, 6}, {5, 9, 10}, 8, 152);
  EXPECT_EQ(test.degrees_between, 2);
  EXPECT_EQ(test.degrees_within, 15);
  EXPECT_NEAR(test.f, 9.264705882352942, 1e-14);
  EXPECT_NEAR(test.p, 0.0023987773293929083, 1e-14);
  EXPECT_EQ(test.p_adjusted, test.p);
  EXPECT_NEAR(test.eta_squared.value, 84.0 / 152.0, 1e-15);
  EXPECT_NEAR(test.eta_squared.low, 0.11797893882051366, 1e-11);
  EXPECT_NEAR(test.eta_squared.high, 0.7112726102317237, 1e-11);
  EXPECT_TRUE(test.differs);
}

// Five channels of the size of the published ones, means within a second, standard deviation 141.
TEST(Anova, HalfAMillionSessionsOfFiveChannels) {
  const FeatureComparison test =
      one_way_anova({150'000, 125'000, 50'000, 100'000, 75'000},
                    {140.25, 140.5, 141.0, 140.125, 140.75}, 140.4375, 500'000 * 141.0 * 141.0);
  EXPECT_NEAR(test.f, 0.4862889030591945, 1e-13);
  EXPECT_NEAR(test.p, 0.7458456422786854, 1e-12);
  EXPECT_NEAR(test.eta_squared.value, 3.8903349932095975e-06, 1e-18);
  EXPECT_EQ(test.eta_squared.low, 0.0);
  EXPECT_NEAR(test.eta_squared.high, 1.9898934167587352e-05, 1e-15);
  EXPECT_FALSE(test.differs);
}

TEST(Anova, GroupsWithoutSessionsAreLeftOut) {
  const FeatureComparison all = one_way_anova({6, 6, 6}, {5, 9, 10}, 8, 152);
  const FeatureComparison gap = one_way_anova({6, 0, 6, 6}, {5, 1e9, 9, 10}, 8, 152);
  EXPECT_EQ(gap.f, all.f);
  EXPECT_EQ(gap.degrees_between, 2);
  EXPECT_EQ(gap.p, all.p);
}

TEST(Anova, ConstantFeatureTellsNothing) {
  const FeatureComparison test = one_way_anova({10, 20}, {3, 3}, 3, 0);
  EXPECT_EQ(test.f, 0.0);
  EXPECT_EQ(test.degrees_between, 1);
  EXPECT_EQ(test.degrees_within, 28);
  EXPECT_EQ(test.p, 1.0);
  EXPECT_EQ(test.eta_squared.value, 0.0);
  EXPECT_EQ(test.eta_squared.high, 0.0);
  EXPECT_FALSE(test.differs);
}

TEST(Anova, OneGroupTellsNothing) {
  const FeatureComparison test = one_way_anova({10}, {3}, 3, 17);
  EXPECT_EQ(test.f, 0.0);
  EXPECT_EQ(test.p, 1.0);
  EXPECT_EQ(one_way_anova({}, {}, 0, 0).p, 1.0);
}

// Two groups, each of one value: all spread lies between.
TEST(Anova, NoSpreadWithinIsInfinite) {
  const FeatureComparison test = one_way_anova({2, 2}, {0, 2}, 1, 4);
  EXPECT_EQ(test.f, kInfinity);
  EXPECT_EQ(test.p, 0.0);
  EXPECT_EQ(test.eta_squared.value, 1.0);
  EXPECT_EQ(test.eta_squared.low, 1.0);
  EXPECT_EQ(test.eta_squared.high, 1.0);
  EXPECT_TRUE(test.differs);
}

TEST(Anova, OneSessionAGroupLeavesEverythingOpen) {
  const FeatureComparison test = one_way_anova({1, 1, 1}, {1, 2, 3}, 2, 2);
  EXPECT_EQ(test.f, 0.0);
  EXPECT_EQ(test.p, 1.0);
  EXPECT_EQ(test.eta_squared.low, 0.0);
  EXPECT_EQ(test.eta_squared.high, 1.0);
  EXPECT_FALSE(test.differs);
}

// Means exactly equal: F 0, and the interval does not claim that there is no effect.
TEST(Anova, EqualMeans) {
  const FeatureComparison test = one_way_anova({50, 50}, {3, 3}, 3, 100);
  EXPECT_EQ(test.f, 0.0);
  EXPECT_EQ(test.p, 1.0);
  EXPECT_EQ(test.eta_squared.low, 0.0);
  EXPECT_GT(test.eta_squared.high, 0.05);
  EXPECT_LT(test.eta_squared.high, 0.1);
}

// Four billion sessions, a quarter of the variance between two groups: eta squared 0.25 with an arm
// of the order of 1 / sqrt(n).
TEST(Anova, BillionsOfSessions) {
  const FeatureComparison test =
      one_way_anova({2'000'000'000, 2'000'000'000}, {-1, 1}, 0, 4e9 * 4.0);
  EXPECT_EQ(test.p, 0.0);
  EXPECT_DOUBLE_EQ(test.eta_squared.value, 0.25);
  EXPECT_NEAR(test.eta_squared.low, 0.25, 1e-4);
  EXPECT_NEAR(test.eta_squared.high, 0.25, 1e-4);
  EXPECT_LT(test.eta_squared.low, 0.25);
  EXPECT_GT(test.eta_squared.high, 0.25);
}

// 5 values with mean 10 and divisor-5 deviation 2: standard error 2 / sqrt(4) = 1.
TEST(NormalMean, ByHand) {
  const Interval mean = normal_mean(10, 2, 5);
  EXPECT_EQ(mean.value, 10.0);
  EXPECT_DOUBLE_EQ(mean.low, 10 - 1.959963984540054);
  EXPECT_DOUBLE_EQ(mean.high, 10 + 1.959963984540054);
  EXPECT_EQ(normal_mean(10, 0, 5).low, 10.0);
}

TEST(NormalMean, OneValueSaysNothingOfTheSpread) {
  for (const std::int64_t n : {0, 1}) {
    EXPECT_EQ(normal_mean(10, 0, n).value, 10.0);
    EXPECT_EQ(normal_mean(10, 0, n).low, -kInfinity);
    EXPECT_EQ(normal_mean(10, 0, n).high, kInfinity);
  }
}

}  // namespace
}  // namespace covey::driver
