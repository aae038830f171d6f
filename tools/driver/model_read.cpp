// Reading model.json: nothing in the file is trusted.
#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "covey/error.h"
#include "covey/points.h"
#include "model.h"

namespace covey::driver {
namespace {

using Json = nlohmann::json;

// A JSON value, with the way to it for messages.
class Node {
 public:
  Node(const Json& json, std::string file, std::string path)
      : json_(json), file_(std::move(file)), path_(std::move(path)) {}

  [[noreturn]] void refuse(const std::string& problem) const {
    throw Error(ErrorKind::kData, "not a covey model: " + problem, file_,
                "give the model.json that covey run wrote, or its folder");
  }

  [[noreturn]] void refuse_here(const std::string& problem) const {
    refuse(here() + " " + problem);
  }

  Node operator[](const std::string& key) const {
    if (!json_.is_object()) refuse_here("is not an object");
    const auto value = json_.find(key);
    if (value == json_.end()) refuse(fmt::format("{} is missing", join(key)));
    return {*value, file_, join(key)};
  }

  std::vector<Node> items() const {
    if (!json_.is_array()) refuse_here("is not an array");
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < json_.size(); ++i) {
      nodes.emplace_back(json_[i], file_, fmt::format("{}[{}]", path_, i));
    }
    return nodes;
  }

  std::string text() const {
    if (!json_.is_string()) refuse_here("is not a text");
    return json_.get<std::string>();
  }

  bool flag() const {
    if (!json_.is_boolean()) refuse_here("is neither true nor false");
    return json_.get<bool>();
  }

  double number() const {
    if (!json_.is_number()) refuse_here("is not a number");
    return json_.get<double>();
  }

  std::int64_t integer(std::int64_t low, std::int64_t high) const {
    const bool fits = json_.is_number_integer() &&
                      !(json_.is_number_unsigned() && json_.get<std::uint64_t>() > INT64_MAX);
    const std::int64_t value = fits ? json_.get<std::int64_t>() : 0;
    if (!fits || value < low || value > high) {
      refuse_here(fmt::format("is not a whole number from {} to {}", low, high));
    }
    return value;
  }

  std::uint64_t seed() const {
    if (!json_.is_number_unsigned()) refuse_here("is not a seed");
    return json_.get<std::uint64_t>();
  }

  const Json& json() const { return json_; }
  bool has(const std::string& key) const { return json_.contains(key); }

 private:
  std::string here() const { return path_.empty() ? "the whole" : path_; }
  std::string join(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }

  const Json& json_;
  std::string file_, path_;
};

std::vector<std::string> texts(const Node& node) {
  std::vector<std::string> values;
  for (const Node& item : node.items()) values.push_back(item.text());
  return values;
}

std::vector<double> numbers(const Node& node, std::size_t count) {
  std::vector<double> values;
  for (const Node& item : node.items()) values.push_back(item.number());
  if (values.size() != count) node.refuse_here(fmt::format("has not {} numbers", count));
  return values;
}

Int128 wide_integer(const Node& node) {
  const std::string text = node.text();
  Int128 value = 0;
  if (text.empty() || text.size() > 38) node.refuse("the inertia is not a number");
  for (const char digit : text) {
    if (digit < '0' || digit > '9') node.refuse("the inertia is not a number");
    value = value * 10 + (digit - '0');
  }
  return value;
}

std::array<std::uint64_t, 2> hash_words(const Node& node) {
  const std::string text = node.text();
  if (text.size() != 32 || text.find_first_not_of("0123456789abcdef") != std::string::npos) {
    node.refuse("the data hash has not 32 hexadecimal digits");
  }
  return {std::stoull(text.substr(0, 16), nullptr, 16), std::stoull(text.substr(16), nullptr, 16)};
}

void read_columns(const Node& root, Model& model) {
  const Node columns = root["columns"];
  model.features = texts(columns["features"]);
  const std::set<std::string> distinct(model.features.begin(), model.features.end());
  if (model.features.empty() || model.features.size() > kMaxDimensions) {
    columns.refuse(fmt::format("it has {} features", model.features.size()));
  }
  if (distinct.size() != model.features.size()) columns.refuse("a feature is named twice");
  model.channel_column = columns["channel"].text();
  model.device_type_column = columns["device_type"].text();
  model.conversion_column = columns["conversion"].text();
  model.multiplicity_column = columns["multiplicity"].text();

  const Node rules = root["rules"];
  if (!rules.json().is_object()) rules.refuse("rules is not an object");
  for (const auto& entry : rules.json().items()) {
    const Node node = rules[entry.key()];
    ColumnRule& rule = model.rules[entry.key()];
    if (node.has("min")) rule.min = node["min"].number();
    if (node.has("max")) rule.max = node["max"].number();
    rule.integer = node["integer"].flag();
  }
}

void read_grid(const Node& node, Model& model) {
  model.grid.p = static_cast<int>(node["p"].integer(-1000, 1000));
  try {
    model.grid.scaling = scaling_from_name(node["scaling"].text());
  } catch (const Error& error) {
    node.refuse(error.problem());
  }
  const std::vector<Node> features = node["features"].items();
  if (features.size() != model.features.size()) {
    node.refuse(fmt::format("the grid has {} features, columns.features {}", features.size(),
                            model.features.size()));
  }
  for (std::size_t f = 0; f < features.size(); ++f) {
    const Node& entry = features[f];
    if (entry["name"].text() != model.features[f]) {
      entry.refuse(fmt::format("grid.features[{}] is not '{}'", f, model.features[f]));
    }
    GridFeature feature;
    feature.offset = entry["offset"].number();
    feature.scale = entry["scale"].number();
    feature.constant = entry["constant"].flag();
    feature.log1p = entry["log1p"].flag();
    if (!std::isfinite(feature.offset) || !std::isfinite(feature.scale) ||
        !(feature.scale > 0 || feature.constant)) {
      entry.refuse(fmt::format("grid.features[{}] has no usable offset and scale", f));
    }
    model.grid.features.push_back(feature);
    model.medians[model.features[f]] = entry["median"].number();
  }
}

void read_fit(const Node& node, Model& model) {
  model.centroids.k = static_cast<int>(node["k"].integer(1, INT32_MAX));
  model.seed = node["seed"].seed();
  model.restarts = static_cast<int>(node["restarts"].integer(1, INT32_MAX));
  model.restart = static_cast<int>(node["restart"].integer(0, model.restarts - 1));
  model.max_iterations = static_cast<int>(node["max_iterations"].integer(0, INT32_MAX));
  model.tolerance = node["tolerance"].number();
  model.iterations = static_cast<int>(node["iterations"].integer(0, INT32_MAX));
  model.inertia = wide_integer(node["inertia_grid"]);
  const std::string start = node["start"].text(), stop = node["stop"].text();
  if (start != start_name(Start::kPlusPlus) && start != start_name(Start::kRandom)) {
    node.refuse(fmt::format("there is no start '{}'", start));
  }
  model.start = start_from_name(start);
  bool known = false;
  for (const Stop candidate : {Stop::kFixedPoint, Stop::kTolerance, Stop::kLimit}) {
    if (stop != stop_name(candidate)) continue;
    model.stop = candidate;
    known = true;
  }
  if (!known) node.refuse(fmt::format("there is no stop '{}'", stop));
}

void read_clusters(const Node& node, Model& model) {
  const std::vector<Node> clusters = node.items();
  if (clusters.size() != static_cast<std::size_t>(model.k())) {
    node.refuse(fmt::format("it has {} clusters, but fit.k is {}", clusters.size(), model.k()));
  }
  model.centroids.d = static_cast<int>(model.features.size());
  for (std::size_t cluster = 0; cluster < clusters.size(); ++cluster) {
    const std::vector<Node> centroid = clusters[cluster]["centroid_grid"].items();
    if (centroid.size() != model.features.size()) {
      node.refuse(fmt::format("centroid {} has {} coordinates for {} features", cluster,
                              centroid.size(), model.features.size()));
    }
    for (const Node& q : centroid) {
      model.centroids.q.push_back(static_cast<std::int32_t>(q.integer(-kGridLimit, kGridLimit)));
    }
    model.personas.push_back(clusters[cluster]["persona"].text());
    model.counts.push_back(clusters[cluster]["sessions"].integer(0, 1LL << 32));
  }
}

void read_pca(const Node& node, Model& model) {
  Pca& pca = model.pca;
  const std::vector<Node> loadings = node["loadings"].items();
  pca.d = static_cast<int>(model.features.size());
  pca.components = static_cast<int>(loadings.size());
  pca.p = model.grid.p;
  if (pca.components > 2 || pca.components > pca.d) node.refuse("pca has too many components");
  pca.mean = numbers(node["mean_grid"], pca.components == 0 ? 0 : model.features.size());
  for (const Node& row : loadings) {
    const std::vector<double> values = numbers(row, model.features.size());
    pca.loadings.insert(pca.loadings.end(), values.begin(), values.end());
  }
  pca.variance = numbers(node["variance"], loadings.size());
  pca.variance_ratio = numbers(node["variance_ratio"], loadings.size());
}

}  // namespace

Model model_from_text(const std::string& text, const std::string& where) {
  const Json json = Json::parse(text, nullptr, false);
  const Node root(json, where, "");
  if (json.is_discarded()) root.refuse("it is not JSON");
  if (!json.is_object() || !json.contains("format") || json["format"] != "covey model") {
    root.refuse("\"format\" is not \"covey model\"");
  }
  const std::int64_t format = root["format_version"].integer(0, INT32_MAX);
  if (format != kModelFormat) {
    root.refuse(fmt::format("it has format version {}, and this covey reads version {}", format,
                            kModelFormat));
  }
  Model model;
  model.version = root["covey_version"].text();
  model.rows = root["data"]["rows"].integer(1, INT64_MAX);
  model.weight = root["data"]["sessions"].integer(1, 1LL << 32);
  model.data_hash = hash_words(root["data"]["hash"]);
  read_columns(root, model);
  read_grid(root["grid"], model);
  read_fit(root["fit"], model);
  read_clusters(root["clusters"], model);
  read_pca(root["pca"], model);
  model.channels = texts(root["categories"]["channel"]);
  model.device_types = texts(root["categories"]["device_type"]);
  return model;
}

Model read_model(const std::string& path) {
  std::filesystem::path file = path;
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) file /= "model.json";
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream.is_open() || stream.bad()) {
    throw Error(ErrorKind::kIo, "cannot be read: " + std::generic_category().message(errno),
                file.string(), "give the model.json that covey run wrote, or its folder");
  }
  return model_from_text(text, file.string());
}

}  // namespace covey::driver
