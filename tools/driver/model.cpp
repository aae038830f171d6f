#include "model.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "covey/error.h"
#include "covey/version.h"

namespace covey::driver {
namespace {

using Json = nlohmann::ordered_json;

std::map<std::string, ColumnRule> used_rules(const IngestOptions& ingest) {
  std::map<std::string, ColumnRule> used;
  const auto take = [&](const std::string& column) {
    const auto rule = ingest.rules.find(column);
    if (rule != ingest.rules.end()) used.insert(*rule);
  };
  for (const std::string& feature : ingest.mapping.features) take(feature);
  take(ingest.mapping.conversion);
  return used;
}

Json rules_json(const std::map<std::string, ColumnRule>& rules) {
  Json json = Json::object();
  for (const auto& [column, rule] : rules) {
    Json& entry = json[column] = Json::object();
    if (rule.min) entry["min"] = *rule.min;
    if (rule.max) entry["max"] = *rule.max;
    entry["integer"] = rule.integer;
  }
  return json;
}

Json grid_json(const Model& model) {
  Json features = Json::array();
  for (int f = 0; f < model.grid.dimensions(); ++f) {
    const std::string& name = model.features[f];
    const GridFeature& feature = model.grid.features[f];
    features.push_back({{"name", name},
                        {"offset", feature.offset},
                        {"scale", feature.scale},
                        {"constant", feature.constant},
                        {"log1p", feature.log1p},
                        {"median", model.medians.at(name)}});
  }
  return {{"p", model.grid.p},
          {"scaling", scaling_name(model.grid.scaling)},
          {"features", std::move(features)}};
}

Json clusters_json(const Model& model) {
  Json clusters = Json::array();
  for (int cluster = 0; cluster < model.k(); ++cluster) {
    Json on_grid = Json::array(), in_units = Json::array();
    for (int f = 0; f < model.centroids.d; ++f) {
      const std::int32_t q = model.centroids.row(cluster)[f];
      on_grid.push_back(q);
      in_units.push_back(model.grid.value(q, f));
    }
    clusters.push_back({{"persona", model.personas[cluster]},
                        {"sessions", model.counts[cluster]},
                        {"centroid_grid", std::move(on_grid)},
                        {"centroid", std::move(in_units)}});
  }
  return clusters;
}

Json pca_json(const Pca& pca) {
  Json loadings = Json::array();
  for (int component = 0; component < pca.components; ++component) {
    const auto first = pca.loadings.begin() + static_cast<std::ptrdiff_t>(component) * pca.d;
    loadings.push_back(std::vector<double>(first, first + pca.d));
  }
  return {{"mean_grid", pca.mean},
          {"loadings", std::move(loadings)},
          {"variance", pca.variance},
          {"variance_ratio", pca.variance_ratio}};
}

}  // namespace

std::string hash_text(const std::array<std::uint64_t, 2>& hash) {
  return fmt::format("{:016x}{:016x}", hash[0], hash[1]);
}

const char* start_name(Start start) { return start == Start::kRandom ? "random" : "kmeans++"; }

Start start_from_name(const std::string& name) {
  if (name == "kmeans++") return Start::kPlusPlus;
  if (name == "random") return Start::kRandom;
  throw Error(ErrorKind::kUsage, fmt::format("there is no start '{}'", name), "",
              "choose kmeans++ or random");
}

const char* stop_name(Stop stop) {
  switch (stop) {
    case Stop::kFixedPoint:
      return "fixed point";
    case Stop::kTolerance:
      return "tolerance";
    case Stop::kLimit:
      break;
  }
  return "iteration limit";
}

Model make_model(const IngestOptions& ingest, const SegmentOptions& options,
                 const Sessions& sessions, const Prepared& prepared,
                 const Segmentation& segmentation, const Profile& profile) {
  Model model;
  model.version = version();
  model.features = sessions.feature_names;
  model.channel_column = ingest.mapping.channel;
  if (!sessions.device_type.empty()) model.device_type_column = ingest.mapping.device_type;
  model.conversion_column = ingest.mapping.conversion;
  model.multiplicity_column = ingest.mapping.multiplicity;
  model.rules = used_rules(ingest);
  model.medians = sessions.medians;
  model.grid = prepared.grid;
  model.centroids = segmentation.model.centroids;
  model.counts = segmentation.model.counts;
  model.inertia = segmentation.model.inertia;
  model.iterations = segmentation.model.iterations;
  model.stop = segmentation.model.stop;
  model.restart = segmentation.model.restart;
  for (const Persona& persona : profile.personas) model.personas.push_back(persona.name);
  model.pca = segmentation.pca;
  model.channels = sessions.channel.names;
  model.device_types = sessions.device_type.names;
  model.seed = options.seed;
  model.restarts = options.restarts;
  model.start = options.start;
  model.max_iterations = options.max_iterations;
  model.tolerance = options.tolerance;
  model.rows = sessions.rows();
  model.weight = prepared.points->weight();
  model.data_hash = sessions.data_hash;
  return model;
}

std::string to_text(const Model& model) {
  Json json;
  json["format"] = "covey model";
  json["format_version"] = kModelFormat;
  json["covey_version"] = model.version;
  json["data"] = {
      {"rows", model.rows}, {"sessions", model.weight}, {"hash", hash_text(model.data_hash)}};
  json["columns"] = {{"features", model.features},
                     {"channel", model.channel_column},
                     {"device_type", model.device_type_column},
                     {"conversion", model.conversion_column},
                     {"multiplicity", model.multiplicity_column}};
  json["rules"] = rules_json(model.rules);
  json["grid"] = grid_json(model);
  json["fit"] = {{"k", model.k()},
                 {"seed", model.seed},
                 {"restarts", model.restarts},
                 {"start", start_name(model.start)},
                 {"max_iterations", model.max_iterations},
                 {"tolerance", model.tolerance},
                 {"restart", model.restart},
                 {"iterations", model.iterations},
                 {"stop", stop_name(model.stop)},
                 {"inertia_grid", to_string(model.inertia)},
                 {"inertia", scaled_inertia(model.inertia, model.grid.p)}};
  json["clusters"] = clusters_json(model);
  json["pca"] = pca_json(model.pca);
  json["categories"] = {{"channel", model.channels}, {"device_type", model.device_types}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace covey::driver
