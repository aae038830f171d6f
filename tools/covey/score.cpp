// covey score: new sessions labelled with a saved model.
#include <memory>

#include "covey/error.h"
#include "margin.h"
#include "options.h"
#include "pipeline.h"
#include "progress.h"
#include "report.h"

namespace covey::command {
namespace {

constexpr const char* kDescription =
    "Label new sessions with the personas of an earlier run, without refitting\n"
    "\n"
    "The model's features must be there; channel, device type and conversion may be absent. "
    "Column\n"
    "names and bounds are those of the model unless given here. On the data that the model was\n"
    "fitted on, labels are those of the fit.";

constexpr const char* kExamples =
    "Examples:\n"
    "  covey score result new.csv -o scored\n"
    "  covey score result/model.json may.parquet june.parquet --on-missing impute -o scored";

struct Arguments {
  DataArguments data;
  WorkArguments work;
  std::string model;
  std::string margin = "1pp";
};

void score(CLI::App& sub, Arguments& arguments, const CommonOptions& common) {
  driver::ScoreOptions options;
  std::map<std::string, driver::ColumnRule> rules;
  apply_config(sub, arguments.work, rules);
  if (arguments.model.empty()) {
    throw Error(ErrorKind::kUsage, "no model is named", "",
                "give the model.json of an earlier run, or its folder");
  }
  options.model = arguments.model;
  options.ingest = ingest_options(arguments.data, arguments.work);
  options.ingest.rules = rules;
  options.backend = backend_options(arguments.work);
  options.analysis.margin = margin_from_text(arguments.margin);
  options.output = output_options(arguments.work);
  driver::RunResult result;
  {
    ProgressLine progress(!common.quiet);
    options.ingest.progress = progress.callback();
    result = driver::score(options);
  }
  print_result(result, common);
}

}  // namespace

CLI::App* add_score(CLI::App& app, CommonOptions& common) {
  const auto arguments = std::make_shared<Arguments>();
  driver::Mapping& mapping = arguments->data.mapping;
  for (auto* name : {&mapping.channel, &mapping.device_type, &mapping.conversion, &mapping.id}) {
    name->clear();
  }
  CLI::App* sub = app.add_subcommand("score", kDescription);
  sub->footer(kExamples);
  sub->add_option("MODEL", arguments->model, "model.json of an earlier run, or its folder")
      ->type_name("");
  add_output_options(*sub, arguments->work);
  add_config_option(*sub, arguments->work);
  add_data_options(*sub, arguments->data);
  add_margin_option(*sub, arguments->margin);
  add_machine_options(*sub, arguments->work);
  sub->callback([arguments, sub, &common] { score(*sub, *arguments, common); });
  return sub;
}

}  // namespace covey::command
