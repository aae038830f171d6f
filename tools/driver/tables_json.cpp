#include "tables_json.h"

#include <cmath>

#include "choose_k.h"

namespace covey::driver {

using Json = nlohmann::ordered_json;

namespace {

Json by_feature(const std::vector<std::string>& names, const std::vector<double>& values) {
  Json object = Json::object();
  for (std::size_t f = 0; f < values.size(); ++f) object[names[f]] = values[f];
  return object;
}

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

}  // namespace

Json rate_json(const Rate& rate) {
  if (rate.trials == 0) return nullptr;
  return {{"conversions", rate.successes},
          {"sessions", rate.trials},
          {"rate", rate.value},
          {"low", rate.low},
          {"high", rate.high}};
}

Json personas_json(const std::vector<std::string>& feature_names, const Profile& profile) {
  Json rows = Json::array();
  for (const Persona& persona : profile.personas) {
    rows.push_back({{"cluster", persona.cluster},
                    {"persona", persona.name},
                    {"sessions", persona.sessions},
                    {"share", persona.share},
                    {"mean", by_feature(feature_names, persona.mean)},
                    {"z", by_feature(feature_names, persona.z)},
                    {"conversion", rate_json(persona.conversion)},
                    {"reason", persona.reason}});
  }
  return rows;
}

Json groups_json(const char* key, const std::vector<std::string>& feature_names,
                 const std::vector<Group>& groups) {
  Json rows = Json::array();
  for (const Group& group : groups) {
    rows.push_back({{key, group.name},
                    {"sessions", group.sessions},
                    {"share", group.share},
                    {"conversion", rate_json(group.conversion)},
                    {"mean", by_feature(feature_names, group.mean)}});
  }
  return rows;
}

Json channel_personas_json(const std::vector<Cell>& cells) {
  Json rows = Json::array();
  for (const Cell& cell : cells) {
    rows.push_back({{"channel", cell.channel},
                    {"cluster", cell.cluster},
                    {"persona", cell.persona},
                    {"sessions", cell.sessions},
                    {"share", cell.share},
                    {"residual", cell.residual}});
  }
  return rows;
}

Json k_choices_json(const std::vector<KChoice>& choices) {
  Json rows = Json::array();
  for (const KChoice& choice : choices) {
    rows.push_back({{"k", choice.k},
                    {"inertia", choice.inertia},
                    {"calinski_harabasz", finite_or_null(choice.calinski_harabasz)},
                    {"davies_bouldin", finite_or_null(choice.davies_bouldin)},
                    {"silhouette", choice.silhouette},
                    {"persona_silhouette", choice.persona_silhouette},
                    {"gap", or_null(choice.gap)},
                    {"gap_error", choice.gap ? Json(choice.gap_error) : Json()},
                    {"gain", or_null(choice.gain)},
                    {"gain_error", choice.gain ? Json(choice.gain_error) : Json()},
                    {"least_jaccard", or_null(least_jaccard(choice))},
                    {"persona_jaccard", choice.persona_jaccard},
                    {"ari", or_null(choice.ari)},
                    {"iterations", choice.iterations},
                    {"chosen", choice.chosen},
                    {"verdict", choice.verdict}});
  }
  return rows;
}

Json choice_json(const ChoiceOfK& choice) {
  const bool tested = choice.references > 0;
  return {{"k", choice.k},
          {"structure", structure_name(choice.structure)},
          {"as_good", choice.as_good},
          {"sentence", choice.sentence},
          {"gap_of_one", tested ? Json(choice.gap_of_one) : Json()},
          {"gap_of_one_error", tested ? Json(choice.gap_of_one_error) : Json()},
          {"sample_sessions", choice.sample_sessions},
          {"sample_points", choice.sample_points},
          {"references", choice.references},
          {"bootstraps", choice.bootstraps}};
}

}  // namespace covey::driver
