// Verdicts in words, and the block of tests on the terminal.
#include "test_rows.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "result_tests.h"
#include "statistics.h"

namespace covey::driver {
namespace {

Comparison comparison(bool differs, bool equivalent) {
  Comparison result;
  result.a = "a";
  result.b = "b";
  result.rate_a = wilson(30, 100);
  result.rate_b = wilson(10, 100);
  result.difference = {0.2, 0.09, 0.31};
  result.differs = differs;
  result.equivalent = equivalent;
  return result;
}

Association association(const std::string& rows, const std::string& columns, bool differs) {
  Association result;
  result.rows = rows;
  result.columns = columns;
  result.differs = differs;
  result.cramers_v = {0.2, 0.1, 0.3};
  return result;
}

TEST(Verdict, Margins) {
  EXPECT_EQ(points_text(0.01), "1 point");
  EXPECT_EQ(points_text(0.005), "0.5 points");
  EXPECT_EQ(points_text(0.07), "7 points");
}

TEST(Verdict, OfTwoRates) {
  EXPECT_EQ(verdict_of(comparison(true, false), 0.01), "differ");
  EXPECT_EQ(verdict_of(comparison(true, true), 0.01), "differ, but by less than 1 point");
  EXPECT_EQ(verdict_of(comparison(false, true), 0.02),
            "no difference shown; equivalent within 2 points");
  EXPECT_EQ(verdict_of(comparison(false, false), 0.005),
            "no difference shown, and not shown to be equivalent within 0.5 points");
}

TEST(Verdict, OfATable) {
  Findings findings;
  findings.channel_pairs = {comparison(true, false)};
  const Association channels = association("channel", "conversion", true);
  EXPECT_EQ(verdict_of(channels, findings), "channels differ");
  EXPECT_EQ(verdict_of(association("channel", "conversion", false), findings),
            "no difference shown");
  // Many sessions, little effect.
  findings.channel_pairs = {comparison(true, true), comparison(false, true)};
  EXPECT_EQ(verdict_of(channels, findings), "channels differ, but no two by 1 point");
  findings.merged_channels = {"c"};
  EXPECT_EQ(verdict_of(channels, findings), "channels differ");
  EXPECT_EQ(verdict_of(association("device type", "conversion", true), findings),
            "device types differ");
  Association personas = association("channel", "persona", true);
  EXPECT_EQ(verdict_of(personas, findings), "channels differ");
  personas.cramers_v = {0.02, 0.01, 0.03};
  EXPECT_EQ(verdict_of(personas, findings), "channels differ, but hardly: V is below 0.05");
}

TEST(Verdict, OfMeans) {
  FeatureComparison feature;
  feature.eta_squared = {0.001, 0, 0.009};
  EXPECT_EQ(verdict_of(feature),
            "no difference shown; the channel explains less than 1 % of the variance");
  feature.differs = true;
  EXPECT_EQ(verdict_of(feature),
            "means differ, but the channel explains less than 1 % of the variance");
  feature.eta_squared.high = 0.02;
  EXPECT_EQ(verdict_of(feature), "means differ");
}

TEST(Verdict, WithinDeviceTypes) {
  StratifiedComparison within;
  EXPECT_EQ(verdict_of(within), "no difference shown");
  within.differs = true;
  within.crude_odds_ratio = 1.2;
  within.odds_ratio = {1.1, 1.05, 1.2};
  EXPECT_EQ(verdict_of(within), "differ");
  within.odds_ratio = {0.9, 0.8, 0.95};
  EXPECT_EQ(verdict_of(within), "differ, the other way round than over all device types together");
  within.too_few = true;
  EXPECT_EQ(verdict_of(within), "too few sessions to test");
}

// A comparison of rates has two rows, one that was not tested a single one without figures.
TEST(TestRows, OfPairs) {
  Findings findings;
  findings.channel_pairs = {comparison(true, false), comparison(false, false)};
  findings.channel_pairs[1].too_few = true;
  const auto rows = test_rows(findings);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].test, "two-proportion z");
  EXPECT_TRUE(rows[0].p_adjusted);
  EXPECT_EQ(rows[1].test, "equivalence within 1 point");
  EXPECT_FALSE(rows[1].statistic || rows[1].p_adjusted);
  EXPECT_EQ(rows[1].verdict, "not shown to be equivalent within 1 point");
  EXPECT_FALSE(rows[2].statistic || rows[2].p);
  EXPECT_EQ(rows[2].size->value, 0.2);
}

// h of 100 against 100 sessions: +- 1.96 sqrt(2 / 100) = 0.277.
TEST(TestRows, CohensHHasAnInterval) {
  Findings findings;
  findings.device_pairs = {comparison(true, false)};
  findings.device_pairs[0].cohens_h = 0.5;
  const auto rows = test_rows(findings);
  EXPECT_NEAR(rows[1].size->low, 0.5 - 0.27718, 1e-5);
  EXPECT_NEAR(rows[1].size->high, 0.5 + 0.27718, 1e-5);
}

TEST(TestRows, SimulationIsNamed) {
  Findings findings;
  findings.channel_conversion = association("channel", "conversion", true);
  findings.channel_conversion->simulated = true;
  findings.channel_conversion->sparse_cells = 9;
  const TestRow row = test_rows(findings).front();
  EXPECT_EQ(row.test, "Pearson chi-square, p simulated (9 expected counts below 5)");
  EXPECT_EQ(row.verdict, "channels differ");
}

TEST(TestList, IsAtMostTwelveLinesAndNamesWhatDiffers) {
  Findings findings;
  findings.channel_conversion = association("channel", "conversion", true);
  findings.device_conversion = association("device type", "conversion", false);
  findings.channel_persona = association("channel", "persona", true);
  findings.channel_pairs = {comparison(true, false), comparison(false, true)};
  findings.channel_pairs[0].difference.value = -0.2;
  findings.channel_rest = {comparison(true, false)};
  findings.channel_rest[0].b = "(rest)";
  findings.device_pairs = findings.channel_pairs;
  findings.features = {FeatureComparison{"x"}};
  findings.stratified = {StratifiedComparison{"a"}};
  findings.merged_channels = {"p", "q", "r", "s", "t"};
  findings.merged_devices = {"\x1b[31m"};
  const std::string text = test_list(findings, {1'000, false, 40});
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 12);
  EXPECT_NE(text.find("Pairs of channels: 1 of 2 differs: b above a (20.00 points); 1 equivalent"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("against the rest: 1 of 1 differs: a (+20.00 points);"), std::string::npos);
  EXPECT_NE(text.find("p, q, r and 2 more"), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(test_list({}, {}), "");
}

}  // namespace
}  // namespace covey::driver
