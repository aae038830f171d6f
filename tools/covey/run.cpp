// covey run: options in, the pipeline called, tables out.
#include <memory>
#include <string_view>

#include "covey/error.h"
#include "margin.h"
#include "options.h"
#include "pipeline.h"
#include "progress.h"
#include "report.h"

namespace covey::command {
namespace {

constexpr const char* kDescription =
    "Find personas in sessions, and what each channel brings of them\n"
    "\n"
    "Reads one row a session, groups the sessions by k-means on the features, says what speaks "
    "for\n"
    "that number of groups, names them, counts sessions and conversions by persona, channel and\n"
    "device type, tests whether they differ, and recommends what follows. The same data, options "
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
  SegmentArguments segment;
  std::string margin = "1pp";
  driver::AnalysisOptions analysis;
  bool no_report = false;
  std::string plotly = "inline";
};

void add_analysis_options(CLI::App& sub, driver::AnalysisOptions& analysis) {
  sub.add_option("--names", analysis.names,
                 "CSV file of names for personas: persona,name (from covey's name) or cluster,name")
      ->type_name("FILE")
      ->group("Analysis");
  sub.add_option("--paid", analysis.paid,
                 "Channels that are paid for; else those with spend, else by name (ads, cpc ...)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...")
      ->group("Analysis");
}

void add_report_options(CLI::App& sub, Arguments& arguments) {
  sub.add_flag("--no-report", arguments.no_report, "Do not make report.html and pca.png")
      ->group("Output");
  sub.add_option(
         "--plotly", arguments.plotly,
         "Where the report has Plotly.js from: inline, in the page (4.8 MB), or link=FILE, a "
         "copy beside it that pages share and that is written where it is missing")
      ->type_name("inline|link=FILE")
      ->capture_default_str()
      ->group("Output");
}

driver::ReportOptions report_options(const Arguments& arguments) {
  constexpr std::string_view kLink = "link=";
  driver::ReportOptions options;
  options.wanted = !arguments.no_report;
  const std::string& plotly = arguments.plotly;
  if (plotly == "inline") return options;
  if (plotly.rfind(kLink, 0) != 0 || plotly.size() == kLink.size()) {
    throw Error(ErrorKind::kUsage, "'" + plotly + "' is no place for Plotly.js", "--plotly",
                "say inline or link=FILE");
  }
  options.shared_plotly = plotly.substr(kLink.size());
  return options;
}

void run(CLI::App& sub, Arguments& arguments, const CommonOptions& common) {
  auto rules = driver::default_rules();
  const auto bounded = apply_config(sub, arguments.work, rules);
  driver::RunOptions options;
  options.ingest = ingest_options(arguments.data, arguments.work);
  options.ingest.mapping.device_type_optional = sub.count("--device-type") == 0;
  options.segment = segment_options(arguments.segment, arguments.work);
  options.analysis = arguments.analysis;
  options.analysis.margin = margin_from_text(arguments.margin);
  options.report = report_options(arguments);
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

}  // namespace

CLI::App* add_run(CLI::App& app, CommonOptions& common) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* sub = app.add_subcommand("run", kDescription);
  sub->footer(kExamples);
  add_output_options(*sub, arguments->work);
  add_report_options(*sub, *arguments);
  add_config_option(*sub, arguments->work);
  add_segment_options(*sub, arguments->segment, arguments->data);
  add_evidence_option(*sub, arguments->segment);
  add_data_options(*sub, arguments->data);
  add_analysis_options(*sub, arguments->analysis);
  add_margin_option(*sub, arguments->margin);
  add_money_options(*sub, arguments->analysis, arguments->data);
  add_machine_options(*sub, arguments->work);
  sub->callback([arguments, sub, &common] { run(*sub, *arguments, common); });
  return sub;
}

}  // namespace covey::command
