// The wide loop on one device where memory is scarce: how it cuts the points, and that no cut can
// be seen in a result.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "emulator/emulator.h"
#include "engine/support.h"
#include "lloyd_wide.h"

namespace covey::cuda {
namespace {

using test::Random;

constexpr std::int64_t kMega = 1 << 20;

WideWork work_of(std::initializer_list<std::int64_t> staying, std::int64_t streamed, int d, int k) {
  WideWork work;
  work.d = d;
  work.largest_k = k;
  work.largest_streamed = streamed;
  for (const std::int64_t count : staying)
    work.staying.push_back({nullptr, nullptr, count, padded(count), d});
  return work;
}

/// With no form made so far.
WidePlan plan(const WideWork& work, std::int64_t room, bool screens = true) {
  std::vector<std::int64_t> forms;
  for (const PointsView& points : work.staying)
    forms.push_back(ScreenPoints::bytes(points.count, points.d));
  return plan_wide(work, room, forms, screens);
}

TEST(WidePlan, KeepsAllFormsWhereTheyFit) {
  const WidePlan one = plan(work_of({100'000}, 0, 128, 1000), 1000 * kMega);
  EXPECT_TRUE(one.fits);
  EXPECT_EQ(one.keeps, std::vector<bool>{true});
  EXPECT_EQ(one.at_once, 100'000);
  EXPECT_EQ(one.passing, 0);
  const WidePlan three = plan(work_of({70'000, 100'000, 1}, 0, 128, 1000), 1000 * kMega);
  EXPECT_EQ(three.keeps, std::vector<bool>(3, true));
  EXPECT_EQ(three.passing, 0);
}

TEST(WidePlan, TakesWhatHasNoFormInPieces) {
  const WidePlan one = plan(work_of({100'000}, 0, 128, 1000), 70 * kMega);
  EXPECT_TRUE(one.fits);
  EXPECT_EQ(one.keeps, std::vector<bool>{false});
  EXPECT_EQ(one.at_once, one.passing);
  EXPECT_GT(one.passing, 10'000);
  EXPECT_LT(one.passing, 100'000);
  EXPECT_EQ(one.passing % 256, 0);
  const WidePlan two = plan(work_of({100'000, 1000, 100'000}, 0, 128, 1000), 200 * kMega);
  EXPECT_EQ(two.passing, 100'000);
  EXPECT_EQ(two.keeps, (std::vector<bool>{false, true, false}));
}

TEST(WidePlan, StreamedPartsAlwaysPass) {
  const WidePlan mixed = plan(work_of({1000, 2000}, 5000, 64, 100), 1000 * kMega);
  EXPECT_EQ(mixed.passing, 5000);
  EXPECT_EQ(mixed.at_once, 5000);
  EXPECT_EQ(mixed.keeps, std::vector<bool>(2, true));
  const WidePlan alone = plan(work_of({}, 5000, 64, 100), 1000 * kMega);
  EXPECT_TRUE(alone.fits);
  EXPECT_EQ(alone.passing, 5000);
  EXPECT_TRUE(plan(work_of({}, 0, 64, 100), 1000 * kMega).fits);  // a device without points
}

TEST(WidePlan, AFormThatIsThereIsUsed) {
  const WideWork work = work_of({1000, 2'000'000}, 0, 128, 100);
  const std::vector<std::int64_t> forms{ScreenPoints::bytes(1000, 128), 0};
  const WidePlan own = plan_wide(work, 1000 * kMega, forms, true);
  EXPECT_EQ(own.keeps, (std::vector<bool>{true, true}));
  EXPECT_EQ(own.at_once, 2'000'000);
  EXPECT_EQ(plan_wide(work, 1000 * kMega, forms, false).keeps, (std::vector<bool>(2, false)));
}

TEST(WidePlan, StaysWithinTheRoom) {
  for (const std::int64_t room : {kMega / 4, kMega, 3 * kMega, 20 * kMega, 300 * kMega}) {
    for (const int d : {17, 64, 300}) {
      for (const std::int64_t streamed : {0, 3000, 100'000}) {
        const WideWork work = work_of({20'000, 500, 20'000}, streamed, d, 300);
        const WidePlan own = plan(work, room);
        if (!own.fits) continue;
        std::int64_t bytes = own.bytes;
        if (own.passing > 0) bytes += ScreenPoints::bytes(own.passing, d);
        for (std::size_t set = 0; set < own.keeps.size(); ++set) {
          const std::int64_t count = work.staying[set].count;
          if (!own.keeps[set]) continue;
          bytes += ScreenPoints::bytes(count, d);
          EXPECT_LE(count, own.at_once);
        }
        EXPECT_LE(bytes, room);
        EXPECT_LE(own.passing, own.at_once);
      }
    }
  }
  EXPECT_FALSE(plan(work_of({20'000}, 0, 64, 300), kMega / 4).fits);
}

/// Models after a few iterations on a device of this budget.
std::vector<KMeansModel> fitted(Device device, std::int64_t budget, int screen,
                                const DevicePoints& points, const std::vector<Centroids>& starts) {
  device.budget = budget;
  TestHooks hooks;
  hooks.screen = screen;
  AssignStatistics statistics;
  ScreenForms forms;
  LloydInput input{device, points.view(), nullptr, 0, 0, 5, hooks, statistics, forms};
  return run_lloyd(input, starts);
}

TEST(WideLoop, PiecesOfPointsAreNotSeen) {
  constexpr int kPoints = 2700, kFeatures = 20, kClusters = 5;
  Random random(71);
  DevicePoints points(kFeatures, kPoints);
  std::vector<float> q(static_cast<std::size_t>(points.stride * kFeatures));
  for (std::int64_t e = 0; e < points.stride * kFeatures; ++e)
    if (const std::int64_t i = e % points.stride; i < kPoints)
      q[static_cast<std::size_t>(e)] =
          static_cast<float>(random.between(-1000, 1000) + i % kClusters * 700);
  points.q = uploaded(q);
  Centroids start{kClusters, kFeatures, {}};
  for (int j = 0; j < kClusters; ++j)
    for (int f = 0; f < kFeatures; ++f)
      start.q.push_back(static_cast<std::int32_t>(
          q[static_cast<std::size_t>(f * points.stride + std::int64_t{37} * j)]));
  const std::int64_t scarce = kMega * 9 / 10;
  const WidePlan own = plan(work_of({kPoints}, 0, kFeatures, kClusters), scarce);
  ASSERT_GT(own.passing, 0);
  ASSERT_LT(own.passing, kPoints);
  const Device device = open_device(0);
  const auto expected = fitted(device, 100 * kMega, -1, points, {start});
  for (const std::int64_t budget : {100 * kMega, scarce, kMega / 2, std::int64_t{1}}) {
    SCOPED_TRACE(budget);
    const std::size_t before = emulator::device_bytes_in_use();
    emulator::peak_device_bytes();
    const auto models = fitted(device, budget, 1, points, {start});
    EXPECT_EQ(models[0].centroids.q, expected[0].centroids.q);
    EXPECT_EQ(models[0].counts, expected[0].counts);
    EXPECT_EQ(models[0].iterations, expected[0].iterations);
    const auto taken = static_cast<std::int64_t>(emulator::peak_device_bytes() - before);
    if (budget > 1) {  // else what the tiled kernel needs
      EXPECT_LE(taken, budget);
    }
  }
}

}  // namespace
}  // namespace covey::cuda
