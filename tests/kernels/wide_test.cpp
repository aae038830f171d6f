// The wide loop on one device where memory is scarce: how it cuts the points, and that no cut can
// be seen in a result.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "batch.h"
#include "cuda_points.h"
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
  work.largest_streamed = work.streamed = work.points = streamed;
  for (const std::int64_t count : staying)
    work.staying.push_back({nullptr, nullptr, count, padded(count), d});
  for (const std::int64_t count : staying) work.points += count;
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

TEST(LabelChoice, KeepsWhatIsCheaper) {
  LabelChoice few(64);
  few.judge(1000, 1000);  // a comparison a label: floats make two comparisons' worth of scores
  EXPECT_FALSE(few.by_floats());
  few.judge(1000, 3000);
  EXPECT_TRUE(few.by_floats());
  EXPECT_FALSE(few.is_settled());
  few.judge(0, 0);  // no pass, no news
  EXPECT_FALSE(few.is_settled());
  LabelChoice other = few;
  few.judge(1000, 900);
  EXPECT_TRUE(few.by_floats());
  EXPECT_TRUE(few.is_settled());
  other.judge(1000, 1100);  // with the scores more than three a label
  EXPECT_FALSE(other.by_floats());
  EXPECT_TRUE(other.is_settled());
  other.judge(1000, 64'000);
  EXPECT_FALSE(other.by_floats());
  LabelChoice many(1024);
  many.judge(1000, 30'000);
  EXPECT_FALSE(many.by_floats());
  many.judge(1000, 33'000);
  EXPECT_TRUE(many.by_floats());
}

/// Points of two groups that the first `offsets` features part by 8 million, and no clusters in
/// them: all within 10,000 in the other features.
test::Data two_groups(int points, int d, int offsets, Random& random) {
  test::Data data{d, {}, {}};
  for (int i = 0; i < points; ++i) {
    const double group = i % 2 == 0 ? 4e6 : -4e6;
    for (int f = 0; f < d; ++f)
      data.values.push_back(f < offsets ? group + static_cast<double>(random.between(-1000, 1000))
                                        : static_cast<double>(random.between(-10'000, 10'000)));
  }
  return data;
}

DevicePoints on_device(const test::Data& data) {
  DevicePoints points(data.d, data.rows());
  std::vector<float> q(static_cast<std::size_t>(points.stride * data.d));
  for (std::int64_t i = 0; i < points.count; ++i)
    for (int f = 0; f < data.d; ++f)
      q[static_cast<std::size_t>(f * points.stride + i)] = static_cast<float>(data.at(i, f));
  points.q = uploaded(q);
  return points;
}

/// A fit by the wide loop, which must be the reference's, and how its labels were made at the end.
LabelChoice choice_after(const test::Data& data, int k) {
  const DevicePoints points = on_device(data);
  const Device device = open_device(0);
  TestHooks hooks;
  hooks.screen = hooks.passes_a_launch = 1;
  AssignStatistics statistics;
  ScreenForms forms;
  const LloydInput input{device, points.view(), nullptr, 0, 0, 6, hooks, statistics, forms};
  Centroids start{k, data.d, coordinates(data, test::unit_grid(data.d))};
  start.q.resize(static_cast<std::size_t>(k) * static_cast<std::size_t>(data.d));  // first points
  WideWork work = work_of({points.count}, 0, data.d, k);
  work.staying = {points.view()};
  WideLoops loops;
  loops.push_back(WideLloyd::make(device, work, forms, hooks));
  Batch batch(input, {&start, 1}, &loops);
  batch.run();
  const KMeansModel model = batch.finished(0);

  FitPlan plan;
  plan.given = {start};
  plan.max_iterations = input.max_iterations;
  const auto expected = test::on_unit_grid(*test::reference(), data)->fit(plan)[0];
  EXPECT_EQ(model.centroids.q, expected.centroids.q);
  EXPECT_EQ(model.counts, expected.counts);
  EXPECT_EQ(model.iterations, expected.iterations);
  EXPECT_GE(expected.iterations, 3);  // else nothing is seen of a change of mind
  return loops.front()->choice();
}

TEST(WideLoop, TurnsToFloatsWhereHalvesTellNothing) {
  Random random(72);
  const LabelChoice choice = choice_after(two_groups(400, 20, 1, random), 64);
  EXPECT_TRUE(choice.by_floats());
  EXPECT_TRUE(choice.is_settled());
}

TEST(WideLoop, TurnsBackWhereFloatsTellNoMore) {
  Random random(73);
  const LabelChoice choice = choice_after(two_groups(400, 40, 20, random), 64);
  EXPECT_FALSE(choice.by_floats());
  EXPECT_TRUE(choice.is_settled());
}

TEST(WideLoop, StaysWithTheScreenWhereItTellsPointsApart) {
  Random random(74);
  test::Data data{20, {}, {}};
  for (int i = 0; i < 400 * data.d; ++i)
    data.values.push_back(static_cast<double>(random.between(-10'000, 10'000)));
  const LabelChoice choice = choice_after(data, 64);
  EXPECT_FALSE(choice.by_floats());
  EXPECT_FALSE(choice.is_settled());
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
  test::Data data{kFeatures, {}, {}};
  for (int i = 0; i < kPoints; ++i)
    for (int f = 0; f < kFeatures; ++f)
      data.values.push_back(static_cast<double>(random.between(-1000, 1000)) +
                            700.0 * (i % kClusters));
  const DevicePoints points = on_device(data);
  const auto q = coordinates(data, test::unit_grid(kFeatures));
  const Centroids start = test::start_from_rows(q, kFeatures, kClusters, random);
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

TEST(WideLoop, PartsAreFittedWithinTheBudget) {
  constexpr std::int64_t kBudget = kMega;
  Random random(75);
  test::Data data{20, {}, {}};
  for (int e = 0; e < 1500 * data.d; ++e)
    data.values.push_back(static_cast<double>(random.between(-1000, 1000)));
  BackendOptions options;
  options.hooks.screen = 1;
  options.hooks.part_points = 500;
  options.hooks.stream_every = 2;
  options.gpu_memory = kBudget;
  const auto shards = std::make_shared<Shards>(options);
  ASSERT_TRUE(ScreenPoints::works(shards->first()));  // a probe, which takes memory of its own
  const std::size_t before = emulator::device_bytes_in_use();
  const Columns view = data.view();
  const Grid grid = test::unit_grid(data.d);
  CudaPoints points(grid, shards, options.hooks,
                    load_parts(shards, {&view, 1}, grid, {}, options.hooks));
  FitPlan plan;
  plan.given = {test::start_from_rows(coordinates(data, grid), data.d, 70, random)};
  plan.max_iterations = 3;
  const auto room = static_cast<std::int64_t>(shards->first().free_bytes());
  const WidePlan own = covey::cuda::plan(work_of({500, 500}, 500, data.d, 70), room);
  ASSERT_GT(own.passing, 0);
  emulator::peak_device_bytes();
  const auto models = points.fit(plan);
  EXPECT_LE(static_cast<std::int64_t>(emulator::peak_device_bytes() - before), kBudget);
  const auto expected = test::on_unit_grid(*test::reference(), data)->fit(plan);
  EXPECT_EQ(models[0].centroids.q, expected[0].centroids.q);
  EXPECT_EQ(models[0].inertia, expected[0].inertia);
}

}  // namespace
}  // namespace covey::cuda
