#include "stratified.h"

#include <gtest/gtest.h>

#include <limits>

#include "proportions.h"
#include "statistics.h"

namespace covey::driver {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Admissions to Berkeley in 1973, departments A to F: men, women (P. J. Bickel, E. A. Hammel, J.
/// W. O'Connell, Science 187 (1975), 398-404).
std::vector<Stratum> berkeley() {
  return {{wilson(512, 825), wilson(89, 108)},  {wilson(353, 560), wilson(17, 25)},
          {wilson(120, 325), wilson(202, 593)}, {wilson(138, 417), wilson(131, 375)},
          {wilson(53, 191), wilson(94, 393)},   {wilson(22, 373), wilson(24, 341)}};
}

// Men look favoured (odds ratio 1.84) and are not (0.90): statsmodels' figures
// (tests/golden/make_statistics.py); R's mantelhaen.test publishes 0.9046968 with 0.7719074 to
// 1.0603298.
TEST(MantelHaenszel, Berkeley) {
  const StratifiedComparison test = mantel_haenszel(berkeley());
  EXPECT_NEAR(test.crude_odds_ratio, 1.8410800371812925, 1e-14);
  EXPECT_NEAR(test.odds_ratio.value, 0.9046968282586231, 1e-14);
  EXPECT_NEAR(test.odds_ratio.low, 0.7719073617593505, 1e-14);
  EXPECT_NEAR(test.odds_ratio.high, 1.0603297644366558, 1e-14);
  EXPECT_NEAR(test.statistic, 1.5246066604434356, 1e-13);
  EXPECT_NEAR(test.p, 0.21692369705551817, 1e-13);
  EXPECT_EQ(test.p_adjusted, test.p);
  EXPECT_FALSE(test.differs);
}

// In one stratum the common odds ratio is a d / (b c), and the statistic is chi-square times (n -
// 1) / n.
TEST(MantelHaenszel, OneStratumIsTheTable) {
  const Rate a = wilson(30, 100), rest = wilson(40, 300);
  const StratifiedComparison test = mantel_haenszel({{a, rest}});
  EXPECT_DOUBLE_EQ(test.odds_ratio.value, 30.0 * 260.0 / (70.0 * 40.0));
  EXPECT_DOUBLE_EQ(test.crude_odds_ratio, test.odds_ratio.value);
  const double z = two_proportion_z(a, rest).z;
  EXPECT_NEAR(test.statistic, z * z * 399.0 / 400.0, 1e-12);
  EXPECT_TRUE(test.differs);
}

TEST(MantelHaenszel, StrataThatTellNothingChangeNothing) {
  std::vector<Stratum> strata = berkeley();
  const StratifiedComparison before = mantel_haenszel(strata);
  strata.push_back({wilson(0, 0), wilson(7, 10)});
  strata.push_back({wilson(3, 4), wilson(0, 0)});
  strata.push_back({wilson(0, 5), wilson(0, 9)});
  strata.push_back({wilson(5, 5), wilson(9, 9)});
  const StratifiedComparison after = mantel_haenszel(strata);
  EXPECT_EQ(after.odds_ratio.value, before.odds_ratio.value);
  EXPECT_EQ(after.odds_ratio.high, before.odds_ratio.high);
  EXPECT_EQ(after.statistic, before.statistic);
}

TEST(MantelHaenszel, NothingToCompare) {
  for (const auto& strata :
       {std::vector<Stratum>{}, std::vector<Stratum>{{wilson(0, 0), wilson(2, 5)}},
        std::vector<Stratum>{{wilson(0, 4), wilson(0, 5)}}}) {
    const StratifiedComparison test = mantel_haenszel(strata);
    EXPECT_EQ(test.statistic, 0.0);
    EXPECT_EQ(test.p, 1.0);
    EXPECT_EQ(test.odds_ratio.value, 1.0);
    EXPECT_EQ(test.odds_ratio.low, 0.0);
    EXPECT_EQ(test.odds_ratio.high, kInfinity);
    EXPECT_FALSE(test.differs);
  }
}

TEST(MantelHaenszel, NoneOrAllOfOneSide) {
  const StratifiedComparison none = mantel_haenszel({{wilson(0, 10), wilson(5, 10)}});
  EXPECT_EQ(none.odds_ratio.value, 0.0);
  EXPECT_EQ(none.odds_ratio.low, 0.0);
  EXPECT_EQ(none.odds_ratio.high, kInfinity);
  EXPECT_EQ(none.crude_odds_ratio, 0.0);
  const StratifiedComparison all = mantel_haenszel({{wilson(10, 10), wilson(5, 10)}});
  EXPECT_EQ(all.odds_ratio.value, kInfinity);
  EXPECT_EQ(all.odds_ratio.low, 0.0);
  EXPECT_EQ(all.odds_ratio.high, kInfinity);
  EXPECT_DOUBLE_EQ(all.statistic, none.statistic);
}

TEST(MantelHaenszel, BillionsOfSessions) {
  const Stratum stratum{wilson(400'000'000, 2'000'000'000), wilson(400'100'000, 2'000'000'000)};
  const StratifiedComparison test = mantel_haenszel({stratum, stratum});
  const double z = two_proportion_z(stratum.a, stratum.rest).z;
  EXPECT_NEAR(test.statistic, 2 * z * z, 1e-6);
  EXPECT_LT(test.odds_ratio.high, 1.0);
  EXPECT_GT(test.odds_ratio.low, 0.999);
}

// Weighted by all applicants of a department women are admitted more often. Sums of Wilson arms as
// statsmodels has them (tests/golden/make_statistics.py).
TEST(Standardised, Berkeley) {
  std::vector<Rate> men, women;
  std::vector<std::int64_t> applicants;
  for (const Stratum& department : berkeley()) {
    men.push_back(department.a);
    women.push_back(department.rest);
    applicants.push_back(department.a.trials + department.rest.trials);
  }
  const Interval of_men = standardised_rate(men, applicants);
  EXPECT_NEAR(of_men.value, 0.3873185826894222, 1e-14);
  EXPECT_NEAR(of_men.low, 0.36982694944403005, 1e-14);
  EXPECT_NEAR(of_men.high, 0.40606211824923005, 1e-14);
  const Interval of_women = standardised_rate(women, applicants);
  EXPECT_NEAR(of_women.value, 0.4299553804607252, 1e-14);
  EXPECT_NEAR(of_women.low, 0.39690747591711256, 1e-14);
  EXPECT_NEAR(of_women.high, 0.45673408735458226, 1e-14);
}

TEST(Standardised, OneStratumIsWilson) {
  const Rate rate = wilson(3, 10);
  const Interval standardised = standardised_rate({rate}, {77});
  EXPECT_EQ(standardised.value, rate.value);
  EXPECT_NEAR(standardised.low, rate.low, 1e-16);
  EXPECT_NEAR(standardised.high, rate.high, 1e-16);
}

// The second stratum has no sessions of the channel: 10 and 30 share the whole, 0.1 / 4 + 0.5 *
// 3/4.
TEST(Standardised, StrataWithoutSessionsGiveTheirWeightAway) {
  const std::vector<Rate> rates = {wilson(1, 10), wilson(0, 0), wilson(5, 10)};
  EXPECT_DOUBLE_EQ(standardised_rate(rates, {10, 60, 30}).value, 0.4);
}

TEST(Standardised, NothingLeftTellsNothing) {
  for (const Interval& none : {standardised_rate({}, {}), standardised_rate({wilson(0, 0)}, {5}),
                               standardised_rate({wilson(1, 2)}, {0})}) {
    EXPECT_EQ(none.value, 0.0);
    EXPECT_EQ(none.low, 0.0);
    EXPECT_EQ(none.high, 1.0);
  }
}

}  // namespace
}  // namespace covey::driver
