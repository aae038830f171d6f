// `covey score`: the pipeline with a saved model in the place of the fit.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "covey/error.h"
#include "manifest.h"
#include "model.h"
#include "pipeline.h"
#include "stage_clock.h"
#include "stages.h"
#include "thread_limit.h"
#include "write.h"

namespace covey::driver {
namespace {

IngestOptions completed(const ScoreOptions& options, const Model& model) {
  IngestOptions ingest = options.ingest;
  Mapping& mapping = ingest.mapping;
  const auto complete = [](std::string& name, const std::string& of_model) {
    if (name.empty()) name = of_model;
  };
  mapping.features = model.features;
  complete(mapping.channel, model.channel_column);
  complete(mapping.device_type, model.device_type_column);
  complete(mapping.conversion, model.conversion_column);
  complete(mapping.multiplicity, model.multiplicity_column);
  complete(mapping.id, "auto");
  std::map<std::string, ColumnRule> rules = model.rules;
  for (const auto& [column, rule] : options.ingest.rules) {
    const auto& features = mapping.features;
    const bool is_read = column == mapping.conversion ||
                         std::find(features.begin(), features.end(), column) != features.end();
    if (!is_read) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("there are bounds for '{}', which is neither a feature of the model "
                              "nor the conversion column",
                              column),
                  options.model, fmt::format("the features are {}", fmt::join(features, ", ")));
    }
    ColumnRule& merged = rules[column];
    if (rule.min) merged.min = rule.min;
    if (rule.max) merged.max = rule.max;
    merged.integer = merged.integer || rule.integer;
  }
  ingest.rules = std::move(rules);
  ingest.medians = model.medians;
  ingest.need_all_columns = false;
  return ingest;
}

Prepared load(const Backend& backend, const Sessions& sessions, const Model& model) {
  const Columns columns = columns_of(sessions);
  std::vector<bool> log1p;
  for (const GridFeature& feature : model.grid.features) log1p.push_back(feature.log1p);
  Prepared prepared;
  prepared.summary = summary_of(backend, sessions, Scaling::kNone, log1p);
  prepared.grid = model.grid;
  prepared.original = original_summary(backend, columns, prepared.summary, prepared.grid);
  prepared.points = backend.load({&columns, 1}, model.grid, {});
  const auto saturated = prepared.points->saturated();
  for (std::size_t f = 0; f < model.features.size(); ++f) {
    if (saturated[f] == 0) continue;
    prepared.warnings.push_back(
        fmt::format("feature '{}': {} sessions lie beyond the model's grid and count as its edge",
                    model.features[f], saturated[f]));
  }
  return prepared;
}

Segmentation label(Prepared& prepared, const Model& model) {
  Segmentation result;
  result.model.centroids = model.centroids;
  result.labels = predict(*prepared.points, model.centroids, true);
  result.model.counts = result.labels.counts;
  result.model.inertia = result.labels.inertia;
  result.pca = model.pca;
  if (model.pca.components > 0) result.scores = project(*prepared.points, model.pca);
  return result;
}

// The profile of the new sessions under the names that the model gave.
Profile profile_of_known(const Backend& backend, const Sessions& sessions, const Prepared& prepared,
                         const Segmentation& segmentation, const Model& model) {
  Profile result = profile(backend, sessions, prepared, segmentation);
  for (Persona& persona : result.personas) {
    persona.name = model.personas[persona.cluster];
    persona.reason = "as the model names it";
  }
  return result;
}

Computed compute(const Backend& backend, const Sessions& sessions, const Model& model,
                 const AnalysisOptions& analysis, StageClock& stage) {
  Computed made;
  made.prepared = stage("prepare", [&] { return load(backend, sessions, model); });
  made.segmentation = stage("label", [&] { return label(made.prepared, model); });
  made.profile = stage("profile", [&] {
    return profile_of_known(backend, sessions, made.prepared, made.segmentation, model);
  });
  made.attribution = stage("attribute", [&] {
    return attribute(sessions, made.prepared, made.segmentation, made.profile, analysis);
  });
  return made;
}

void add_unknown(const Category& category, const std::vector<std::string>& known,
                 const std::string& column, const Sessions& sessions,
                 std::vector<UnknownCategory>& unknown) {
  if (category.empty() || known.empty()) return;
  std::vector<std::int64_t> counts(category.names.size(), 0);
  for (std::size_t row = 0; row < category.code.size(); ++row) {
    counts[category.code[row]] += sessions.weight_of(row);
  }
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const std::string& name = category.names[c];
    const bool seen = std::find(known.begin(), known.end(), name) != known.end();
    if (!seen && counts[c] > 0 && name != kMissingCategory) {
      unknown.push_back({column, name, counts[c]});
    }
  }
}

void warn_of_unknown(RunResult& result) {
  constexpr std::size_t kNamed = 5;
  for (std::size_t i = 0; i < std::min(kNamed, result.unknown.size()); ++i) {
    const UnknownCategory& category = result.unknown[i];
    result.warnings.push_back(fmt::format("{} '{}' was not in the data of the model: {} session{}",
                                          category.column, category.name, category.sessions,
                                          category.sessions == 1 ? "" : "s"));
  }
  if (result.unknown.size() > kNamed) {
    result.warnings.push_back(fmt::format("{} further unknown categories are in quality.json",
                                          result.unknown.size() - kNamed));
  }
}

}  // namespace

RunResult score(const ScoreOptions& options) {
  RunResult result;
  const Model model = read_model(options.model);
  const IngestOptions ingest = completed(options, model);
  const ThreadLimit threads(options.backend.threads);
  RunBackend backend(options.backend);
  OutputFolder folder(options.output);
  StageClock stage(ingest.progress, result.timings);

  const Sessions sessions = stage("ingest", [&] { return ingest_or_write_ledger(ingest, folder); });
  result.timings.back().parts = sessions.timings;
  const Computed computed = backend.compute([&](const Backend& engine) {
    return compute(engine, sessions, model, options.analysis, stage);
  });
  const Prepared& prepared = computed.prepared;
  const Segmentation& segmentation = computed.segmentation;
  result.profile = computed.profile;
  result.attribution = computed.attribution;

  describe(folder, sessions, prepared, backend, result);
  result.warnings.insert(result.warnings.end(), result.attribution.warnings.begin(),
                         result.attribution.warnings.end());
  add_unknown(sessions.channel, model.channels, ingest.mapping.channel, sessions, result.unknown);
  add_unknown(sessions.device_type, model.device_types, ingest.mapping.device_type, sessions,
              result.unknown);
  warn_of_unknown(result);

  stage("write", [&] {
    const Assignments assignments{&sessions,         &segmentation.labels,
                                  &model.personas,   &segmentation.scores,
                                  model.grid.cell(), options.output.keep_columns};
    write_results(folder, assignments, ingest.mapping, result);
    write_ledger(folder, result);
  });
  result.files.emplace_back("run.json");
  result.manifest = manifest_text("score", options_json(options, ingest), result);
  folder.write("run.json", result.manifest);
  folder.commit();
  return result;
}

}  // namespace covey::driver
