// The engine on a GPU beside the same engine on the CPU: one iteration inside a fit, and a sweep
// over k. Each case first checks that both give the same bits, on the very data that is timed.
// covey_gpu_bench [--shrink=N] [Google Benchmark's options]; N divides the rows, to try it out.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "covey/backend.h"
#include "covey/error.h"
#include "gpu_limits.h"
#include "shape.h"

namespace covey::bench {
namespace {

struct Engine {
  std::string reason;  ///< why it cannot be had
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Points> points;
  double load_seconds = 0;
};

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Engine loaded(const char* name, const Columns& data) {
  Engine engine;
  try {
    BackendOptions options;
    options.name = name;
    engine.backend = open_backend(options);
    const auto start = Clock::now();
    engine.points = load_points(*engine.backend, data, Scaling::kNone);
    engine.load_seconds = seconds_since(start);
  } catch (const Error& error) {
    engine.reason = error.what();
  }
  return engine;
}

/// The data of a case where each engine computes, and a start: its first k rows.
struct Bed {
  Shape shape;
  Engine cpu, cuda;
  Centroids start;
  std::optional<bool> agree;  ///< whether both gave the same models; unknown before they are asked

  explicit Bed(const Shape& wanted) : shape(wanted) {
    const int components = shape.k > 0 ? components_for(shape.k) : 16;
    const std::vector<double> values = points_of(shape.cloud, components, shape.rows, shape.d);
    const Columns data = Columns::row_major(values, shape.d);
    cpu = loaded("cpu", data);
    cuda = loaded("cuda", data);
    start = start_of(data, cpu.points->grid(), shape.k);
  }

  Engine& engine(const std::string& name) { return name == "cpu" ? cpu : cuda; }
};

/// The bed of the case; cases of one shape stand together, so one is enough.
Bed& bed_of(const Shape& shape) {
  static std::unique_ptr<Bed> bed;
  if (bed == nullptr || !(bed->shape == shape)) {
    bed.reset();
    bed = std::make_unique<Bed>(shape);
  }
  return *bed;
}

const GpuLimits& limits() {
  static const GpuLimits limits_here = measure_gpu();
  return limits_here;
}

std::vector<KMeansModel> sweep_of(Points& points) {
  KMeansOptions options;
  options.k = {2, 3, 4, 5, 6, 7, 8, 9, 10};
  options.restarts = 10;
  return fit_kmeans(points, options);
}

/// Whether the engine is there and, where both are, `work` gives the same models on both; tells the
/// state otherwise.
template <class Work>
bool checked(benchmark::State& state, Bed& bed, const Engine& engine, Work work) {
  if (!engine.reason.empty()) {
    state.SkipWithError(engine.reason.c_str());
    return false;
  }
  if (!bed.cuda.reason.empty()) return true;
  if (!bed.agree.has_value()) {
    const auto expected = work(*bed.cpu.points), found = work(*bed.cuda.points);
    bed.agree = std::equal(expected.begin(), expected.end(), found.begin(), found.end(), same);
  }
  if (!*bed.agree) state.SkipWithError("cpu and cuda differ: not timed");
  return *bed.agree;
}

/// Median seconds of a fit of so many iterations, over two seconds or `most` runs, at least three.
double fit_seconds(Bed& bed, Points& points, int iterations, int most) {
  std::vector<double> times;
  const auto start = Clock::now();
  while (times.size() < 3 ||
         (static_cast<int>(times.size()) < most && seconds_since(start) < 2.0)) {
    const auto run = Clock::now();
    benchmark::DoNotOptimize(fit_from(points, bed.start, iterations).inertia);
    times.push_back(seconds_since(run));
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  return times[times.size() / 2];
}

void add_shares(benchmark::State& state, const Shape& shape, double seconds) {
  const auto cells = static_cast<double>(shape.rows) * shape.d;
  if (limits().copy_bytes_per_second > 0)
    state.counters["of_copy_bandwidth"] = cells * 4 / seconds / limits().copy_bytes_per_second;
  if (limits().float_per_second > 0)
    state.counters["of_float32_rate"] = cells * 3 * shape.k / seconds / limits().float_per_second;
}

/// An iteration inside a fit: the difference of a long fit and a short one over the difference of
/// their iterations, so that neither start nor last labelling counts.
void iteration(benchmark::State& state, const Shape& shape, const std::string& name) {
  constexpr int kMost = 20, kRuns = 101;
  Bed& bed = bed_of(shape);
  Engine& engine = bed.engine(name);
  const auto work = [&](Points& points) { return std::vector{fit_from(points, bed.start, 5)}; };
  if (!checked(state, bed, engine, work)) return;
  const KMeansModel model = fit_from(*engine.points, bed.start, kMost);
  const int more = model.iterations, less = std::max(1, more / 4);
  if (more <= less) {
    state.SkipWithError("the fit ends at once: nothing to time");
    return;
  }
  for (auto _ : state) {
    const double difference = fit_seconds(bed, *engine.points, more, kRuns) -
                              fit_seconds(bed, *engine.points, less, kRuns);
    const double seconds = std::max(difference / (more - less), 1e-9);
    state.SetIterationTime(seconds);
    if (name == "cuda") add_shares(state, shape, seconds);
  }
  state.counters["fit_iterations"] = more;
  state.counters["inertia"] = scaled_inertia(model.inertia, engine.points->grid().p);
  state.counters["load_s"] = engine.load_seconds;
  state.SetLabel(engine.backend->device());
}

void sweep(benchmark::State& state, const Shape& shape, const std::string& name) {
  Bed& bed = bed_of(shape);
  Engine& engine = bed.engine(name);
  if (!checked(state, bed, engine, sweep_of)) return;
  for (auto _ : state) benchmark::DoNotOptimize(sweep_of(*engine.points).front().inertia);
  state.counters["distinct"] = static_cast<double>(engine.points->distinct());
  state.counters["load_s"] = engine.load_seconds;
  state.SetLabel(engine.backend->device());
}

std::string case_name(const char* what, const Shape& shape, const char* engine) {
  return std::string(what) + "/" + cloud_name(shape.cloud) + "/" + std::to_string(shape.rows) +
         "x" + std::to_string(shape.d) + (shape.k > 0 ? "/k" + std::to_string(shape.k) : "") + "/" +
         engine;
}

void register_cases(std::int64_t shrink) {
  const std::vector<Shape> fits = {
      {Cloud::kMixture, 500'000, 4, 4},      {Cloud::kNoise, 500'000, 4, 4},
      {Cloud::kMixture, 10'000'000, 16, 64}, {Cloud::kNoise, 10'000'000, 16, 64},
      {Cloud::kMixture, 100'000'000, 4, 4},  {Cloud::kNoise, 100'000'000, 4, 4}};
  const std::vector<Shape> sweeps = {{Cloud::kSessions, 500'000, 4, 0},
                                     {Cloud::kNoise, 500'000, 4, 0}};
  const auto add = [&](const char* what, auto function, Shape shape, bool manual) {
    shape.rows /= shrink;
    for (const char* engine : {"cuda", "cpu"}) {
      auto* added = benchmark::RegisterBenchmark(case_name(what, shape, engine).c_str(), function,
                                                 shape, std::string(engine));
      added->Unit(benchmark::kMillisecond);
      if (manual)
        added->UseManualTime()->Iterations(1);
      else
        added->UseRealTime();
    }
  };
  for (const Shape& shape : sweeps) add("sweep", sweep, shape, false);
  for (const Shape& shape : fits) add("iteration", iteration, shape, true);
}

}  // namespace

int run(int argc, char** argv) {
  const std::int64_t shrink = take_shrink(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (limits().reason.empty()) {
    benchmark::AddCustomContext("device_copy_GB_per_s",
                                std::to_string(limits().copy_bytes_per_second / 1e9));
    benchmark::AddCustomContext("float32_TFLOP_per_s_nominal",
                                std::to_string(limits().float_per_second / 1e12));
  } else {
    benchmark::AddCustomContext("device_copy", "not measured: " + limits().reason);
  }
  register_cases(shrink);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace covey::bench

int main(int argc, char** argv) { return covey::bench::run(argc, argv); }
