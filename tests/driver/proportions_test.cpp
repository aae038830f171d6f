#include "proportions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "statistics.h"

namespace covey::driver {
namespace {

// Table II of R. G. Newcombe, "Interval estimation for the difference between independent
// proportions", Statistics in Medicine 17 (1998), 873-890, method 10, four decimals.
TEST(Newcombe, GivesTheFiguresOfTheTable) {
  const struct {
    std::int64_t a, of_a, b, of_b;
    double low, high;
  } cases[] = {{56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090},
               {6, 7, 2, 7, 0.0582, 0.8062},     {5, 56, 0, 29, -0.0381, 0.1926},
               {0, 10, 0, 20, -0.1611, 0.2775},  {0, 10, 0, 10, -0.2775, 0.2775},
               {10, 10, 0, 20, 0.6791, 1.0000},  {10, 10, 0, 10, 0.6075, 1.0000}};
  for (const auto& c : cases) {
    const Interval difference = newcombe(wilson(c.a, c.of_a), wilson(c.b, c.of_b));
    EXPECT_NEAR(difference.low, c.low, 5e-5) << c.a << "/" << c.of_a;
    EXPECT_NEAR(difference.high, c.high, 5e-5) << c.a << "/" << c.of_a;
  }
}

// Figures of tests/golden/make_statistics.py (statsmodels).
TEST(Newcombe, AgreesWithStatsmodels) {
  const Interval trial = newcombe(wilson(56, 70), wilson(48, 80));
  EXPECT_NEAR(trial.value, 0.2, 1e-15);
  EXPECT_NEAR(trial.low, 0.05243147240236498, 1e-14);
  EXPECT_NEAR(trial.high, 0.33387265403690614, 1e-14);
  const Interval billions =
      newcombe(wilson(812'345'678, 4'000'000'000), wilson(12'345'678, 61'000'000));
  EXPECT_NEAR(billions.low, 0.0005966433873710714, 1e-14);
  EXPECT_NEAR(billions.high, 0.0007998306130155394, 1e-14);
}

// Google against Ads in the published figures: the difference is not shown, and it is below one
// point whatever it is.
TEST(Proportions, GoogleAgainstAdsOfTheMission) {
  const Rate google = wilson(30'435, 150'000), ads = wilson(9'960, 50'000);
  const ZTest test = two_proportion_z(google, ads);
  EXPECT_NEAR(test.z, 1.785, 5e-4);
  EXPECT_NEAR(test.p, 0.074, 5e-4);
  EXPECT_NEAR(test.z, 1.7846797713017968, 1e-12);
  EXPECT_NEAR(test.p, 0.07431327392895118, 1e-13);
  const Interval difference = newcombe(google, ads);
  EXPECT_NEAR(100 * difference.value, 0.37, 5e-3);
  EXPECT_NEAR(100 * difference.low, -0.04, 5e-3);
  EXPECT_NEAR(100 * difference.high, 0.77, 5e-3);
  EXPECT_NEAR(difference.low, -0.0003655386344608869, 1e-14);
  EXPECT_NEAR(difference.high, 0.007733231125908256, 1e-14);
  EXPECT_NEAR(cohens_h(google, ads), 0.009, 5e-4);
  EXPECT_NEAR(cohens_h(google, ads), 0.009231961855632687, 1e-14);
  EXPECT_LT(equivalence_p(google, ads, 0.01), 0.05);
  EXPECT_GT(equivalence_p(google, ads, 0.005), 0.05);
  EXPECT_NEAR(equivalence_p(google, ads, 0.01), 0.0010795441750368914, 1e-12);
  EXPECT_NEAR(equivalence_p(google, ads, 0.005), 0.2643523266850084, 1e-11);
}

TEST(Proportions, AgreeWithStatsmodels) {
  const struct {
    std::int64_t a, of_a, b, of_b;
    double z, p, h;
  } cases[] = {{56, 70, 48, 80, 2.6501719512585336, 0.00804508136819656, 0.4421431880029534},
               {9, 10, 3, 10, 2.738612787525831, 0.006169899320544151, 1.3388120640691004},
               {5, 56, 0, 29, 1.6586488692392285, 0.09718656817057973, 0.6068849106766953},
               {10, 10, 0, 20, 5.47722557505166, 4.320463057827506e-08, 3.141592653589793},
               {812'345'678, 4'000'000'000, 12'345'678, 61'000'000, 13.45411470659215,
                2.912060903067455e-41, 0.0017367887787296254}};
  for (const auto& c : cases) {
    const Rate a = wilson(c.a, c.of_a), b = wilson(c.b, c.of_b);
    const ZTest test = two_proportion_z(a, b);
    EXPECT_NEAR(test.z, c.z, 1e-9 * c.z);
    EXPECT_NEAR(test.p, c.p, 1e-9 * c.p);
    EXPECT_NEAR(cohens_h(a, b), c.h, 1e-12);
    EXPECT_EQ(two_proportion_z(b, a).z, -test.z);
    EXPECT_EQ(two_proportion_z(b, a).p, test.p);
    EXPECT_EQ(cohens_h(b, a), -cohens_h(a, b));
  }
}

TEST(Proportions, EqualRatesDifferByExactlyNothing) {
  const Rate a = wilson(1, 3), b = wilson(1'000'000'000, 3'000'000'000);
  EXPECT_EQ(two_proportion_z(a, b).z, 0.0);
  EXPECT_EQ(two_proportion_z(a, b).p, 1.0);
  EXPECT_EQ(cohens_h(a, b), 0.0);
}

TEST(Proportions, NoTrialsTellNothing) {
  const Rate none = wilson(0, 0), some = wilson(3, 10);
  for (const auto& [a, b] : {std::pair{none, some}, {some, none}, {none, none}}) {
    EXPECT_EQ(newcombe(a, b).value, 0.0);
    EXPECT_EQ(newcombe(a, b).low, -1.0);
    EXPECT_EQ(newcombe(a, b).high, 1.0);
    EXPECT_EQ(two_proportion_z(a, b).z, 0.0);
    EXPECT_EQ(two_proportion_z(a, b).p, 1.0);
    EXPECT_EQ(cohens_h(a, b), 0.0);
    EXPECT_EQ(equivalence_p(a, b, 0.01), 1.0);
  }
}

// Where all sessions or none convert the rates are equal: there is nothing to test.
TEST(Proportions, NoneOrAllOfBothAreEqual) {
  for (const auto& [a, b] :
       {std::pair{wilson(0, 10), wilson(0, 20)}, {wilson(10, 10), wilson(20, 20)}}) {
    EXPECT_EQ(two_proportion_z(a, b).z, 0.0);
    EXPECT_EQ(two_proportion_z(a, b).p, 1.0);
    EXPECT_EQ(newcombe(a, b).value, 0.0);
  }
}

TEST(Proportions, TooSmallForADoubleIsZero) {
  const ZTest test =
      two_proportion_z(wilson(1'000'000'000, 4'000'000'000), wilson(900'000'000, 4'000'000'000));
  EXPECT_GT(test.z, 1000.0);
  EXPECT_EQ(test.p, 0.0);
}

// tests/golden/make_statistics.py maximises the likelihood step by step; here it is a root of a
// cubic.
TEST(Equivalence, TakesTheLikeliestRates) {
  const Rate a = wilson(56, 70), b = wilson(48, 80);
  EXPECT_NEAR(equivalence_p(a, b, 0.01), 0.9941546521431243, 1e-12);
  EXPECT_NEAR(equivalence_p(a, b, 0.1), 0.9111287828258163, 1e-12);
  EXPECT_NEAR(equivalence_p(wilson(5, 56), wilson(0, 29), 0.1), 0.3946340130671406, 1e-12);
  EXPECT_NEAR(equivalence_p(wilson(10, 10), wilson(0, 20), 0.1), 0.9999996371132609, 1e-12);
}

// The usual standard error is 0 where nobody converts, and would call 0 of 10 and 0 of 20
// equivalent.
TEST(Equivalence, NoneOfFewProvesNothing) {
  EXPECT_NEAR(equivalence_p(wilson(0, 10), wilson(0, 20), 0.01), 0.3753104120828154, 1e-12);
  EXPECT_NEAR(equivalence_p(wilson(0, 10), wilson(0, 20), 0.1), 0.14592027257189422, 1e-12);
  EXPECT_LT(equivalence_p(wilson(0, 10'000), wilson(0, 20'000), 0.01), 1e-9);
  EXPECT_NEAR(equivalence_p(wilson(10, 10), wilson(20, 20), 0.1),
              equivalence_p(wilson(0, 10), wilson(0, 20), 0.1), 1e-12);
}

TEST(Equivalence, HasNoSides) {
  const Rate a = wilson(30'435, 150'000), b = wilson(9'960, 50'000);
  for (const double margin : {0.001, 0.004, 0.01, 0.5, 0.999})
    EXPECT_NEAR(equivalence_p(a, b, margin), equivalence_p(b, a, margin), 1e-11);
}

TEST(Equivalence, BillionsOfSessions) {
  const Rate a = wilson(800'000'000, 4'000'000'000), b = wilson(800'400'000, 4'000'000'000);
  EXPECT_EQ(equivalence_p(a, b, 0.01), 0.0);
  EXPECT_NEAR(equivalence_p(a, b, 0.0001), 0.5, 1e-6);
  EXPECT_NEAR(equivalence_p(a, b, 0.00005), 1.0, 1e-6);
}

// Figures of tests/golden/make_statistics.py (statsmodels), rounded up.
TEST(SessionsToSettle, AgreesWithStatsmodels) {
  EXPECT_EQ(sessions_to_settle(0.2029, -0.0037), 184'186);
  EXPECT_EQ(sessions_to_settle(0.2, 0.01), 25'583);
  EXPECT_EQ(sessions_to_settle(0.02, 0.005, 0.9), 18'486);
}

TEST(SessionsToSettle, NoNumberSettlesNoDifference) {
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(sessions_to_settle(0.2, 0.0), kNever);
  EXPECT_EQ(sessions_to_settle(0.0, 0.0), kNever);
  EXPECT_EQ(sessions_to_settle(0.0, -0.1), kNever);  // no rate is below 0
  EXPECT_EQ(sessions_to_settle(0.5, 1e-12), kNever);
}

// 0 against 1: 2 (1/2) (1.96^2) / 1 = 3.84 halves to 1.92; the error under the difference is 0.
TEST(SessionsToSettle, NoneAgainstAll) {
  EXPECT_EQ(sessions_to_settle(0.0, 1.0), 2);
  EXPECT_EQ(sessions_to_settle(0.0, 7.0), 2);
}

}  // namespace
}  // namespace covey::driver
