#include "comparisons.h"

#include <gtest/gtest.h>

#include <cmath>

#include "attribution_tests.h"
#include "generate_mixture.h"
#include "statistics.h"
#include "test_rows.h"

namespace covey::driver {
namespace {

RatedGroups groups_of(const std::vector<std::pair<std::int64_t, std::int64_t>>& counts) {
  RatedGroups groups;
  for (const auto& [conversions, sessions] : counts) {
    groups.names.push_back("c" + std::to_string(groups.names.size()));
    groups.rates.push_back(wilson(conversions, sessions));
  }
  return groups;
}

/// The channels of the default data, by falling sessions.
ClassifiedCounts default_channels() {
  ClassifiedCounts counts;
  counts.by_channel = {kChannels, 1, 1, true, {}};
  for (const int c : {0, 1, 3, 4, 2}) {
    counts.channels.emplace_back(kChannelNames[c]);
    const ChannelQuota& quota = kChannelQuotas[c];
    counts.by_channel.sessions.push_back(quota.sessions - quota.conversions);
    counts.by_channel.sessions.push_back(quota.conversions);
  }
  counts.by_device = {1, 1, 1, true, {0, 0}};
  return counts;
}

const TestRow& row_of(const Findings& findings, const std::string& test, const std::string& subject,
                      const std::string& against) {
  for (const TestRow& row : findings.rows) {
    if (row.test == test && row.subject == subject && row.against == against) return row;
  }
  throw std::runtime_error("no such row");
}

// The figures that the default data is known for: z 1.785, p 0.074, 0.37 points (-0.04 to 0.77),
// Cohen's h 0.009, equivalent within 1 point and not within 0.5.
TEST(Comparisons, GoogleAgainstAds) {
  const Findings findings = test_attribution(default_channels(), {}, 0.01);
  const TestRow& row = row_of(findings, "two-proportion z", "Google", "Ads");
  EXPECT_EQ(row.family, "channel pairs");
  EXPECT_NEAR(*row.statistic, 1.785, 5e-4);
  EXPECT_NEAR(*row.p, 0.0743, 5e-5);
  EXPECT_GT(*row.p_adjusted, 0.7);
  EXPECT_EQ(row.effect, "difference");
  EXPECT_NEAR(row.size->value, 0.0037, 5e-5);
  EXPECT_NEAR(row.size->low, -0.0004, 5e-5);
  EXPECT_NEAR(row.size->high, 0.0077, 5e-5);
  EXPECT_EQ(row.verdict, "no difference shown; equivalent within 1 point");
  const TestRow& equivalence = row_of(findings, "equivalence within 1 point", "Google", "Ads");
  EXPECT_EQ(equivalence.effect, "Cohen's h");
  EXPECT_NEAR(equivalence.size->value, 0.009, 5e-4);
  EXPECT_LT(*equivalence.p, 0.05);

  const Findings half = test_attribution(default_channels(), {}, 0.005);
  EXPECT_EQ(row_of(half, "two-proportion z", "Google", "Ads").verdict,
            "no difference shown, and not shown to be equivalent within 0.5 points");
  EXPECT_GT(*row_of(half, "equivalence within 0.5 points", "Google", "Ads").p, 0.05);
}

// Chi-square of the five channels: 3.6716, from scipy.stats.chi2_contingency (1.17.1).
TEST(Comparisons, NoDifferenceBetweenTheDefaultChannels) {
  const Findings findings = test_attribution(default_channels(), {}, 0.01);
  const TestRow& row = findings.rows.front();
  EXPECT_EQ(row.family, "channel x conversion");
  EXPECT_NEAR(*row.statistic, 3.67163, 5e-6);
  EXPECT_EQ(row.verdict, "no difference shown");
  EXPECT_EQ(findings.channel_pairs.size(), 10U);
  EXPECT_EQ(findings.channel_rest.size(), 5U);
  EXPECT_TRUE(findings.device_pairs.empty());
  EXPECT_TRUE(findings.stratified.empty());
  EXPECT_TRUE(findings.merged_channels.empty());
}

// Of 1,000 sessions 100 convert. Of 49 of them 4.9 conversions are expected, of 51 it is 5.1.
TEST(Comparisons, SparseGroupsAreMergedForPairs) {
  const RatedGroups groups = groups_of({{90, 851}, {4, 51}, {4, 49}, {2, 49}});
  std::vector<std::string> merged;
  const RatedGroups paired = merged_for_pairs(groups, merged);
  EXPECT_EQ(merged, (std::vector<std::string>{"c2", "c3"}));
  EXPECT_EQ(paired.names, (std::vector<std::string>{"c0", "c1", "(other)"}));
  EXPECT_EQ(paired.rates[2].successes, 6);
  EXPECT_EQ(paired.rates[2].trials, 98);
}

TEST(Comparisons, FortyGroupsArePaired) {
  std::vector<std::string> merged;
  const RatedGroups paired = merged_for_pairs(
      groups_of(std::vector<std::pair<std::int64_t, std::int64_t>>(43, {50, 100})), merged);
  EXPECT_EQ(paired.names.size(), 41U);
  EXPECT_EQ(merged, (std::vector<std::string>{"c40", "c41", "c42"}));
  EXPECT_EQ(compare_pairs(paired, 0.01).size(), 820U);
}

TEST(Comparisons, AnOtherOfTheDataKeepsItsName) {
  RatedGroups groups = groups_of({{50, 100}, {40, 100}, {1, 2}});
  groups.names[1] = "(other)";
  std::vector<std::string> merged;
  EXPECT_EQ(merged_for_pairs(groups, merged).names,
            (std::vector<std::string>{"c0", "(other)", "(other, merged)"}));
}

// c2 of 4 sessions is too small for a test, and no member of the family: with two tests Holm
// doubles the smaller p.
TEST(Comparisons, WhatIsTooFewIsNotTested) {
  const auto family = compare_with_rest(groups_of({{30, 100}, {50, 100}, {2, 4}}), 10, 0.01);
  ASSERT_EQ(family.size(), 3U);
  EXPECT_FALSE(family[0].too_few || family[1].too_few);
  EXPECT_EQ(family[0].b, "(rest)");
  EXPECT_EQ(std::min(family[0].p_adjusted, family[1].p_adjusted),
            2 * std::min(family[0].p, family[1].p));
  EXPECT_TRUE(family[2].too_few);
  EXPECT_EQ(family[2].p, 1.0);
  EXPECT_FALSE(family[2].differs || family[2].equivalent);
  EXPECT_EQ(family[2].rate_b.successes, 80);
  EXPECT_EQ(verdict_of(family[2], 0.01), "too few sessions to test");
}

TEST(Comparisons, NobodyConverts) {
  ClassifiedCounts counts = default_channels();
  for (int c = 0; c < kChannels; ++c) counts.by_channel.sessions[2 * c + 1] = 0;
  const Findings findings = test_attribution(counts, {}, 0.01);
  EXPECT_EQ(findings.channel_conversion->p, 1.0);
  EXPECT_FALSE(findings.channel_conversion->differs);
  EXPECT_EQ(findings.merged_channels.size(), 5U);
  EXPECT_TRUE(findings.channel_pairs.empty());
  for (const Comparison& rest : findings.channel_rest) EXPECT_TRUE(rest.too_few);
}

// 1,002 channels of 10 sessions, 5 of them conversions: two make the last row of the table.
TEST(Comparisons, AThousandChannelsAreToldApart) {
  ClassifiedCounts counts;
  counts.channels.assign(1'002, "x");
  counts.by_channel = {1'002, 1, 1, true, std::vector<std::int64_t>(2'004, 5)};
  counts.by_device = {1, 1, 1, true, {5'010, 5'010}};
  const Findings findings = test_attribution(counts, {}, 0.01);
  EXPECT_EQ(findings.channel_conversion->degrees, 1'000);
  EXPECT_EQ(findings.channel_conversion->statistic, 0.0);
  EXPECT_EQ(findings.channel_rest.size(), 1'000U);
}

TEST(Comparisons, OneGroupIsNotCompared) {
  EXPECT_TRUE(compare_with_rest(groups_of({{5, 10}}), 10, 0.01).empty());
  EXPECT_TRUE(compare_pairs(groups_of({{5, 10}}), 0.01).empty());
}

// A turns the rates of two device types round: Simpson's paradox. Within each type a converts
// better (60 % against 50 %, 20 % against 10 %), over both worse (24 % against 46 %).
TEST(Comparisons, ChannelsWithinDeviceTypes) {
  ClassifiedCounts counts;
  counts.channels = {"a", "b"};
  counts.devices = {"d", "m"};
  counts.by_channel = {2, 2, 1, true, {40, 60, 720, 180, 450, 450, 90, 10}};
  counts.by_device = collapsed(counts.by_channel, {false, true, false});
  const Findings findings = test_attribution(counts, {}, 0.01);
  ASSERT_EQ(findings.stratified.size(), 2U);
  const StratifiedComparison& a = findings.stratified[0];
  EXPECT_LT(a.crude_odds_ratio, 1.0);
  EXPECT_GT(a.odds_ratio.low, 1.0);
  EXPECT_TRUE(a.differs);
  EXPECT_EQ(verdict_of(a), "differ, the other way round than over all device types together");
  EXPECT_LT(findings.channel_rest[0].difference.high, 0.0);
}

}  // namespace
}  // namespace covey::driver
