// One iteration inside a fit on the cpu back end, over shapes, beside what this machine could do at
// best: a copy and fused multiply-adds, measured in the same run. Before a shape is timed, its
// answer on fewer rows is compared with the reference back end's.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cloud.h"
#include "covey/backend.h"
#include "machine_limits.h"

namespace covey::bench {
namespace {

constexpr int kIterations = 20;

struct Shape {
  std::int64_t rows;
  int d, k;
};

std::unique_ptr<Backend> open(const char* name) {
  BackendOptions options;
  options.name = name;
  return open_backend(options);
}

/// The first k rows, on the grid.
Centroids start_of(const Columns& data, const Grid& grid, int k) {
  Centroids start{k, data.dimensions(), {}};
  bool saturated = false;
  for (int row = 0; row < k; ++row) {
    for (int f = 0; f < start.d; ++f)
      start.q.push_back(Grid::quantise(data.features[static_cast<std::size_t>(f)][row],
                                       grid.features[static_cast<std::size_t>(f)].offset,
                                       grid.factor(f), saturated));
  }
  return start;
}

KMeansModel fit(Points& points, const Centroids& start, int iterations) {
  KMeansOptions options;
  options.max_iterations = iterations;
  return fit_kmeans_from(points, start, options);
}

double seconds_of_fit(Points& points, const Centroids& start, int iterations, int& done) {
  const auto begin = std::chrono::steady_clock::now();
  done = fit(points, start, iterations).iterations;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Throws where the cpu back end does not give the reference's bits.
void check_answer(Cloud cloud, const Shape& shape) {
  const std::int64_t rows =
      std::max(std::int64_t{2} * shape.k, 1'000'000 / (std::int64_t{shape.d} * shape.k));
  const std::vector<double> values = points_of(cloud, rows, shape.d);
  const Columns data = Columns::row_major(values, shape.d);
  const auto cpu = load_points(*open("cpu"), data);
  const auto reference = load_points(*open("reference"), data);
  const Centroids start = start_of(data, cpu->grid(), shape.k);
  const KMeansModel fast = fit(*cpu, start, 5), plain = fit(*reference, start, 5);
  if (fast.centroids != plain.centroids || fast.inertia != plain.inertia ||
      fast.counts != plain.counts)
    throw std::runtime_error("cpu and reference differ: not timed");
}

void iteration(benchmark::State& state, Cloud cloud, Shape shape) {
  check_answer(cloud, shape);
  std::unique_ptr<Points> points;
  Centroids start;
  {
    const std::vector<double> values = points_of(cloud, shape.rows, shape.d);
    const Columns data = Columns::row_major(values, shape.d);
    points = load_points(*open("cpu"), data);
    start = start_of(data, points->grid(), shape.k);
  }
  double least = 1e300;
  for (auto _ : state) {
    // What a fit costs beside its iterations is the same in both.
    int few = 0, many = 0;
    const double short_fit = seconds_of_fit(*points, start, 1, few);
    const double long_fit = seconds_of_fit(*points, start, 1 + kIterations, many);
    if (many <= few) {
      state.SkipWithError("the fit ended at once");
      break;
    }
    const double seconds = (long_fit - short_fit) / (many - few);
    least = std::min(least, seconds);
    state.SetIterationTime(seconds);
  }
  const double cells = static_cast<double>(points->distinct()) * shape.d;
  const double memory = cells * 4 / limits().bytes_a_second;
  const double arithmetic = 2 * cells * shape.k / limits().flops_a_second;
  const AssignStatistics assigned = points->assign_statistics();
  state.counters["of_limit"] = std::max(memory, arithmetic) / least;
  state.counters["rechecked"] =
      static_cast<double>(assigned.rechecked) / static_cast<double>(assigned.labels);
}

void add_shapes() {
  const Shape shapes[] = {{500'000, 4, 4},     {10'000'000, 4, 4},  {1'000'000, 8, 8},
                          {1'000'000, 16, 16}, {1'000'000, 32, 64}, {500'000, 128, 256}};
  for (const Shape& shape : shapes) {
    for (const Cloud cloud : {Cloud::kMixture, Cloud::kNoise}) {
      const std::string name = "iteration/n:" + std::to_string(shape.rows) +
                               "/d:" + std::to_string(shape.d) + "/k:" + std::to_string(shape.k) +
                               "/" + cloud_name(cloud);
      benchmark::RegisterBenchmark(name.c_str(), iteration, cloud, shape)
          ->UseManualTime()
          ->Iterations(3)
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace
}  // namespace covey::bench

int main(int count, char** arguments) {
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  covey::bench::add_shapes();
  const covey::bench::Limits& limits = covey::bench::limits();
  std::printf("limits here: copy %.1f GB/s, fused multiply-add %.0f GFLOP/s in float32\n",
              limits.bytes_a_second * 1e-9, limits.flops_a_second * 1e-9);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
