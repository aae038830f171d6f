// Stage 4: what the sessions of each cluster have in common, and a name for it.
#include <fmt/format.h>

#include <utility>

#include "decision_rules.h"
#include "effect_sizes.h"
#include "group_medians.h"
#include "group_statistics.h"
#include "names.h"
#include "stages.h"
#include "statistics.h"
#include "text_format.h"

namespace covey::driver {
namespace {

/// Population standard deviation of each feature in original units.
std::vector<double> original_deviations(const Prepared& prepared) {
  const Summary& original = prepared.original;
  std::vector<double> deviations;
  for (std::size_t f = 0; f < original.fixed.size(); ++f) {
    deviations.push_back(
        prepared.grid.features[f].constant
            ? 0.0
            : standard_deviation(original.fixed[f], original.moments[f], original.weight));
  }
  return deviations;
}

/// The centre of a cluster in original units: what stands in for the mean of one without sessions.
std::vector<double> centre_of(const Centroids& centroids, const Grid& grid, int cluster) {
  std::vector<double> centre(static_cast<std::size_t>(centroids.d));
  for (int f = 0; f < centroids.d; ++f) centre[f] = grid.value(centroids.row(cluster)[f], f);
  return centre;
}

/// Says where a persona is one rule in disguise: nearly all its sessions meet it, and nearly no
/// others do.
std::string disguise_text(const DecisionRule& rule) {
  if (!rule.equals) return "";
  const std::string within = rule.recall == 1.0 ? "all" : percent_text(rule.recall);
  const std::string of_those = rule.precision == 1.0 ? "all" : percent_text(rule.precision);
  return fmt::format(
      "; close to the one rule {}: {} of its sessions meet it, and {} of the sessions that meet it "
      "are here",
      rule.text, within, of_those);
}

/// Medians, effect sizes, defining features and rules.
void describe_features(const Sessions& sessions, const Prepared& prepared,
                       const Segmentation& segmentation, const GroupStatistics& groups,
                       Profile& result) {
  const Columns columns = columns_of(sessions);
  const std::vector<std::int32_t>& label = segmentation.labels.label;
  EffectSizes effects = effect_sizes(groups, prepared.original);
  auto medians = group_medians(columns, label, groups.sums.weight);
  const RuleSearch search{columns, label, groups.sums.weight, prepared.points->distinct(),
                          effects.difference};
  std::vector<DecisionRule> rules = decision_rules(search, sessions.feature_names);
  result.eta_squared = std::move(effects.eta_squared);
  for (Persona& persona : result.personas) {
    const auto c = static_cast<std::size_t>(persona.cluster);
    persona.median = persona.sessions > 0 ? std::move(medians[c]) : persona.mean;
    persona.difference = std::move(effects.difference[c]);
    persona.defining = defining_features(persona.difference);
    persona.rule = std::move(rules[c]);
  }
}

}  // namespace

Profile profile(const Backend& backend, const Sessions& sessions, const Prepared& prepared,
                const Segmentation& segmentation) {
  const Centroids& centroids = segmentation.model.centroids;
  const GroupStatistics groups =
      label_statistics(backend, sessions, prepared, segmentation.labels.label, centroids.k);
  Profile result;
  result.sessions = prepared.summary.weight;
  result.overall_mean = groups.overall_mean();
  result.overall_sd = original_deviations(prepared);
  std::int64_t conversions = 0;
  for (const std::int64_t count : groups.conversions) conversions += count;
  if (!groups.conversions.empty()) result.conversion = wilson(conversions, result.sessions);

  for (int cluster = 0; cluster < centroids.k; ++cluster) {
    Persona persona;
    persona.cluster = cluster;
    persona.sessions = groups.sessions(cluster);
    persona.share = static_cast<double>(persona.sessions) / static_cast<double>(result.sessions);
    persona.mean =
        persona.sessions > 0 ? groups.mean(cluster) : centre_of(centroids, prepared.grid, cluster);
    for (std::size_t f = 0; f < persona.mean.size(); ++f) {
      const double deviation = result.overall_sd[f];
      persona.z.push_back(deviation > 0.0 ? (persona.mean[f] - result.overall_mean[f]) / deviation
                                          : 0.0);
    }
    persona.conversion = groups.conversion(cluster);
    result.personas.push_back(std::move(persona));
  }

  describe_features(sessions, prepared, segmentation, groups, result);
  const std::vector<PersonaName> names = name_personas(sessions.feature_names, result);
  for (Persona& persona : result.personas) {
    persona.name = names[persona.cluster].name;
    persona.reason = names[persona.cluster].reason + disguise_text(persona.rule);
  }
  return result;
}

}  // namespace covey::driver
