// The engine on a GPU: one iteration inside a fit, beside the same engine on the CPU where that is
// not too slow, a sweep over k, data that is streamed from host memory, and the assignment of an
// engine that is not exact. Each case is checked before it is timed, on the very data.
// covey_gpu_bench [--shrink=N] [Google Benchmark's options]; N divides the rows, to try it out.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "covey/backend.h"
#include "gpu_bed.h"
#include "gpu_limits.h"
#include "plain_fp16.h"
#include "shape.h"

namespace covey::bench {
namespace {

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

/// Whether the engine is there and nothing is wrong with what the GPU gives; tells the state
/// otherwise. Without a GPU the CPU is timed alone.
bool checked(benchmark::State& state, Bed& bed, const Engine& engine, const Work& work) {
  if (!engine.reason.empty()) {
    state.SkipWithError(engine.reason.c_str());
    return false;
  }
  if (!bed.cuda.reason.empty()) return true;
  const std::string& wrong = what_is_wrong(bed, work);
  if (!wrong.empty()) state.SkipWithError(wrong.c_str());
  return wrong.empty();
}

/// A fit again and again: how long it takes, and whether all had the bits of the first.
struct Repeated {
  double seconds = 0;  ///< median
  int fits = 0, unequal = 0;
};

/// Fits of so many iterations over `limit` seconds, at least `least` and at most 101 of them.
Repeated repeated(Bed& bed, Points& points, int iterations, int least, double limit) {
  constexpr int kMost = 101;
  std::optional<KMeansModel> first;
  std::vector<double> times;
  Repeated result;
  const auto start = Clock::now();
  while (result.fits < least || (result.fits < kMost && seconds_since(start) < limit)) {
    const auto run = Clock::now();
    KMeansModel model = fit_from(points, bed.start, iterations);
    times.push_back(seconds_since(run));
    ++result.fits;
    if (!first)
      first = std::move(model);
    else if (!same(model, *first))
      ++result.unequal;
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  result.seconds = times[times.size() / 2];
  return result;
}

/// A case of the table: its points, how they are checked, where they lie, and how long it takes.
struct Case {
  Shape shape;
  Check check = Check::kAgainstCpu;
  bool timed_on_cpu = true;
  std::int64_t gpu_memory = 0;  ///< bytes that covey may take of the device; 0: as by default
  int iterations = 20;          ///< of the longer fit
  int repeated_iterations = 3;  ///< of each of the fits whose bits are compared
};

Bed& bed_of(const Case& one) {
  BackendOptions options;
  options.gpu_memory = one.gpu_memory;
  return bed_of(one.shape, one.check, options);
}

void add_shares(benchmark::State& state, const Case& one, double seconds) {
  const auto cells = static_cast<double>(one.shape.rows) * one.shape.d;
  const auto add = [&](const char* name, double work, double per_second) {
    if (per_second > 0) state.counters[name] = work / seconds / per_second;
  };
  if (one.gpu_memory > 0) {
    add("of_host_bandwidth", cells * 4, limits().host_bytes_per_second);
  } else {
    add("of_copy_bandwidth", cells * 4, limits().copy_bytes_per_second);
    add("of_float32_rate", cells * 3 * one.shape.k, limits().float_per_second);
    add("of_fp16_rate", cells * 2 * one.shape.k, limits().half_per_second);
  }
}

/// An iteration inside a fit: the difference of a long fit and a short one over the difference of
/// their iterations, so that neither start nor last labelling counts.
void iteration(benchmark::State& state, const Case& one, const std::string& name) {
  constexpr int kLeast = 3;
  constexpr double kSeconds = 1.5;
  Bed& bed = bed_of(one);
  Engine& engine = bed.engine(name);
  const auto work = [&](Points& points) { return std::vector{fit_from(points, bed.start, 5)}; };
  if (!checked(state, bed, engine, work)) return;
  const KMeansModel model = fit_from(*engine.points, bed.start, one.iterations);
  const int more = model.iterations, less = std::max(1, more / 4);
  if (more <= less) {
    state.SkipWithError("the fit ends at once: nothing to time");
    return;
  }
  for (auto _ : state) {
    const Repeated longer = repeated(bed, *engine.points, more, kLeast, kSeconds),
                   shorter = repeated(bed, *engine.points, less, kLeast, kSeconds);
    if (longer.unequal + shorter.unequal > 0) {
      state.SkipWithError("fits that were timed differ");
      return;
    }
    const double seconds = std::max((longer.seconds - shorter.seconds) / (more - less), 1e-9);
    state.SetIterationTime(seconds);
    if (name == "cuda") add_shares(state, one, seconds);
  }
  const AssignStatistics assigned = engine.points->assign_statistics();
  state.counters["fit_iterations"] = more;
  state.counters["inertia"] = scaled_inertia(model.inertia, engine.points->grid().p);
  state.counters["load_s"] = engine.load_seconds;
  state.counters["rechecked"] = static_cast<double>(assigned.rechecked) /
                                static_cast<double>(std::max<std::int64_t>(1, assigned.labels));
  state.SetLabel(engine.backend->device());
}

/// 100 fits more: what blocks do in another order, or before one another, must not show.
void repeats(benchmark::State& state, const Case& one, const std::string&) {
  constexpr int kRepeats = 101;
  Bed& bed = bed_of(one);
  const auto work = [&](Points& points) { return std::vector{fit_from(points, bed.start, 5)}; };
  if (!checked(state, bed, bed.cuda, work)) return;
  for (auto _ : state) {
    const Repeated all = repeated(bed, *bed.cuda.points, one.repeated_iterations, kRepeats, 0);
    state.SetIterationTime(all.seconds);
    state.counters["equal"] = all.fits - 1 - all.unequal;
    if (all.unequal > 0)
      state.SkipWithError((std::to_string(all.unequal) + " of 100 fits differ").c_str());
  }
}

void sweep(benchmark::State& state, const Case& one, const std::string& name) {
  Bed& bed = bed_of(one);
  Engine& engine = bed.engine(name);
  if (!checked(state, bed, engine, sweep_of)) return;
  for (auto _ : state) benchmark::DoNotOptimize(sweep_of(*engine.points).front().inertia);
  state.counters["distinct"] = static_cast<double>(engine.points->distinct());
  state.counters["load_s"] = engine.load_seconds;
  state.SetLabel(engine.backend->device());
}

/// Centroids as the values that they stand for.
std::vector<float> values_of(const Centroids& centroids, const Grid& grid) {
  std::vector<float> values;
  for (std::size_t at = 0; at < centroids.q.size(); ++at) {
    const auto& feature = grid.features[at % static_cast<std::size_t>(centroids.d)];
    values.push_back(
        static_cast<float>(feature.offset + std::ldexp(feature.scale * centroids.q[at], -grid.p)));
  }
  return values;
}

/// One assignment by cuBLAS in fp16, unchecked, under the centroids of covey's fifth iteration; how
/// many of its labels are wrong.
void plain_fp16(benchmark::State& state, const Case& one, const std::string& name) {
  Bed& bed = bed_of(one);
  Engine& engine = bed.cuda;
  const auto work = [&](Points& points) { return std::vector{fit_from(points, bed.start, 5)}; };
  if (!checked(state, bed, engine, work)) return;
  const Centroids centroids = work(*engine.points).front().centroids;
  const Labels exact = engine.points->label(centroids, false);
  const Values<float> points =
      points_of<float>(one.shape.cloud, components_for(one.shape.k), one.shape.rows, one.shape.d);
  const PlainLabels plain =
      plain_fp16_labels(points, values_of(centroids, engine.points->grid()), one.shape.d);
  if (!plain.reason.empty()) {
    state.SkipWithError(plain.reason.c_str());
    return;
  }
  std::int64_t wrong = 0;
  for (std::size_t row = 0; row < exact.label.size(); ++row)
    wrong += exact.label[row] != plain.label[row] ? 1 : 0;
  for (auto _ : state) state.SetIterationTime(plain.seconds);
  state.counters["wrong_labels"] = static_cast<double>(wrong) / static_cast<double>(one.shape.rows);
  state.SetLabel(name);
}

std::string case_name(const char* what, const Shape& shape, const std::string& engine) {
  return std::string(what) + "/" + cloud_name(shape.cloud) + "/" + std::to_string(shape.rows) +
         "x" + std::to_string(shape.d) + (shape.k > 0 ? "/k" + std::to_string(shape.k) : "") + "/" +
         engine;
}

using Function = void (*)(benchmark::State&, const Case&, const std::string&);

/// A case that throws is an error of that case: the others are still worth their time.
void guarded(benchmark::State& state, Function function, const Case& one,
             const std::string& engine) {
  try {
    function(state, one, engine);
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
}

benchmark::internal::Benchmark& add(const char* what, Function function, const Case& one,
                                    const std::string& engine) {
  auto* added = benchmark::RegisterBenchmark(case_name(what, one.shape, engine).c_str(), guarded,
                                             function, one, engine);
  return *added->Unit(benchmark::kMillisecond);
}

void register_cases(std::int64_t shrink) {
  const auto shrunk = [&](Case one) {
    one.shape.rows /= shrink;
    if (one.gpu_memory > 0) one.gpu_memory = std::max(kSmallestGpuMemory, one.gpu_memory / shrink);
    one.shape.k = static_cast<int>(std::min<std::int64_t>(one.shape.k, one.shape.rows));
    return one;
  };
  for (const Cloud cloud : {Cloud::kSessions, Cloud::kNoise}) {
    const Case one = shrunk({{cloud, 500'000, 4, 0}});
    for (const char* engine : {"cuda", "cpu"}) add("sweep", sweep, one, engine).UseRealTime();
  }
  std::vector<Case> fits, wide;
  for (const Cloud cloud : {Cloud::kMixture, Cloud::kNoise}) {
    fits.push_back({{cloud, 500'000, 4, 4}});
    fits.push_back({{cloud, 10'000'000, 16, 64}});
    fits.push_back({{cloud, 100'000'000, 4, 4}});
    wide.push_back({{cloud, 1'000'000, 128, 1024}, Check::kAgainstCpu, false});
    wide.push_back({{cloud, 10'000'000, 64, 256}, Check::kAgainstCpu, false});
    wide.push_back({{cloud, 4'000'000, 768, 4096}, Check::kOnSamples, false});
  }
  const auto add_fit = [&](const char* what, const Case& one) {
    add(what, iteration, one, "cuda").UseManualTime()->Iterations(1);
    if (one.timed_on_cpu) add(what, iteration, one, "cpu").UseManualTime()->Iterations(1);
  };
  for (const Case& one : fits) add_fit("iteration", shrunk(one));
  for (const Case& one : wide) {
    add_fit("iteration", shrunk(one));
    add("assignment", plain_fp16, shrunk(one), "cublas-fp16").UseManualTime()->Iterations(1);
    add("repeats", repeats, shrunk(one), "cuda").UseManualTime()->Iterations(1);
  }
  // Memory far below the points' 16 GB: a tenth of them stays on the device, the others cross the
  // bus in every pass. That takes a third of a second, so few are made.
  const Case streamed =
      shrunk({{Cloud::kNoise, 1'000'000'000, 4, 4}, Check::kOnSamples, false, 4LL << 30, 8, 1});
  add_fit("streamed", streamed);
  add("repeats", repeats, streamed, "cuda").UseManualTime()->Iterations(1);
}

}  // namespace

int run(int argc, char** argv) {
  const std::int64_t shrink = take_shrink(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (limits().reason.empty()) {
    benchmark::AddCustomContext("device_copy_GB_per_s",
                                std::to_string(limits().copy_bytes_per_second / 1e9));
    benchmark::AddCustomContext("host_to_device_GB_per_s",
                                std::to_string(limits().host_bytes_per_second / 1e9));
    benchmark::AddCustomContext("float32_TFLOP_per_s_nominal",
                                std::to_string(limits().float_per_second / 1e12));
    benchmark::AddCustomContext("fp16_TFLOP_per_s_of_cublas",
                                std::to_string(limits().half_per_second / 1e12));
  } else {
    benchmark::AddCustomContext("device_copy", "not measured: " + limits().reason);
  }
  register_cases(shrink);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace covey::bench

int main(int argc, char** argv) { return covey::bench::run(argc, argv); }
