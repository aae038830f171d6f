// Threads: that as many run as were asked for, also on fewer cores, and that data sets large enough
// to be shared among them give the reference's bits.
#include "threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "engine/support.h"

namespace covey::test {
namespace {

class ThreadCount : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Of, ThreadCount, testing::Values(1, 2, 7));

TEST_P(ThreadCount, SoManyRunAtTheSameTime) {
  // Each task waits until as many tasks as there are threads are inside at once. Fewer threads
  // would never get there, and the wait would end by the clock.
  const int count = GetParam();
  const internal::Threads threads(count);
  EXPECT_EQ(threads.count(), count);
  std::atomic<int> inside{0}, most{0};
  std::mutex guard;
  std::set<std::thread::id> ids;
  std::set<int> workers;
  threads.for_each(std::int64_t{8} * count, [&](std::int64_t, int worker) {
    {
      const std::lock_guard lock(guard);
      ids.insert(std::this_thread::get_id());
      workers.insert(worker);
    }
    const int now = ++inside;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (most < count && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --inside;
  });
  EXPECT_EQ(most, count);
  EXPECT_EQ(static_cast<int>(ids.size()), count);
  EXPECT_EQ(static_cast<int>(workers.size()), count);
  EXPECT_GE(*workers.begin(), 0);
  EXPECT_LT(*workers.rbegin(), count);
}

TEST_P(ThreadCount, EveryTaskRunsOnce) {
  for (const int tasks : {0, 1, 2, 6, 7, 8, 1000}) {
    std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
    internal::Threads(GetParam()).for_each(tasks, [&](std::int64_t task, int) {
      ++runs[static_cast<std::size_t>(task)];
    });
    for (const auto& count : runs) ASSERT_EQ(count, 1);
  }
}

TEST_P(ThreadCount, AnExceptionComesOutOfTheLoop) {
  const internal::Threads threads(GetParam());
  EXPECT_THROW(threads.for_each(50,
                                [](std::int64_t task, int) {
                                  if (task == 17) throw std::runtime_error("task 17");
                                }),
               std::runtime_error);
}

TEST(ThreadCountOfTheMachine, IsTakenForZero) {
  EXPECT_GE(internal::Threads(0).count(), 1);
  EXPECT_NE(cpu(7)->device().find("7 threads"), std::string::npos);
}

/// n rows of `distinct` points at most, three features of whole numbers.
Data many_rows(int n, int distinct) {
  Random random(51);
  std::vector<double> pool;
  for (int i = 0; i < 3 * distinct; ++i)
    pool.push_back(static_cast<double>(random.between(-30, 30) + 60 * random.between(0, 3)));
  Data data{3, {}, {}};
  for (int row = 0; row < n; ++row) {
    const std::int64_t from = random.below(distinct);
    for (int f = 0; f < 3; ++f) data.values.push_back(pool[static_cast<std::size_t>(3 * from + f)]);
    data.multiplicity.push_back(static_cast<std::uint32_t>(random.between(1, 3)));
  }
  return data;
}

Job small_job() {
  Job job;
  job.plan.k = {5, 3};
  job.plan.max_iterations = 12;
  job.components = 2;
  return job;
}

TEST(ManyRows, AnyNumberOfThreadsEqualsTheReference) {
  // 200,000 rows: several pieces for every loop of the back end, whatever it cuts.
  const Data data = many_rows(200'000, 60'000);
  const Job job = small_job();
  const Outcome expected = compute(*reference(), {data.view()}, job);
  for (const int threads : {1, 2, 7}) {
    SCOPED_TRACE(threads);
    expect_same(compute(*cpu(threads), {data.view()}, job), expected);
  }
  Job rows = job;
  rows.load.collapse = Collapse::kRows;
  expect_same(compute(*cpu(7), {data.view()}, rows), expected);
}

TEST(ManyRows, WeakHashesOfAnyBitsEqualTheReference) {
  // Rows are parted by the top bits of their hash and found by the low ones: collisions in either,
  // and in both.
  const Data data = many_rows(40'000, 300);
  const Job job = small_job();
  for (const std::uint64_t mask : {0x7ULL, 0xE000000000000000ULL, 0xC000000000000003ULL, 0ULL}) {
    SCOPED_TRACE(mask);
    TestHooks hooks;
    hooks.hash_mask = mask;
    expect_same(compute(*cpu(7, hooks), {data.view()}, job),
                compute(*reference(mask), {data.view()}, job));
  }
}

}  // namespace
}  // namespace covey::test
