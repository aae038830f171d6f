// covey run: options in, the pipeline called, tables out.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "covey/error.h"
#include "model.h"
#include "options.h"
#include "pipeline.h"
#include "progress.h"
#include "report.h"

namespace covey::command {
namespace {

constexpr const char* kDescription =
    "Find personas in sessions, and what each channel brings of them\n"
    "\n"
    "Reads one row a session, groups the sessions by k-means on the features, names the groups, "
    "and\n"
    "counts sessions and conversions by persona, channel and device type. The same data, options "
    "and\n"
    "seed give the same result on every machine, whatever the order of rows, threads and back end.";

constexpr const char* kExamples =
    "Examples:\n"
    "  covey run sessions.csv -o result\n"
    "  covey run sessions.csv --k 4 -o result --force\n"
    "  covey run shop.parquet --features visits,seconds --channel source --conversion bought -o "
    "out\n"
    "  zcat sessions.csv.gz | covey run - --json -o out | jq .personas";

struct Arguments {
  DataArguments data;
  WorkArguments work;
  driver::SegmentOptions segment;
  std::vector<std::string> k = {"2:10"};
  std::string scaling = "standard";
  std::string start = "kmeans++";
};

int cluster_count(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) {
    throw Error(ErrorKind::kUsage, fmt::format("'{}' is not a number of clusters", text), "--k",
                "give a whole number from 1, a range like 2:10, or a list like 3,4,6");
  }
  return value;
}

// "4", "2:10", or several of these.
std::vector<int> cluster_counts(const std::vector<std::string>& parts) {
  constexpr int kMostModels = 10'000;
  std::vector<int> counts;
  for (const std::string& part : parts) {
    const std::size_t colon = part.find(':');
    const int first = cluster_count(part.substr(0, colon));
    const int last = colon == std::string::npos ? first : cluster_count(part.substr(colon + 1));
    if (last < first || last - first >= kMostModels) {
      throw Error(ErrorKind::kUsage, fmt::format("'{}' is not a range", part), "--k",
                  "give the smaller number first, as in 2:10");
    }
    for (int k = first; k <= last; ++k) counts.push_back(k);
  }
  return counts;
}

void require_at_least(const char* option, int value, int least) {
  if (value >= least) return;
  throw Error(ErrorKind::kUsage, fmt::format("{} is too small", value), option,
              fmt::format("give a whole number from {}", least));
}

driver::SegmentOptions segment_options(const Arguments& arguments) {
  driver::SegmentOptions options = arguments.segment;
  require_at_least("--restarts", options.restarts, 1);
  require_at_least("--max-iterations", options.max_iterations, 1);
  if (!(options.tolerance >= 0)) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is no tolerance", options.tolerance),
                "--tolerance", "give 0 or a positive number");
  }
  require_choice("--scaling", arguments.scaling, {"standard", "min-max", "robust", "none"});
  require_choice("--start", arguments.start, {"kmeans++", "random"});
  options.k = cluster_counts(arguments.k);
  options.scaling = scaling_from_name(arguments.scaling);
  options.start = driver::start_from_name(arguments.start);
  options.backend = arguments.work.backend;
  return options;
}

// A rule for a column that is not read would be a typing error that goes unnoticed.
void refuse_unused_rules(const std::vector<std::string>& bounded, const driver::Mapping& mapping,
                         const std::string& config) {
  std::vector<std::string> columns = mapping.features;
  columns.push_back(mapping.conversion);
  for (const std::string& column : bounded) {
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) continue;
    throw Error(ErrorKind::kUsage,
                fmt::format("[columns.{}] is neither a feature nor the conversion column{}", column,
                            did_you_mean(column, columns)),
                config, "rules are for numeric columns that are read");
  }
}

void run(CLI::App& sub, Arguments& arguments, const CommonOptions& common) {
  auto rules = driver::default_rules();
  const auto bounded = apply_config(sub, arguments.work, rules);
  driver::RunOptions options;
  options.ingest = ingest_options(arguments.data, arguments.work);
  options.ingest.mapping.device_type_optional = sub.count("--device-type") == 0;
  options.segment = segment_options(arguments);
  options.output = output_options(arguments.work);
  refuse_unused_rules(bounded, options.ingest.mapping, arguments.work.config);
  options.ingest.rules = std::move(rules);
  driver::RunResult result;
  {
    ProgressLine progress(!common.quiet);
    options.ingest.progress = progress.callback();
    result = driver::run(options);
  }
  print_result(result, common);
}

void add_segment_options(CLI::App& sub, Arguments& arguments) {
  driver::SegmentOptions& segment = arguments.segment;
  const char* group = "Segmentation";
  sub.add_option("--features", arguments.data.mapping.features,
                 "Columns that describe behaviour: numbers or true/false")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...")
      ->group("Columns")
      ->default_str("clicks,page_views,time_spent,add_to_cart");
  sub.add_option("--k", arguments.k,
                 "Number of personas; of a range or list the best by Calinski-Harabasz")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("N|N:M|N,...")
      ->group(group)
      ->default_str("2:10");
  sub.add_option("--restarts", segment.restarts, "Seeded starts for each k; the best is kept")
      ->type_name("N")
      ->group(group)
      ->capture_default_str();
  sub.add_option("--scaling", arguments.scaling, "How features are made comparable")
      ->type_name("standard|min-max|robust|none")
      ->group(group)
      ->capture_default_str();
  sub.add_option("--log1p", segment.log1p, "Features to take the logarithm ln(1 + x) of first")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...")
      ->group(group);
  sub.add_option("--seed", segment.seed, "Seed of the starts")
      ->type_name("N")
      ->group(group)
      ->capture_default_str();
  sub.add_option("--start", arguments.start, "How starts are drawn")
      ->type_name("kmeans++|random")
      ->group(group)
      ->capture_default_str();
  sub.add_option("--max-iterations", segment.max_iterations, "Limit of iterations of each start")
      ->type_name("N")
      ->group(group)
      ->capture_default_str();
  sub.add_option("--tolerance", segment.tolerance,
                 "Stop when centroids move less than this share of the variance; 0: not at all")
      ->type_name("X")
      ->group(group)
      ->capture_default_str();
}

}  // namespace

CLI::App* add_run(CLI::App& app, CommonOptions& common) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* sub = app.add_subcommand("run", kDescription);
  sub->footer(kExamples);
  add_output_options(*sub, arguments->work);
  add_segment_options(*sub, *arguments);
  add_data_options(*sub, arguments->data);
  add_machine_options(*sub, arguments->work);
  sub->callback([arguments, sub, &common] { run(*sub, *arguments, common); });
  return sub;
}

}  // namespace covey::command
