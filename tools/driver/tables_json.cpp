#include "tables_json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "choose_k.h"

namespace covey::driver {

using Json = nlohmann::ordered_json;

namespace {

Json by_feature(const std::vector<std::string>& names, const std::vector<double>& values) {
  Json object = Json::object();
  for (std::size_t f = 0; f < values.size(); ++f) object[names[f]] = values[f];
  return object;
}

Json interval_json(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return {{"value", number_json(interval->value)},
          {"low", number_json(interval->low)},
          {"high", number_json(interval->high)}};
}

Json association_json(const std::optional<Association>& association) {
  if (!association) return nullptr;
  return {{"rows", association->rows},
          {"columns", association->columns},
          {"statistic", number_json(association->statistic)},
          {"degrees", association->degrees},
          {"p", association->p},
          {"simulated", association->simulated},
          {"sparse_cells", association->sparse_cells},
          {"cramers_v", interval_json(association->cramers_v)},
          {"differs", association->differs}};
}

Json names_of(const std::vector<std::string>& names, const std::vector<int>& features) {
  Json array = Json::array();
  for (const int f : features) array.push_back(names[static_cast<std::size_t>(f)]);
  return array;
}

Json rule_json(const DecisionRule& rule) {
  if (rule.text.empty()) return nullptr;
  return {{"text", rule.text},
          {"precision", rule.precision},
          {"recall", rule.recall},
          {"equals", rule.equals}};
}

}  // namespace

Json number_json(const std::optional<double>& number) {
  return number && std::isfinite(*number) ? Json(*number) : Json();
}

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
                    {"reason", persona.reason},
                    {"median", by_feature(feature_names, persona.median)},
                    {"difference", by_feature(feature_names, persona.difference)},
                    {"defining", names_of(feature_names, persona.defining)},
                    {"rule", rule_json(persona.rule)}});
  }
  return rows;
}

Json features_json(const std::vector<std::string>& feature_names, const Profile& profile) {
  Json rows = Json::array();
  for (std::size_t f = 0; f < feature_names.size(); ++f) {
    rows.push_back({{"feature", feature_names[f]},
                    {"mean", profile.overall_mean[f]},
                    {"standard_deviation", profile.overall_sd[f]},
                    {"eta_squared", profile.eta_squared[f]}});
  }
  return rows;
}

Json groups_json(const char* key, const std::vector<std::string>& feature_names,
                 const std::vector<Group>& groups) {
  Json rows = Json::array();
  for (const Group& group : groups) {
    Json row = {{key, group.name},
                {"sessions", group.sessions},
                {"share", group.share},
                {"conversion", rate_json(group.conversion)},
                {"mean", by_feature(feature_names, group.mean)},
                {"difference", interval_json(group.difference)},
                {"lift", number_json(group.lift)}};
    if (std::string_view(key) == "channel") {
      row["rate_by_device"] = interval_json(group.by_device);
      row["rate_by_persona"] = interval_json(group.by_persona);
      row["rate_by_both"] = interval_json(group.by_both);
    }
    rows.push_back(std::move(row));
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

Json tests_json(const Findings& findings) {
  Json rows = Json::array();
  for (const TestRow& row : findings.rows) {
    rows.push_back({{"family", row.family},
                    {"test", row.test},
                    {"subject", row.subject},
                    {"against", row.against},
                    {"statistic", number_json(row.statistic)},
                    {"degrees", number_json(row.degrees)},
                    {"degrees_within", number_json(row.degrees_within)},
                    {"p", number_json(row.p)},
                    {"p_adjusted", number_json(row.p_adjusted)},
                    {"effect", row.effect},
                    {"effect_size", interval_json(row.size)},
                    {"verdict", row.verdict}});
  }
  return {{"margin", findings.margin},
          {"channel_conversion", association_json(findings.channel_conversion)},
          {"device_conversion", association_json(findings.device_conversion)},
          {"channel_persona", association_json(findings.channel_persona)},
          {"merged_channels", findings.merged_channels},
          {"merged_devices", findings.merged_devices},
          {"rows", std::move(rows)}};
}

Json k_choices_json(const std::vector<KChoice>& choices) {
  Json rows = Json::array();
  for (const KChoice& choice : choices) {
    rows.push_back({{"k", choice.k},
                    {"inertia", choice.inertia},
                    {"calinski_harabasz", number_json(choice.calinski_harabasz)},
                    {"davies_bouldin", number_json(choice.davies_bouldin)},
                    {"silhouette", choice.silhouette},
                    {"persona_silhouette", choice.persona_silhouette},
                    {"gap", number_json(choice.gap)},
                    {"gap_error", choice.gap ? Json(choice.gap_error) : Json()},
                    {"gain", number_json(choice.gain)},
                    {"gain_error", choice.gain ? Json(choice.gain_error) : Json()},
                    {"wilks_gain", number_json(choice.wilks_gain)},
                    {"wilks_error", choice.wilks_gain ? Json(choice.wilks_error) : Json()},
                    {"least_jaccard", number_json(least_jaccard(choice))},
                    {"persona_jaccard", choice.persona_jaccard},
                    {"ari", number_json(choice.ari)},
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
