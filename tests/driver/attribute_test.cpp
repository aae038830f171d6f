#include <gtest/gtest.h>

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

}  // namespace
}  // namespace covey::driver
