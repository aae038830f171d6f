// Steps of the engine on session-like data (whole seconds and counts, 4 features) and on points
// that are all distinct. Each case first checks its answer against the reference back end on a
// smaller set of the same kind.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "covey/backend.h"
#include "covey/random.h"

namespace covey {
namespace {

constexpr int kDimensions = 4;
constexpr int kClusters = 4;

/// Uniform whole numbers below `limits[f]`, shifted by the cluster of the row; `jitter` makes every
/// point distinct.
std::vector<double> sessions(std::int64_t rows, bool jitter) {
  constexpr double kLimits[kDimensions] = {8, 10, 300, 1};
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(rows * kDimensions));
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto bits = philox4x32({static_cast<std::uint32_t>(row), 0, 0, 0}, {1, 2});
    for (std::size_t f = 0; f < kDimensions; ++f) {
      const double u = static_cast<double>(bits[f]) * 0x1p-32;
      const double shift = kLimits[f] * static_cast<double>(bits[(f + 1) % kDimensions] % 3);
      const double whole =
          static_cast<double>(static_cast<std::int64_t>(u * u * u * kLimits[f] + shift));
      values.push_back(jitter ? whole + u * 0.5 : whole);
    }
  }
  return values;
}

std::unique_ptr<Backend> open(const char* name) {
  BackendOptions options;
  options.name = name;
  return open_backend(options);
}

KMeansOptions fit_options(int iterations) {
  KMeansOptions options;
  options.k = {kClusters};
  options.restarts = 1;
  options.max_iterations = iterations;
  return options;
}

/// Throws where the cpu back end does not give the reference's bits.
void check_answer(bool jitter) {
  const std::vector<double> values = sessions(20'000, jitter);
  const Columns view = Columns::row_major(values, kDimensions);
  const auto cpu = load_points(*open("cpu"), view);
  const auto reference = load_points(*open("reference"), view);
  const KMeansModel fast = fit_kmeans(*cpu, fit_options(20)).front();
  const KMeansModel plain = fit_kmeans(*reference, fit_options(20)).front();
  if (fast.centroids != plain.centroids || fast.inertia != plain.inertia ||
      cpu->gram().products != reference->gram().products)
    throw std::runtime_error("cpu and reference differ: not timed");
}

void load(benchmark::State& state) {
  check_answer(state.range(1) != 0);
  const std::vector<double> values = sessions(state.range(0), state.range(1) != 0);
  const Columns view = Columns::row_major(values, kDimensions);
  const auto backend = open("cpu");
  for (auto _ : state) {
    const auto points = load_points(*backend, view);
    benchmark::DoNotOptimize(points->distinct());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0) * kDimensions * 8);
}

/// Twenty iterations from a given start (fewer where they reach a fixed point), and the label pass
/// at the end. timed as such.
void iteration(benchmark::State& state) {
  check_answer(state.range(1) != 0);
  const std::vector<double> values = sessions(state.range(0), state.range(1) != 0);
  const auto points = load_points(*open("cpu"), Columns::row_major(values, kDimensions));
  const Centroids start = fit_kmeans(*points, fit_options(1)).front().centroids;
  std::int64_t iterations = 0;
  for (auto _ : state) {
    const KMeansModel model = fit_kmeans_from(*points, start, fit_options(20));
    iterations += model.iterations;
  }
  state.counters["iterations"] =
      benchmark::Counter(static_cast<double>(iterations), benchmark::Counter::kIsRate);
  state.SetBytesProcessed(iterations * points->distinct() * kDimensions * 4);
}

void seeding(benchmark::State& state) {
  check_answer(state.range(1) != 0);
  const std::vector<double> values = sessions(state.range(0), state.range(1) != 0);
  const auto points = load_points(*open("cpu"), Columns::row_major(values, kDimensions));
  for (auto _ : state)
    benchmark::DoNotOptimize(fit_kmeans(*points, fit_options(1)).front().inertia);
}

void gram(benchmark::State& state) {
  check_answer(state.range(1) != 0);
  const std::vector<double> values = sessions(state.range(0), state.range(1) != 0);
  const auto points = load_points(*open("cpu"), Columns::row_major(values, kDimensions));
  for (auto _ : state) benchmark::DoNotOptimize(points->gram().weight);
}

void shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"rows", "distinct"})
      ->Args({500'000, 0})
      ->Args({500'000, 1})
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

BENCHMARK(load)->Apply(shapes);
BENCHMARK(iteration)->Apply(shapes);
BENCHMARK(seeding)->Apply(shapes);
BENCHMARK(gram)->Apply(shapes);

}  // namespace
}  // namespace covey

BENCHMARK_MAIN();
