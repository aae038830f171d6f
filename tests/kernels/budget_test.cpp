// How a data set is cut for a budget of device memory.
#include "budget.h"

#include <gtest/gtest.h>

namespace covey::cuda {
namespace {

constexpr std::int64_t kGiga = 1LL << 30;

TEST(Budget, WhatFitsIsLoadedWhole) {
  const LoadPlan plan = plan_load(1'000'000, 4, 1, kGiga);
  EXPECT_TRUE(plan.whole);
  EXPECT_EQ(plan.chunk_rows, 1'000'000);
  EXPECT_EQ(plan.part_points, 1'000'000);
}

TEST(Budget, TheEdgeIsAtTheBytesOfALoad) {
  const std::int64_t rows = 1 << 20;
  const std::int64_t room = rows * load_bytes(16) + kLoadBytes;
  EXPECT_TRUE(plan_load(rows, 16, 1, room).whole);
  EXPECT_FALSE(plan_load(rows, 16, 1, room - 1).whole);
}

TEST(Budget, PartsOnTheirWayAndPartsThatStayLeaveRoomForLabels) {
  for (const int d : {1, 4, 16, 128, 768, 4096}) {
    for (const std::int64_t room : {kGiga / 8, kGiga, 80 * kGiga}) {
      SCOPED_TRACE(testing::Message() << d << " features, " << room << " bytes");
      const LoadPlan plan = plan_load(4'000'000'000, d, 1, room);
      EXPECT_FALSE(plan.whole);
      const std::int64_t usable = room - kLoadBytes;
      EXPECT_LE(plan.chunk_rows * load_bytes(d), usable / 4);
      EXPECT_LE(plan.part_points * load_bytes(d), usable / 8);       // while it is put together
      EXPECT_LE(2 * plan.part_points * point_bytes(d), usable / 8);  // two on their way
      EXPECT_LE(plan.resident_bytes, usable / 8 * 5);
      EXPECT_GE(plan.part_points, kFewestPoints);
    }
  }
}

TEST(Budget, SeveralDevicesTakeOnePartEachWhereThatFits) {
  const std::int64_t rows = 1'000'000;
  const LoadPlan plan = plan_load(rows, 8, 4, kGiga);
  EXPECT_FALSE(plan.whole);
  EXPECT_GE(plan.part_points, rows / 4);  // with a margin for hashes that are not spread evenly
  EXPECT_LE(plan.part_points, rows / 4 + rows / 16 + kFewestPoints);
  EXPECT_EQ(plan.chunk_rows, rows / 4);
  EXPECT_LE(plan.part_points * point_bytes(8), plan.resident_bytes);
}

TEST(Budget, ALargeSketchLeavesLessForPartsThatStay) {
  const std::int64_t room = 2 * kGiga, usable = room - kLoadBytes;
  EXPECT_EQ(plan_load(100'000'000, 16, 1, room).resident_bytes, usable / 8 * 5);
  const LoadPlan plan = plan_load(100'000'000, 256, 1, room);
  EXPECT_EQ(plan.resident_bytes, usable / 4 * 3 - (std::int64_t{1} << 20) * sketch_bytes(256));
  EXPECT_EQ(plan_load(100'000'000, 512, 1, room).resident_bytes, 0);
}

TEST(Budget, RowsOfACopyAreBelowTwoGigabytes) {
  for (const int shards : {1, 2, 8}) {
    const LoadPlan plan = plan_load(4'200'000'000, 1, shards, 180 * kGiga);
    EXPECT_LE(plan.part_points, std::int64_t{1} << 28);
    EXPECT_LE(plan.chunk_rows, std::int64_t{1} << 28);
  }
}

TEST(Budget, TooSmallIsNoPlan) {
  EXPECT_EQ(plan_load(1000, 4096, 1, kLoadBytes).chunk_rows, 0);
  EXPECT_EQ(plan_load(1000, 4, 1, 0).chunk_rows, 0);
  EXPECT_EQ(plan_load(100'000, 4096, 1, kLoadBytes + 1016 * load_bytes(4096)).chunk_rows, 0);
  EXPECT_GT(plan_load(100'000, 4096, 1, kLoadBytes + 1024 * load_bytes(4096)).chunk_rows, 0);
}

TEST(Budget, FewRowsOverManyDevices) {
  const LoadPlan plan = plan_load(3, 2, 8, kGiga);
  EXPECT_GE(plan.chunk_rows, 1);
  EXPECT_GE(plan.part_points, 1);
}

}  // namespace
}  // namespace covey::cuda
