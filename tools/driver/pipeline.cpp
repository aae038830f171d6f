#include "pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "assignments.h"
#include "covey/error.h"
#include "given_names.h"
#include "manifest.h"
#include "model.h"
#include "money.h"
#include "report/write_report.h"
#include "stage_clock.h"
#include "stages.h"
#include "thread_limit.h"
#include "write.h"

namespace covey::driver {
namespace {

void refuse_too_many_clusters(const SegmentOptions& options, std::int64_t rows) {
  if (options.k.empty()) return;
  const int largest = *std::max_element(options.k.begin(), options.k.end());
  if (largest <= rows) return;
  throw Error(ErrorKind::kUsage,
              fmt::format("{} clusters were asked for, but only {} row{} kept", largest, rows,
                          rows == 1 ? " was" : "s were"),
              "--k", fmt::format("ask for at most {}", rows));
}

Computed compute(const Backend& backend, const Sessions& sessions, const RunOptions& asked,
                 const GivenNames& names, const std::optional<Spend>& spend, StageClock& stage) {
  Computed made;
  made.prepared = stage("prepare", [&] { return prepare(backend, sessions, asked.segment); });
  made.segmentation =
      stage("segment", [&] { return segment(backend, made.prepared, asked.segment); });
  made.profile = stage(
      "profile", [&] { return profile(backend, sessions, made.prepared, made.segmentation); });
  apply_names(names, made.profile);
  made.attribution = stage("attribute", [&] {
    return attribute(sessions, made.prepared, made.segmentation, made.profile, asked.analysis);
  });
  made.money = make_money(sessions, made.profile, made.attribution, asked.analysis, spend);
  made.recommendations = stage("recommend", [&] {
    return recommend(made.segmentation, made.profile, made.attribution, made.money, asked.analysis);
  });
  if (asked.report.wanted) {
    made.map = stage("map", [&] {
      return make_pca_map(sessions, made.prepared, made.segmentation, made.profile);
    });
  }
  return made;
}

void add_parts(std::vector<StageTime>& timings, std::string_view stage,
               const std::vector<PartTime>& parts) {
  for (StageTime& time : timings) {
    if (time.stage == stage) time.parts = parts;
  }
}

}  // namespace

RunResult run(const RunOptions& options) {
  RunBackend backend(options.segment.backend);
  return run(options, backend);
}

RunResult run(const RunOptions& options, RunBackend& backend) {
  RunResult result;
  check_money_options(options.ingest.mapping, options.analysis);
  std::optional<Spend> spend;
  if (!options.analysis.spend.empty()) spend = read_spend(options.analysis.spend);
  const ThreadLimit threads(options.segment.backend.threads);
  const GivenNames names = read_names(options.analysis.names);
  OutputFolder folder(options.output);
  if (options.report.wanted) check_shared_plotly(options.report, folder.name());
  StageClock stage(options.ingest.progress, result.timings);

  const Sessions sessions =
      stage("ingest", [&] { return ingest_or_write_ledger(options.ingest, folder); });
  result.timings.back().parts = sessions.timings;
  refuse_too_many_clusters(options.segment, sessions.rows());
  require_known_channels(options.analysis.paid, sessions.channel);
  const Computed computed = backend.compute([&](const Backend& engine) {
    return compute(engine, sessions, options, names, spend, stage);
  });
  const Prepared& prepared = computed.prepared;
  const Segmentation& segmentation = computed.segmentation;
  result.profile = computed.profile;
  result.attribution = computed.attribution;
  result.recommendations = computed.recommendations;
  result.money = computed.money;

  describe(folder, sessions, prepared, backend, result);
  result.choices = segmentation.choices;
  result.choice = segmentation.choice;
  add_parts(result.timings, "segment", segmentation.timings);
  result.warnings.insert(result.warnings.end(), segmentation.warnings.begin(),
                         segmentation.warnings.end());
  result.warnings.insert(result.warnings.end(), result.attribution.warnings.begin(),
                         result.attribution.warnings.end());
  result.warnings.insert(result.warnings.end(), result.money.warnings.begin(),
                         result.money.warnings.end());

  stage("write", [&] {
    const Model model = make_model(options.ingest, options.segment, sessions, prepared,
                                   segmentation, result.profile);
    const Assignments assignments{&sessions,
                                  &segmentation.labels,
                                  &model.personas,
                                  &segmentation.scores,
                                  prepared.grid.cell(),
                                  options.output.keep_columns};
    write_results(folder, assignments, options.ingest.mapping, result);
    folder.write("model.json", to_text(model));
    result.files.emplace_back("model.json");
    write_ledger(folder, result);
  });
  const nlohmann::ordered_json asked = options_json(options);
  if (options.report.wanted) {
    stage("report", [&] { write_report(folder, options.report, computed.map, asked, result); });
  }
  result.files.emplace_back("run.json");
  result.manifest = manifest_text("run", asked, result);
  folder.write("run.json", result.manifest);
  folder.commit();
  return result;
}

}  // namespace covey::driver
