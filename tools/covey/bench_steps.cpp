#include "bench_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <thread>

#include "covey/error.h"
#include "stages.h"

namespace covey::command {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string reason_of(const Error& error) {
  return error.problem() + (error.fix().empty() ? "" : "; " + error.fix());
}

double seconds_of(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return seconds_since(start);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void require_equal(bool equal, const BenchEngine& a, const BenchEngine& b, const char* what) {
  if (equal) return;
  throw Error(ErrorKind::kInternal,
              fmt::format("{} and {} differ in their {}: nothing is timed", a.name, b.name, what),
              "", "please report it, with the output of covey info");
}

void check_equal(const BenchEngine& a, const BenchEngine& b, const driver::Segmentation& of_a,
                 const driver::Segmentation& of_b) {
  const KMeansModel &model_a = of_a.model, &model_b = of_b.model;
  require_equal(a.prepared.points->distinct() == b.prepared.points->distinct(), a, b,
                "distinct points");
  require_equal(model_a.centroids == model_b.centroids, a, b, "centroids");
  require_equal(model_a.inertia == model_b.inertia && model_a.counts == model_b.counts, a, b,
                "inertia");
  // The models that lost are known by their inertia.
  const auto same_choice = [](const driver::KChoice& x, const driver::KChoice& y) {
    return x.k == y.k && x.inertia == y.inertia && x.iterations == y.iterations;
  };
  require_equal(std::equal(of_a.choices.begin(), of_a.choices.end(), of_b.choices.begin(),
                           of_b.choices.end(), same_choice),
                a, b, "inertias by k");
  require_equal(
      of_a.labels.label == of_b.labels.label && of_a.labels.distance == of_b.labels.distance, a, b,
      "labels");
  require_equal(of_a.scores == of_b.scores, a, b, "projection");
}

/// k-means++ (or random) starts of the largest k, one restart, labelled: no iteration.
KMeansModel seeded(Points& points, const driver::SegmentOptions& options) {
  FitPlan plan;
  const std::int64_t k = *std::max_element(options.k.begin(), options.k.end());
  plan.k = {static_cast<int>(std::min(k, points.distinct()))};
  plan.start = options.start;
  plan.seed = options.seed;
  plan.max_iterations = 0;
  return points.fit(plan).front();
}

/// One of up to 20 iterations: what a fit costs beside them is also in a fit of one.
double iteration_seconds(Points& points, const Centroids& start) {
  KMeansOptions few, many;
  few.max_iterations = 1;
  many.max_iterations = 21;
  int done = 0;
  const double less = seconds_of([&] { fit_kmeans_from(points, start, few); });
  const double more = seconds_of([&] { done = fit_kmeans_from(points, start, many).iterations; });
  return done > 1 ? std::max(more - less, 0.0) / (done - 1) : more;
}

/// Bytes read and written a second by a copy far larger than the caches; the best of five.
double copy_bandwidth(int threads) {
  constexpr std::size_t kBytes = 128U << 20;
  const auto parts = static_cast<std::size_t>(
      threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  const std::vector<char> from(kBytes, 1);
  std::vector<char> to(kBytes, 2);
  double best = 0;
  for (int run = 0; run < 5; ++run) {
    const double seconds = seconds_of([&] {
      std::vector<std::jthread> running;
      for (std::size_t part = 0; part < parts; ++part) {
        const std::size_t begin = kBytes * part / parts, end = kBytes * (part + 1) / parts;
        running.emplace_back(
            [&, begin, end] { std::memcpy(to.data() + begin, from.data() + begin, end - begin); });
      }
    });
    best = std::max(best, 2.0 * static_cast<double>(kBytes) / seconds);
  }
  return best;
}

/// Runs prepare and segment on every engine and compares; returns the model. Counts those that
/// compute.
KMeansModel checked(Bench& bench, const driver::Sessions& sessions,
                    const driver::SegmentOptions& options) {
  driver::Segmentation expected;
  for (BenchEngine& engine : bench.engines) {
    if (!engine.reason.empty()) continue;
    try {
      engine.prepared = driver::prepare(*engine.backend, sessions, options);
      driver::Segmentation found = driver::segment(*engine.backend, engine.prepared, options);
      if (bench.computing == 0)
        expected = std::move(found);
      else
        check_equal(bench.engines.front(), engine, expected, found);
      ++bench.computing;
    } catch (const Error& error) {
      if (options.backend.name != "auto" || error.kind() != ErrorKind::kDevice) throw;
      engine.reason = reason_of(error);
      engine.prepared.points.reset();
    }
  }
  return std::move(expected.model);
}

/// A step by name and what it does on an engine; returns seconds.
struct Work {
  const char* name;
  std::string text;
  std::function<double(BenchEngine&)> run;
};

std::vector<Work> steps_of(const driver::Sessions& sessions, const driver::SegmentOptions& options,
                           const Centroids& model, const Centroids& start) {
  std::vector<Work> steps;
  const auto add = [&](const char* name, std::string text, auto work) {
    steps.push_back({name, std::move(text),
                     [work](BenchEngine& engine) { return seconds_of([&] { work(engine); }); }});
  };
  add("load", "load (moments, grid, distinct points)", [&](BenchEngine& engine) {
    engine.prepared.points.reset();
    engine.prepared = driver::prepare(*engine.backend, sessions, options);
  });
  add("seeding", fmt::format("seeding, k = {}", start.k),
      [&](BenchEngine& engine) { seeded(*engine.prepared.points, options); });
  steps.push_back(
      {"iteration", fmt::format("an iteration, k = {}", start.k),
       [&](BenchEngine& engine) { return iteration_seconds(*engine.prepared.points, start); }});
  add("sweep", fmt::format("all fits ({} k, {} restarts)", options.k.size(), options.restarts),
      [&](BenchEngine& engine) {
        fit_kmeans(*engine.prepared.points, driver::kmeans_options(options, options.k));
      });
  add("labels", fmt::format("labels and distances, k = {}", model.k),
      [&](BenchEngine& engine) { predict(*engine.prepared.points, model, true); });
  if (start.d <= kMaxPcaDimensions) {
    add("projection", "projection (components, scores)", [&](BenchEngine& engine) {
      Points& points = *engine.prepared.points;
      project(points, fit_pca(points, std::min(2, engine.prepared.grid.dimensions())));
    });
  }
  return steps;
}

}  // namespace

std::vector<BenchEngine> bench_engines(const BackendOptions& options) {
  std::vector<std::string> names = {"cpu"};
  const bool automatic = options.name == "auto";
  if (automatic)
    names.emplace_back("cuda");
  else if (options.name != "cpu")
    names.push_back(options.name);
  std::vector<BenchEngine> engines;
  for (const std::string& name : names) {
    BenchEngine& engine = engines.emplace_back();
    engine.name = name;
    BackendOptions one = options;
    one.name = name;
    try {
      engine.backend = open_backend(one);
      engine.device = engine.backend->device();
    } catch (const Error& error) {
      if (!automatic || error.kind() != ErrorKind::kDevice) throw;
      engine.reason = reason_of(error);
    }
  }
  return engines;
}

Bench measure(std::vector<BenchEngine> engines, const driver::Sessions& sessions,
              const driver::SegmentOptions& options, int repetitions,
              const driver::Progress& progress) {
  Bench bench;
  bench.engines = std::move(engines);
  const auto say = [&](std::string_view stage) {
    if (progress) progress(stage, 0, 0);
  };
  say("check");
  const KMeansModel model = checked(bench, sessions, options);
  bench.copy_bytes_a_second = copy_bandwidth(options.backend.threads);
  const Centroids start = seeded(*bench.engines.front().prepared.points, options).centroids;
  for (const Work& work : steps_of(sessions, options, model.centroids, start)) {
    say(work.name);
    BenchStep step{work.name, work.text, {}, {}};
    step.seconds.resize(bench.computing);
    for (int repetition = 0; repetition < repetitions; ++repetition) {
      for (std::size_t at = 0; at < bench.computing; ++at)
        step.seconds[at].push_back(work.run(bench.engines[at]));
    }
    for (const auto& seconds : step.seconds) step.median.push_back(median(seconds));
    bench.steps.push_back(std::move(step));
  }
  return bench;
}

}  // namespace covey::command
