#include "report/chart_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "choose_k.h"
#include "report/html.h"
#include "report/palette.h"
#include "tables_json.h"
#include "text_format.h"
#include "text_table.h"

namespace covey::driver {
namespace {

using Json = nlohmann::ordered_json;

/// The `most` positions of the largest values, rising; of equal values the first.
template <class Value>
std::vector<std::size_t> largest(const std::vector<Value>& values, std::size_t most) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
  order.resize(std::min(order.size(), most));
  std::sort(order.begin(), order.end());
  return order;
}

std::string chart_name(const std::string& name) {
  return cut_text(visible_text(name), kMaxChartName);
}

Json numbers_at(const std::vector<double>& values, const std::vector<std::size_t>& positions) {
  Json array = Json::array();
  for (const std::size_t at : positions) array.push_back(number_json(values[at]));
  return array;
}

template <class Position>
Json names_at(const std::vector<std::string>& names, const std::vector<Position>& positions) {
  Json array = Json::array();
  for (const Position at : positions) {
    array.push_back(chart_name(names[static_cast<std::size_t>(at)]));
  }
  return array;
}

void add_rate(Json& object, const Rate& rate) {
  const bool known = rate.trials > 0;
  object["rate"] = known ? Json(rate.value) : Json();
  object["low"] = known ? Json(rate.low) : Json();
  object["high"] = known ? Json(rate.high) : Json();
}

double number_of(const std::string& text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// What charts show of a result.
class Charts {
 public:
  explicit Charts(const RunResult& result)
      : result_(result),
        shown_personas_(shown_personas(result.profile)),
        shown_features_(shown_features(result.profile)) {
    const auto& personas = result.profile.personas;
    for (std::size_t at = 0; at < shown_personas_.size(); ++at) {
      persona_of_[personas[shown_personas_[at]].cluster] = at;
    }
  }

  Json personas() const {
    Json rows = Json::array();
    for (const std::size_t at : shown_personas_) {
      const Persona& persona = result_.profile.personas[at];
      Json row = {{"cluster", persona.cluster},
                  {"name", chart_name(persona.name)},
                  {"color", hex_text(persona_color(persona.cluster))},
                  {"sessions", persona.sessions},
                  {"share", persona.share},
                  {"mean", numbers_at(persona.mean, shown_features_)},
                  {"z", numbers_at(persona.z, shown_features_)}};
      add_rate(row, persona.conversion);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  Json features() const { return names_at(result_.feature_names, shown_features_); }

  Json overall() const {
    Json object = {{"mean", numbers_at(result_.profile.overall_mean, shown_features_)}};
    add_rate(object, result_.profile.conversion);
    return object;
  }

  Json groups(const std::vector<Group>& groups) const {
    Json rows = Json::array();
    for (std::size_t at = 0; at < std::min(groups.size(), kMaxChartGroups); ++at) {
      const Group& group = groups[at];
      Json row = {
          {"name", chart_name(group.name)}, {"sessions", group.sessions}, {"share", group.share}};
      add_rate(row, group.conversion);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  Json composition() const {
    const auto& channels = result_.attribution.channels;
    std::unordered_map<std::string_view, std::size_t> channel_of;
    for (std::size_t at = 0; at < std::min(channels.size(), kMaxChartGroups); ++at) {
      channel_of.emplace(channels[at].name, at);
    }
    const Json blank(channel_of.size(), Json(shown_personas_.size(), nullptr));
    Json share = blank, residual = blank, sessions = blank;
    for (const Cell& cell : result_.attribution.channel_personas) {
      const auto channel = channel_of.find(cell.channel);
      const auto persona = persona_of_.find(cell.cluster);
      if (channel == channel_of.end() || persona == persona_of_.end()) continue;
      share[channel->second][persona->second] = cell.share;
      residual[channel->second][persona->second] = number_json(cell.residual);
      sessions[channel->second][persona->second] = cell.sessions;
    }
    return {{"share", std::move(share)},
            {"residual", std::move(residual)},
            {"sessions", std::move(sessions)}};
  }

  Json k() const {
    Json rows = Json::array();
    for (const KChoice& choice : result_.choices) {
      rows.push_back({{"k", choice.k},
                      {"chosen", choice.chosen},
                      {"silhouette", number_json(choice.silhouette)},
                      {"davies_bouldin", number_json(choice.davies_bouldin)},
                      {"calinski_harabasz", number_json(choice.calinski_harabasz)},
                      {"gap", number_json(choice.gap)},
                      {"gap_error", choice.gap ? number_json(choice.gap_error) : Json()},
                      {"jaccard", number_json(least_jaccard(choice))},
                      {"ari", number_json(choice.ari)}});
    }
    return rows;
  }

  Json money() const {
    Json rows = Json::array();
    for (const ChannelMoney& channel : result_.money.channels) {
      if (!channel.return_on_spend || rows.size() == kMaxChartGroups) continue;
      const Interval& value = *channel.return_on_spend;
      rows.push_back({{"channel", chart_name(channel.channel)},
                      {"value", number_json(value.value)},
                      {"low", number_json(value.low)},
                      {"high", number_json(value.high)}});
    }
    return rows;
  }

  Json map(const PcaMap& map) const {
    Json axes = Json::array();
    for (std::size_t axis = 0; axis < map.variance_ratio.size(); ++axis) {
      axes.push_back(axis_title(map, axis));
    }
    Json centroids = Json::array();
    for (const std::size_t at : shown_personas_) {
      const int cluster = result_.profile.personas[at].cluster;
      centroids.push_back(map.centroids[static_cast<std::size_t>(cluster)]);
    }
    const auto [planes, plane_max] = planes_of(map);
    return {{"x", {map.histogram.x.low, map.histogram.x.high}},
            {"y", {map.histogram.y.low, map.histogram.y.high}},
            {"axes", std::move(axes)},
            {"planes", planes},
            {"plane_max", plane_max},
            {"centroids", std::move(centroids)},
            {"features", names_at(result_.feature_names, map.point_features)},
            {"points", points(map)}};
  }

 private:
  /// By persona shown, and what they are scaled by; none where there are many personas.
  std::pair<Json, std::int64_t> planes_of(const PcaMap& map) const {
    Json array = Json::array();
    if (result_.profile.personas.size() > kMaxChartPlanes) return {std::move(array), 0};
    const PagePlanes planes = page_planes(map);
    for (const std::size_t at : shown_personas_) {
      const int cluster = result_.profile.personas[at].cluster;
      array.push_back(base64_text(planes.png[static_cast<std::size_t>(cluster)]));
    }
    return {std::move(array), planes.largest};
  }

  /// "PC1: 47.3 % of the variance (page_views, clicks)".
  std::string axis_title(const PcaMap& map, std::size_t axis) const {
    std::string title =
        fmt::format("PC{}: {} of the variance", axis + 1, percent_text(map.variance_ratio[axis]));
    constexpr std::size_t kNamed = 2;
    if (axis >= map.loadings.size() || map.loadings[axis].empty()) return title;
    const auto& loadings = map.loadings[axis];
    for (std::size_t at = 0; at < std::min(loadings.size(), kNamed); ++at) {
      const std::string& name = result_.feature_names[static_cast<std::size_t>(loadings[at].first)];
      title += (at == 0 ? " (" : ", ") + cut_text(visible_text(name), kMaxAxisName);
    }
    return title + ")";
  }

  Json points(const PcaMap& map) const {
    Json clusters = Json::array(), x = Json::array(), y = Json::array();
    Json sessions = Json::array(), values = Json::array();
    for (const MapPoint& point : map.points) {
      if (persona_of_.count(point.cluster) == 0) continue;
      clusters.push_back(point.cluster);
      x.push_back(number_of(fmt::format("{:.4f}", point.x)));
      y.push_back(number_of(fmt::format("{:.4f}", point.y)));
      sessions.push_back(point.sessions);
      Json& row = values.emplace_back(Json::array());
      for (const double value : point.values)
        row.push_back(number_of(fmt::format("{:.4g}", value)));
    }
    return {{"cluster", std::move(clusters)},
            {"x", std::move(x)},
            {"y", std::move(y)},
            {"sessions", std::move(sessions)},
            {"values", std::move(values)}};
  }

  static constexpr int kMaxAxisName = 24;

  const RunResult& result_;
  std::vector<std::size_t> shown_personas_, shown_features_;
  std::unordered_map<int, std::size_t> persona_of_;  ///< cluster: position among those shown
};

}  // namespace

std::vector<std::size_t> shown_personas(const Profile& profile) {
  std::vector<std::int64_t> sessions;
  for (const Persona& persona : profile.personas) sessions.push_back(persona.sessions);
  return largest(sessions, kMaxChartPersonas);
}

std::vector<std::size_t> shown_features(const Profile& profile) {
  return largest(profile.eta_squared, kMaxChartFeatures);
}

Json chart_data(const RunResult& result, const PcaMap* map) {
  const Charts charts(result);
  return {{"personas", charts.personas()},
          {"features", charts.features()},
          {"overall", charts.overall()},
          {"channels", charts.groups(result.attribution.channels)},
          {"devices", charts.groups(result.attribution.devices)},
          {"composition", charts.composition()},
          {"k", charts.k()},
          {"money", charts.money()},
          {"map", map == nullptr ? Json() : charts.map(*map)}};
}

std::string script_json(const Json& data) {
  std::string text;
  for (const char c : data.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace covey::driver
