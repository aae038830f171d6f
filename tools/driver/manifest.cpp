#include "manifest.h"

#include <sys/resource.h>
#include <nlohmann/json.hpp>

#include "covey/version.h"
#include "model.h"
#include "money_tables.h"
#include "recommendations_text.h"
#include "tables_json.h"
#include "versions.h"

namespace covey::driver {
namespace {

using Json = nlohmann::ordered_json;

const char* policy_name(Policy policy) {
  switch (policy) {
    case Policy::kFail:
      return "fail";
    case Policy::kImpute:
      return "impute";
    case Policy::kDrop:
      break;
  }
  return "drop";
}

Json ingest_json(const IngestOptions& options) {
  const Mapping& mapping = options.mapping;
  Json rules = Json::object();
  for (const auto& [column, rule] : options.rules) {
    Json& entry = rules[column] = Json::object();
    if (rule.min) entry["min"] = *rule.min;
    if (rule.max) entry["max"] = *rule.max;
    if (rule.integer) entry["integer"] = true;
  }
  return {{"files", options.files},
          {"features", mapping.features},
          {"channel", mapping.channel},
          {"device_type", mapping.device_type},
          {"conversion", mapping.conversion},
          {"id", mapping.id},
          {"multiplicity", mapping.multiplicity},
          {"columns", std::move(rules)},
          {"on_missing", policy_name(options.on_missing)},
          {"on_invalid", policy_name(options.on_invalid)},
          {"on_ragged", policy_name(options.on_ragged)},
          {"max_reject_rate", options.max_reject_rate},
          {"delimiter", options.delimiter == 0 ? "auto" : std::string(1, options.delimiter)}};
}

void add_backend(Json& json, const BackendOptions& backend) {
  json["backend"] = backend.name;
  json["threads"] = backend.threads;
  json["gpus"] = backend.gpus;
  json["gpu_memory"] = backend.gpu_memory;
}

void add_output(Json& json, const OutputOptions& output) {
  json["output"] = output.folder;
  json["force"] = output.force;
  json["keep_columns"] = output.keep_columns;
}

// Linux counts in KiB.
std::int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

Json versions_json() {
  Json versions = {{"covey", std::string(version())}};
  for (const auto& [name, text] : library_versions()) versions[name] = text;
  return versions;
}

Json timings_json(const std::vector<StageTime>& timings) {
  Json stages = Json::array();
  double total = 0;
  for (const StageTime& time : timings) {
    Json stage = {{"stage", time.stage}, {"seconds", time.seconds}};
    for (const PartTime& part : time.parts) {
      stage["parts"].push_back({{"part", part.part}, {"seconds", part.seconds}});
    }
    stages.push_back(std::move(stage));
    total += time.seconds;
  }
  return {{"stages", std::move(stages)}, {"total_seconds", total}};
}

}  // namespace

Json options_json(const RunOptions& options) {
  const SegmentOptions& segment = options.segment;
  Json json = ingest_json(options.ingest);
  json["k"] = segment.k;
  json["restarts"] = segment.restarts;
  json["scaling"] = scaling_name(segment.scaling);
  json["log1p"] = segment.log1p;
  json["start"] = start_name(segment.start);
  json["paid"] = options.analysis.paid;
  json["seed"] = segment.seed;
  json["max_iterations"] = segment.max_iterations;
  json["tolerance"] = segment.tolerance;
  json["spend"] = options.analysis.spend;
  json["revenue"] = options.ingest.mapping.revenue;
  json["value"] = options.analysis.value ? Json(*options.analysis.value) : Json();
  json["margin"] = options.analysis.margin;
  json["names"] = options.analysis.names;
  json["evidence"] = segment.evidence;
  json["report"] = options.report.wanted;
  json["shared_plotly"] = options.report.shared_plotly;
  add_backend(json, segment.backend);
  add_output(json, options.output);
  return json;
}

Json options_json(const ScoreOptions& options, const IngestOptions& ingest) {
  Json json = ingest_json(ingest);
  json["model"] = options.model;
  json["margin"] = options.analysis.margin;
  add_backend(json, options.backend);
  add_output(json, options.output);
  return json;
}

std::string manifest_text(const char* command, const Json& options, const RunResult& result) {
  const auto& features = result.feature_names;
  const Attribution& attribution = result.attribution;
  Json json;
  json["format"] = "covey run";
  json["format_version"] = 1;
  json["command"] = command;
  json["versions"] = versions_json();
  json["options"] = options;
  json["backend"] = {
      {"name", result.backend}, {"device", result.device}, {"note", result.backend_note}};
  json["timings"] = timings_json(result.timings);
  json["peak_memory_bytes"] = peak_memory_bytes();
  json["rows"] = {{"read", result.ledger.rows_read},
                  {"kept", result.ledger.rows_kept},
                  {"duplicates", result.ledger.duplicate_rows},
                  {"distinct_points", result.distinct_points}};
  json["sessions"] = result.sessions;
  json["data_hash"] = result.data_hash;
  json["conversion"] = rate_json(result.profile.conversion);
  if (!result.choices.empty()) {
    json["k"] = k_choices_json(result.choices);
    json["choice"] = choice_json(result.choice);
  }
  json["features"] = features_json(features, result.profile);
  json["personas"] = personas_json(features, result.profile);
  json["channels"] = groups_json("channel", features, attribution.channels);
  json["devices"] = groups_json("device_type", features, attribution.devices);
  json["channel_personas"] = channel_personas_json(attribution.channel_personas);
  if (result.money.given) json["money"] = money_json(result.money, result.profile);
  json["tests"] = tests_json(attribution.findings);
  if (!result.choices.empty()) {
    json["recommendations"] = recommendations_json(result.recommendations);
  }
  json["warnings"] = result.warnings;
  json["folder"] = result.folder;
  json["files"] = result.files;
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace covey::driver
