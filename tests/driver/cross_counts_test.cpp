#include "cross_counts.h"

#include <gtest/gtest.h>

#include "results_support.h"

namespace covey::driver {
namespace {

/// Clusters of the six sessions.
const std::vector<std::int32_t> kLabels = {0, 0, 0, 1, 1, 1};

std::pair<std::int64_t, std::int64_t> pair_of(const Count& count) {
  return {count.sessions, count.conversions};
}
using Pair = std::pair<std::int64_t, std::int64_t>;

TEST(CrossCounts, ByHand) {
  const CrossCounts table = cross_counts(six_sessions(), kLabels, 2, {});
  ASSERT_EQ(table.sessions.size(), 2U * 2 * 2 * 2);
  EXPECT_TRUE(table.has_conversion);
  EXPECT_EQ(pair_of(table.at(0, 0, 0)), (Pair{1, 1}));  // s, d: the second session
  EXPECT_EQ(pair_of(table.at(0, 1, 0)), (Pair{1, 0}));  // s, m: the first
  EXPECT_EQ(pair_of(table.at(1, 1, 0)), (Pair{1, 0}));
  EXPECT_EQ(pair_of(table.at(1, 1, 1)), (Pair{2, 2}));
  EXPECT_EQ(pair_of(table.at(1, 0, 1)), (Pair{1, 0}));
  EXPECT_EQ(pair_of(table.at(0, 0, 1)), (Pair{0, 0}));
}

TEST(CrossCounts, SumsOverWhatIsNotKept) {
  const CrossCounts table = cross_counts(six_sessions(), kLabels, 2, {});
  const CrossCounts channels = collapsed(table, {true, false, false});
  EXPECT_EQ(channels.devices * channels.personas, 1);
  EXPECT_EQ(pair_of(channels.at(0, 0, 0)), (Pair{2, 1}));
  EXPECT_EQ(pair_of(channels.at(1, 0, 0)), (Pair{4, 2}));
  const CrossCounts personas = collapsed(table, {false, false, true});
  EXPECT_EQ(pair_of(personas.at(0, 0, 0)), (Pair{3, 1}));
  EXPECT_EQ(pair_of(personas.at(0, 0, 1)), (Pair{3, 2}));
  EXPECT_EQ(pair_of(collapsed(table, {false, false, false}).at(0, 0, 0)), (Pair{6, 3}));
  // Counting without an axis is the same as summing over it.
  EXPECT_EQ(cross_counts(six_sessions(), kLabels, 2, {true, false, true}).sessions,
            collapsed(table, {true, false, true}).sessions);
  EXPECT_EQ(cross_counts(six_sessions(), kLabels, 2, {false, true, false}).sessions,
            collapsed(table, {false, true, false}).sessions);
}

TEST(CrossCounts, AnotherOrderLeavesOutWhatIsNotNamed) {
  const CrossCounts table = cross_counts(six_sessions(), kLabels, 2, {});
  const std::vector<int> channels = {1}, devices = {1, 0};
  const CrossCounts other = reordered(table, channels, devices);
  EXPECT_EQ(other.channels, 1);
  for (int k = 0; k < 2; ++k) {
    EXPECT_EQ(pair_of(other.at(0, 0, k)), pair_of(table.at(1, 1, k)));
    EXPECT_EQ(pair_of(other.at(0, 1, k)), pair_of(table.at(1, 0, k)));
  }
}

TEST(CrossCounts, AbsentColumnsAreOneCategoryAndMultiplicitiesCount) {
  Sessions sessions = six_sessions();
  sessions.channel = {};
  sessions.device_type = {};
  sessions.multiplicity = {1, 2, 3, 4, 5, 6};
  const CrossCounts table = cross_counts(sessions, kLabels, 2, {});
  ASSERT_EQ(table.sessions.size(), 4U);
  EXPECT_EQ(pair_of(table.at(0, 0, 0)), (Pair{6, 2}));
  EXPECT_EQ(pair_of(table.at(0, 0, 1)), (Pair{15, 9}));
  sessions.conversion.clear();
  const CrossCounts without = cross_counts(sessions, kLabels, 2, {});
  EXPECT_FALSE(without.has_conversion);
  EXPECT_EQ(pair_of(without.at(0, 0, 1)), (Pair{15, 0}));
}

// Rows 0 to 3 are tuples 1, 0, 1, 1: labels stand by tuple.
TEST(CrossCounts, LabelsGoByTuple) {
  Sessions sessions = sessions_of({"x"}, {{1, 9}});
  sessions.tuple = {1, 0, 1, 1};
  sessions.channel = {{"a", "b"}, {0, 0, 1, 1}};
  const CrossCounts table = cross_counts(sessions, std::vector<std::int32_t>{0, 1}, 2, {});
  EXPECT_EQ(table.at(0, 0, 0).sessions, 1);
  EXPECT_EQ(table.at(0, 0, 1).sessions, 1);
  EXPECT_EQ(table.at(1, 0, 1).sessions, 2);
}

}  // namespace
}  // namespace covey::driver
