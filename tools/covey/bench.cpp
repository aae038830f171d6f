// covey bench: the steps of a run on the CPU and the GPU, side by side on the user's own data.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "bench_steps.h"
#include "covey/error.h"
#include "covey/version.h"
#include "options.h"
#include "progress.h"
#include "report.h"
#include "text_format.h"
#include "text_table.h"

namespace covey::command {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDescription =
    "Time the steps of a run on your data, on the CPU and the GPU side by side\n"
    "\n"
    "Reads the file as run does and writes nothing. Both sides must give equal bits before either "
    "is\n"
    "timed: centroids, inertias, labels, projection. Times are medians, taken in turn. A GPU that\n"
    "cannot be had is named with its reason.";

constexpr const char* kExamples =
    "Examples:\n"
    "  covey bench sessions.csv\n"
    "  covey bench shop.parquet --features visits,seconds --k 4 --repetitions 9\n"
    "  covey bench sessions.csv --json | jq '.steps[] | {step, median}'";

struct Arguments {
  DataArguments data;
  WorkArguments work;
  SegmentArguments segment;
  int repetitions = 5;
};

std::string duration_text(double seconds) {
  if (seconds >= 0.9995) return fmt::format("{:.2f} s", seconds);
  if (seconds >= 0.0009995) return fmt::format("{:.3g} ms", seconds * 1e3);
  return fmt::format("{:.3g} us", seconds * 1e6);
}

/// What a bench was about, beside what it measured.
struct Subject {
  const Arguments& arguments;
  const driver::Sessions& sessions;
  const driver::SegmentOptions& segment;
  double ingest_seconds;
  std::int64_t distinct;
};

Json bench_json(const Bench& bench, const Subject& about) {
  const driver::SegmentOptions& segment = about.segment;
  Json backends = Json::array(), steps = Json::array();
  for (const BenchEngine& engine : bench.engines) {
    const bool computes = engine.reason.empty();
    backends.push_back(
        {{"name", engine.name},
         {computes ? "device" : "reason", computes ? engine.device : engine.reason}});
  }
  for (const BenchStep& step : bench.steps) {
    Json entry = {{"step", step.name}};
    for (std::size_t at = 0; at < bench.computing; ++at) {
      entry["median"][bench.engines[at].name] = step.median[at];
      entry["seconds"][bench.engines[at].name] = step.seconds[at];
    }
    if (bench.computing > 1) entry["speed_up"] = step.median[0] / std::max(step.median[1], 1e-9);
    steps.push_back(std::move(entry));
  }
  return {{"covey", std::string(version())},
          {"data",
           {{"files", about.arguments.data.files},
            {"rows", about.sessions.rows()},
            {"distinct_points", about.distinct},
            {"features", about.sessions.feature_names},
            {"ingest_seconds", about.ingest_seconds}}},
          {"options",
           {{"k", segment.k},
            {"restarts", segment.restarts},
            {"scaling", about.arguments.segment.scaling},
            {"log1p", segment.log1p},
            {"seed", segment.seed},
            {"start", about.arguments.segment.start},
            {"max_iterations", segment.max_iterations},
            {"tolerance", segment.tolerance},
            {"threads", segment.backend.threads},
            {"repetitions", about.arguments.repetitions}}},
          {"copy_bytes_per_second", bench.copy_bytes_a_second},
          {"backends", std::move(backends)},
          {"equal_bits", bench.computing > 1 ? Json(true) : Json(nullptr)},
          {"steps", std::move(steps)}};
}

std::string heading(const Bench& bench, const Subject& about) {
  std::string text =
      fmt::format("{} rows, {} distinct points, {} features, read in {}; medians of {}\n",
                  driver::count_text(about.sessions.rows()), driver::count_text(about.distinct),
                  about.sessions.feature_names.size(), duration_text(about.ingest_seconds),
                  about.arguments.repetitions);
  for (const BenchEngine& engine : bench.engines) {
    const bool computes = engine.reason.empty();
    text += fmt::format("{}: {}\n", engine.name,
                        driver::visible_text(computes ? engine.device : engine.reason));
  }
  text += fmt::format("memory: copies {:.1f} GB/s, bytes read and written\n",
                      bench.copy_bytes_a_second * 1e-9);
  if (bench.computing < 2) return text + "equal bits: nothing to compare, only one side computes\n";
  return text + fmt::format("equal bits on {} and {}: centroids, inertias, labels, projection\n",
                            bench.engines[0].name, bench.engines[1].name);
}

std::string bench_text(const Bench& bench, const Subject& about,
                       const driver::TextOptions& options) {
  std::vector<driver::TextColumn> columns = {{"Step", false}};
  for (std::size_t at = 0; at < bench.computing; ++at) columns.push_back({bench.engines[at].name});
  if (bench.computing > 1) columns.push_back({"Speed-up"});
  for (const BenchStep& step : bench.steps) {
    columns[0].cells.push_back(step.text);
    for (std::size_t at = 0; at < bench.computing; ++at)
      columns[1 + at].cells.push_back(duration_text(step.median[at]));
    if (bench.computing > 1)
      columns[3].cells.push_back(
          fmt::format("{:.1f}x", step.median[0] / std::max(step.median[1], 1e-9)));
  }
  return heading(bench, about) + '\n' + driver::text_table(columns, 1, options, "");
}

void run(CLI::App& sub, Arguments& arguments, const CommonOptions& common) {
  auto rules = driver::default_rules();
  const auto bounded = apply_config(sub, arguments.work, rules);
  driver::IngestOptions ingest = ingest_options(arguments.data, arguments.work);
  ingest.need_all_columns = false;  // only features are timed
  refuse_unused_rules(bounded, ingest.mapping, arguments.work.config);
  ingest.rules = std::move(rules);
  require_at_least("--repetitions", arguments.repetitions, 1);
  driver::SegmentOptions segment = segment_options(arguments.segment, arguments.work);
  segment.evidence = false;  // engines are compared step by step
  auto engines = bench_engines(segment.backend);
  Bench bench;
  driver::Sessions sessions;
  double seconds = 0;
  {
    ProgressLine progress(!common.quiet);
    ingest.progress = progress.callback();
    const auto start = std::chrono::steady_clock::now();
    sessions = driver::ingest(ingest);
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    bench = measure(std::move(engines), sessions, segment, arguments.repetitions, ingest.progress);
  }
  const driver::Prepared& prepared = bench.engines.front().prepared;
  for (const std::string& warning : prepared.warnings) print_warning(warning, common);
  const Subject about{arguments, sessions, segment, seconds, prepared.points->distinct()};
  if (common.json)
    print(bench_json(bench, about).dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  else
    print(bench_text(bench, about, terminal(common)));
}

}  // namespace

CLI::App* add_bench(CLI::App& app, CommonOptions& common) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* sub = app.add_subcommand("bench", kDescription);
  sub->footer(kExamples);
  sub->add_option("--repetitions", arguments->repetitions, "How often each step is timed")
      ->type_name("N")
      ->capture_default_str();
  add_config_option(*sub, arguments->work);
  add_segment_options(*sub, arguments->segment, arguments->data);
  add_data_options(*sub, arguments->data);
  add_machine_options(*sub, arguments->work);
  sub->get_option("--backend")
      ->description(
          "auto: cpu, and cuda where it can be had; else the one that is named, beside cpu");
  sub->callback([arguments, sub, &common] { run(*sub, *arguments, common); });
  return sub;
}

}  // namespace covey::command
