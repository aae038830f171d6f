// How sessions are grouped: the options of run and bench that never reach a file's reader.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "covey/error.h"
#include "model.h"
#include "options.h"

namespace covey::command {
namespace {

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

}  // namespace

void add_segment_options(CLI::App& sub, SegmentArguments& arguments, DataArguments& data) {
  driver::SegmentOptions& segment = arguments.segment;
  const char* group = "Segmentation";
  sub.add_option("--features", data.mapping.features,
                 "Columns that describe behaviour: numbers or true/false")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...")
      ->group("Columns")
      ->default_str("clicks,page_views,time_spent,add_to_cart");
  sub.add_option("--k", arguments.k,
                 "Number of personas; of a range or list the one that the evidence speaks for")
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

void add_evidence_option(CLI::App& sub, SegmentArguments& arguments) {
  sub.add_flag("--no-evidence", arguments.no_evidence,
               "Skip gap statistic and bootstrap: whether there are groups is not tested")
      ->group("Segmentation");
}

driver::SegmentOptions segment_options(const SegmentArguments& arguments,
                                       const WorkArguments& work) {
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
  options.evidence = !arguments.no_evidence;
  options.scaling = scaling_from_name(arguments.scaling);
  options.start = driver::start_from_name(arguments.start);
  options.backend = backend_options(work);
  return options;
}

void refuse_unused_rules(const std::vector<std::string>& bounded, const driver::Mapping& mapping,
                         const std::string& config) {
  std::vector<std::string> columns = mapping.features;
  columns.push_back(mapping.conversion);
  columns.push_back(mapping.revenue);
  for (const std::string& column : bounded) {
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) continue;
    throw Error(
        ErrorKind::kUsage,
        fmt::format("[columns.{}] is neither a feature nor the conversion or revenue column{}",
                    column, did_you_mean(column, columns)),
        config, "rules are for numeric columns that are read");
  }
}

}  // namespace covey::command
