#include <gtest/gtest.h>

#include "proportions.h"
#include "results_support.h"
#include "statistics.h"

namespace covey::driver {
namespace {

TEST(Attribute, ChannelsByHand) {
  const Attribution result = run_stages(six_sessions(), options_for({2})).attribution;
  ASSERT_EQ(result.channels.size(), 2U);
  const Group& t = result.channels[0];
  EXPECT_EQ(t.name, "t");
  EXPECT_EQ(t.sessions, 4);
  EXPECT_EQ(t.share, 4.0 / 6.0);
  EXPECT_EQ(t.mean, (std::vector<double>{78.0, 0.75}));
  EXPECT_EQ(t.conversion.successes, 2);
  EXPECT_EQ(t.conversion.high, wilson(2, 4).high);
  EXPECT_EQ(result.channels[1].name, "s");
  EXPECT_EQ(result.channels[1].mean, (std::vector<double>{1.5, 0.0}));
}

TEST(Attribute, DevicesOfEqualSizeGoByName) {
  Sessions sessions = six_sessions();
  sessions.device_type = {{"B", "a", "c"}, {2, 2, 1, 1, 0, 0}};
  const Attribution result = run_stages(sessions, options_for({2})).attribution;
  ASSERT_EQ(result.devices.size(), 3U);
  EXPECT_EQ(result.devices[0].name, "B");
  EXPECT_EQ(result.devices[1].name, "a");
  EXPECT_EQ(result.devices[2].name, "c");
}

// Channels s: 2 sessions, both of cluster 0; t: 1 of cluster 0, 3 of cluster 1.
TEST(Attribute, CellsByHand) {
  const StagesRun run = run_stages(six_sessions(), options_for({2}));
  const auto& cells = run.attribution.channel_personas;
  ASSERT_EQ(cells.size(), 4U);
  EXPECT_EQ(cells[0].channel, "t");
  EXPECT_EQ(cells[0].cluster, 1);
  EXPECT_EQ(cells[0].persona, run.personas.personas[1].name);
  EXPECT_EQ(cells[0].sessions, 3);
  EXPECT_EQ(cells[0].share, 0.75);
  EXPECT_EQ(cells[0].residual, adjusted_residual(3, 4, 3, 6));
  EXPECT_EQ(cells[1].sessions, 1);
  EXPECT_EQ(cells[2].channel, "s");
  EXPECT_EQ(cells[2].cluster, 0);
  EXPECT_EQ(cells[2].share, 1.0);
  EXPECT_EQ(cells[3].sessions, 0);
  EXPECT_EQ(cells[3].residual, -cells[2].residual);
}

TEST(Attribute, MultiplicitiesCount) {
  Sessions sessions = six_sessions();
  sessions.multiplicity = {10, 1, 1, 1, 1, 1};
  const Attribution result = run_stages(sessions, options_for({2})).attribution;
  EXPECT_EQ(result.channels[0].name, "s");
  EXPECT_EQ(result.channels[0].sessions, 11);
  EXPECT_EQ(result.channels[0].conversion.successes, 1);
  EXPECT_NEAR(result.channels[0].mean[0], 12.0 / 11.0, 1e-13);
  EXPECT_EQ(result.channel_personas[0].sessions, 11);
}

TEST(Attribute, AbsentColumnsGiveNoRows) {
  Sessions sessions = six_sessions();
  sessions.channel = {};
  sessions.conversion.clear();
  const Attribution result = run_stages(sessions, options_for({2})).attribution;
  EXPECT_TRUE(result.channels.empty());
  EXPECT_TRUE(result.channel_personas.empty());
  ASSERT_EQ(result.devices.size(), 2U);
  EXPECT_EQ(result.devices[0].conversion.trials, 0);
}

TEST(Attribute, CategoryWithoutRowsIsLeftOut) {
  Sessions sessions = six_sessions();
  sessions.channel.names.push_back("unused");
  const Attribution result = run_stages(sessions, options_for({2})).attribution;
  EXPECT_EQ(result.channels.size(), 2U);
  EXPECT_EQ(result.channel_personas.size(), 4U);
}

// s: 1 of 2 converts, t: 2 of 4, all: 3 of 6.
TEST(Attribute, DifferencesAndLiftByHand) {
  const Attribution result = run_stages(six_sessions(), options_for({2})).attribution;
  const Group& t = result.channels[0];
  ASSERT_TRUE(t.difference);
  EXPECT_EQ(t.difference->value, 0.0);
  EXPECT_EQ(t.difference->low, newcombe(wilson(2, 4), wilson(1, 2)).low);
  EXPECT_EQ(*t.lift, 1.0);
  const Group& m = result.devices[0];  // 2 of 4 against 1 of 2
  EXPECT_EQ(m.difference->high, newcombe(wilson(2, 4), wilson(1, 2)).high);
  EXPECT_FALSE(m.by_device || m.by_persona || m.by_both);
}

// t converts 0 of 1 sessions on d, 2 of 3 on m, of which all sessions have 2 and 4. In persona 0
// (3 of all) it converts 0 of 1, in persona 1 (3) it converts 2 of 3.
TEST(Attribute, StandardisedRatesByHand) {
  const StagesRun run = run_stages(six_sessions(), options_for({2}));
  const Group& t = run.attribution.channels[0];
  ASSERT_TRUE(t.by_device && t.by_persona && t.by_both);
  EXPECT_DOUBLE_EQ(t.by_device->value, (2 * 0.0 + 4 * 2.0 / 3.0) / 6);
  EXPECT_DOUBLE_EQ(t.by_persona->value, (3 * 0.0 + 3 * 2.0 / 3.0) / 6);
  // Strata of t: (d, 1) 0 of 1, (m, 0) 0 of 1, (m, 1) 2 of 2; of all: 1, 2, 2.
  EXPECT_DOUBLE_EQ(t.by_both->value, (1 * 0.0 + 2 * 0.0 + 2 * 1.0) / 5);
  EXPECT_LE(t.by_both->low, t.by_both->value);
}

TEST(Attribute, NothingToStandardiseBy) {
  Sessions sessions = six_sessions();
  sessions.device_type = {};
  const Attribution result = run_stages(sessions, options_for({1})).attribution;
  EXPECT_FALSE(result.channels[0].by_device || result.channels[0].by_persona);
  EXPECT_FALSE(result.channels[0].by_both);
  EXPECT_TRUE(result.findings.stratified.empty());
  EXPECT_TRUE(result.warnings.empty());
}

TEST(Attribute, OneChannelHasNoRest) {
  Sessions sessions = six_sessions();
  sessions.channel = {{"s"}, {0, 0, 0, 0, 0, 0}};
  sessions.conversion.assign(6, 0);
  const Attribution result = run_stages(sessions, options_for({2})).attribution;
  EXPECT_FALSE(result.channels[0].difference);
  EXPECT_FALSE(result.channels[0].lift);
  EXPECT_FALSE(result.findings.channel_conversion);
  EXPECT_TRUE(result.findings.features.empty());
}

TEST(Attribute, WithoutConversionNoRatesAreTested) {
  Sessions sessions = six_sessions();
  sessions.conversion.clear();
  const Attribution result = run_stages(sessions, options_for({2})).attribution;
  EXPECT_FALSE(result.channels[0].difference || result.channels[0].by_device);
  EXPECT_FALSE(result.findings.channel_conversion || result.findings.device_conversion);
  EXPECT_TRUE(result.findings.channel_rest.empty());
  EXPECT_TRUE(result.findings.channel_persona);
  EXPECT_EQ(result.findings.features.size(), 2U);
}

// Names without sessions, so many that channel x device type x persona would not fit.
TEST(Attribute, TooManyCategoriesAreNotTakenTogether) {
  const Attribution few = run_stages(six_sessions(), options_for({2})).attribution;
  Sessions sessions = six_sessions();
  sessions.channel.names.resize(2'000);
  sessions.device_type.names.resize(2'000);
  const Attribution many = run_stages(sessions, options_for({2})).attribution;
  ASSERT_EQ(many.warnings.size(), 1U);
  EXPECT_EQ(many.warnings[0].find("2,000 channels by 2,000 device types"), 0U) << many.warnings[0];
  EXPECT_FALSE(many.channels[0].by_device || many.channels[0].by_both);
  EXPECT_EQ(many.channels[0].by_persona->value, few.channels[0].by_persona->value);
  EXPECT_EQ(many.channels[0].difference->low, few.channels[0].difference->low);
  EXPECT_EQ(many.devices[0].difference->low, few.devices[0].difference->low);
  EXPECT_EQ(many.findings.device_conversion->statistic, few.findings.device_conversion->statistic);
  EXPECT_TRUE(many.findings.stratified.empty());
}

// x of s: 1, 2; of t: 3, 101, 102, 106. Between the two 4 (78 - 52.5)^2 + 2 (1.5 - 52.5)^2 = 7803,
// within 0.5 + 5625 + 529 + 576 + 784 = 7514.5.
TEST(Attribute, FeaturesByChannelByHand) {
  const auto features = run_stages(six_sessions(), options_for({2})).attribution.findings.features;
  ASSERT_EQ(features.size(), 2U);
  EXPECT_EQ(features[0].feature, "x");
  EXPECT_NEAR(features[0].f, 7803 / (7514.5 / 4), 1e-12);
  EXPECT_EQ(features[0].degrees_between, 1.0);
  EXPECT_EQ(features[0].degrees_within, 4.0);
  EXPECT_NEAR(features[0].eta_squared.value, 7803 / (7803 + 7514.5), 1e-14);
  EXPECT_GE(features[0].p_adjusted, features[0].p);
}

}  // namespace
}  // namespace covey::driver
