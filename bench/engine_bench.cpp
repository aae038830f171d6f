// Every step of the cpu back end over shapes, each beside what this machine could do at best. A
// shape's answers are compared with the reference back end's before anything of it is timed. A time
// is the median of five runs, or of as many as fit into three seconds.
// covey_bench [--shrink=N] [Google Benchmark's options]; N divides the rows, to try it out;
// --benchmark_filter=iteration/ or =/mixture/500000x4/ selects. Names: STEP/CLOUD/ROWSxD/kK.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "bed.h"
#include "machine_limits.h"

namespace covey::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median_seconds(const std::function<double()>& timed) {
  constexpr int kRuns = 5;
  constexpr double kMostSeconds = 3;
  std::vector<double> times;
  const auto start = Clock::now();
  while (times.empty() ||
         (static_cast<int>(times.size()) < kRuns &&
          std::chrono::duration<double>(Clock::now() - start).count() < kMostSeconds))
    times.push_back(timed());
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

/// What a step must at least move and compute.
struct Work {
  double bytes = 0;  ///< read, and written where it writes
  double flops = 0;  ///< of float32, a multiply-add as two
};

/// The least seconds that the limits allow, over the seconds taken.
void report(benchmark::State& state, const Work& work, double seconds) {
  const double cached = static_cast<double>(sysconf(_SC_LEVEL3_CACHE_SIZE)) / 2;
  const double bytes_a_second =
      work.bytes < cached ? limits().l3_read_bytes_a_second : limits().copy_bytes_a_second;
  const double memory = work.bytes / bytes_a_second;
  const double arithmetic = work.flops / limits().flops_a_second;
  state.counters["of_limit_%"] = 100 * std::max(memory, arithmetic) / seconds;
  state.counters["GB/s"] = work.bytes / seconds * 1e-9;
  if (work.flops > 0) state.counters["GFLOP/s"] = work.flops / seconds * 1e-9;
}

/// A pass over the points that iterations run over: float32 coordinates, distances to k centroids.
Work pass(const Bed& bed, int k) {
  const double cells = static_cast<double>(bed.points->distinct()) * bed.shape.d;
  return {cells * 4, 2 * cells * k};
}

void time_step(benchmark::State& state, const Work& work, const std::function<void()>& step) {
  for (auto _ : state) {
    const double seconds = median_seconds([&] { return seconds_of(step); });
    state.SetIterationTime(seconds);
    report(state, work, seconds);
  }
}

void load(benchmark::State& state, Bed& bed) {
  const double cells = static_cast<double>(bed.shape.rows) * bed.shape.d;
  time_step(state, {cells * 8, 0}, [&] {
    benchmark::DoNotOptimize(load_points(*bed.backend, bed.data(), Scaling::kNone)->distinct());
  });
}

void seeding(benchmark::State& state, Bed& bed) {
  Work work = pass(bed, 1);
  work.bytes *= bed.shape.k;
  work.flops *= bed.shape.k;
  time_step(state, work,
            [&] { benchmark::DoNotOptimize(seeded(*bed.points, bed.shape.k).inertia); });
}

/// One of 20 iterations from a cold start: what a fit costs beside them (the last labelling) is
/// also in a fit of one.
void iteration(benchmark::State& state, Bed& bed) {
  constexpr int kIterations = 20;
  const AssignStatistics before = bed.points->assign_statistics();
  for (auto _ : state) {
    int few = 0, many = 0;
    const auto fit = [&](int most, int& done) {
      return seconds_of([&] { done = fit_from(*bed.points, bed.start, most).iterations; });
    };
    const double less = median_seconds([&] { return fit(1, few); });
    const double more = median_seconds([&] { return fit(1 + kIterations, many); });
    if (many <= few) {
      state.SkipWithError("the fit ended at once");
      return;
    }
    const double seconds = std::max((more - less) / (many - few), 1e-9);
    state.SetIterationTime(seconds);
    report(state, pass(bed, bed.shape.k), seconds);
  }
  const AssignStatistics after = bed.points->assign_statistics();
  state.counters["rechecked"] = static_cast<double>(after.rechecked - before.rechecked) /
                                static_cast<double>(after.labels - before.labels);
}

/// To the fixed point, at most 100 iterations.
void fit(benchmark::State& state, Bed& bed) {
  constexpr int kMost = 100;
  const int done = fit_from(*bed.points, bed.start, kMost).iterations;
  Work work = pass(bed, bed.shape.k);
  work.bytes *= done + 1;
  work.flops *= done + 1;
  time_step(state, work,
            [&] { benchmark::DoNotOptimize(fit_from(*bed.points, bed.start, kMost).inertia); });
  state.counters["iterations"] = done;
}

/// k = 2 to 10, 10 restarts. The share counts one pass for each iteration of the models that won.
void sweep(benchmark::State& state, Bed& bed) {
  Work work;
  for (const KMeansModel& model : sweep_of(*bed.points)) {
    work.bytes = std::max(work.bytes, pass(bed, 1).bytes * model.iterations);
    work.flops += 10 * pass(bed, model.centroids.k).flops * model.iterations;
  }
  time_step(state, work, [&] { benchmark::DoNotOptimize(sweep_of(*bed.points).front().inertia); });
}

void label(benchmark::State& state, Bed& bed) {
  const auto rows = static_cast<double>(bed.shape.rows);
  const Work work{rows * (4.0 * bed.shape.d + 4), 2 * rows * bed.shape.d * bed.shape.k};
  time_step(state, work,
            [&] { benchmark::DoNotOptimize(predict(*bed.points, bed.start).inertia); });
}

/// Whole numbers are summed, so the share of float32 is a yardstick only.
void gram(benchmark::State& state, Bed& bed) {
  const Work work = pass(bed, (bed.shape.d + 1) / 2);
  time_step(state, work, [&] { benchmark::DoNotOptimize(bed.points->gram().weight); });
}

/// On two components: doubles, one product and sum a feature and component.
void project_step(benchmark::State& state, Bed& bed) {
  const auto rows = static_cast<double>(bed.shape.rows);
  const int components = std::min(2, bed.shape.d);
  const Pca pca = fit_pca(*bed.points, components);
  const Work work{rows * (4.0 * bed.shape.d + 8.0 * components),
                  2 * rows * bed.shape.d * components};
  time_step(state, work,
            [&] { benchmark::DoNotOptimize(project(*bed.points, pca).front().front()); });
}

struct Step {
  const char* name;
  void (*run)(benchmark::State&, Bed&);
  int most_features;  ///< beyond which the step is left out: it would take minutes
};

void add_case(const Step& step, const Shape& shape) {
  const std::string name = std::string(step.name) + "/" + cloud_name(shape.cloud) + "/" +
                           std::to_string(shape.rows) + "x" + std::to_string(shape.d) + "/k" +
                           std::to_string(shape.k);
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](benchmark::State& state) {
                                 try {
                                   step.run(state, bed_of(shape));
                                 } catch (const std::exception& error) {
                                   state.SkipWithError(error.what());
                                 }
                               })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

void add_cases(std::int64_t shrink) {
  constexpr int kAny = kMaxDimensions;
  const Step steps[] = {{"load", load, kAny},
                        {"seeding", seeding, kAny},
                        {"iteration", iteration, kAny},
                        {"fit", fit, kAny},
                        {"sweep", sweep, 8},
                        {"label", label, kAny},
                        {"gram", gram, kAny},
                        {"project", project_step, kAny}};
  struct Size {
    std::int64_t rows;
    int d, k;
  };
  // Those with targets, then those that nobody tunes for.
  const Size sizes[] = {{500'000, 4, 4},     {10'000'000, 4, 4},  {1'000'000, 16, 16},
                        {1'000'000, 32, 64}, {500'000, 128, 256}, {2'000'000, 3, 7},
                        {1'000'000, 6, 12},  {700'000, 10, 10},   {500'000, 24, 40},
                        {300'000, 50, 100},  {200'000, 100, 500}, {100'000, 300, 64},
                        {50'000, 784, 10}};
  for (const Size& size : sizes) {
    for (const Cloud cloud : {Cloud::kMixture, Cloud::kOverlap, Cloud::kNoise, Cloud::kSessions}) {
      if (cloud == Cloud::kSessions && size.d != 4) continue;
      if (cloud == Cloud::kOverlap && size.d < 100) continue;
      const std::int64_t rows = std::max(std::int64_t{2} * size.k, size.rows / shrink);
      for (const Step& step : steps) {
        if (size.d <= step.most_features) add_case(step, {cloud, rows, size.d, size.k});
      }
    }
  }
}

}  // namespace

int run(int argc, char** argv) {
  const std::int64_t shrink = take_shrink(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("limits", limits_text());
  add_cases(shrink);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace covey::bench

int main(int argc, char** argv) { return covey::bench::run(argc, argv); }
