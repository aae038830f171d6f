// Stage 4: what the sessions of each cluster have in common, and a name for it.
#include <algorithm>

#include <fmt/format.h>

#include "group_statistics.h"
#include "names.h"
#include "stages.h"
#include "statistics.h"
#include "text_format.h"

namespace covey::driver {
namespace {

/// A persona that holds this share of a feature's ones, and nothing else, is close to a rule on
/// that feature.
constexpr double kRuleShare = 0.95;

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

bool is_binary(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double x) { return x == 0.0 || x == 1.0; });
}

/// Says where a persona is one rule in disguise: all its sessions have a 0/1 feature set, and
/// nearly no others have.
std::string rule_text(const Sessions& sessions, const Profile& profile, const Persona& persona,
                      const std::vector<bool>& binary) {
  for (std::size_t f = 0; f < binary.size(); ++f) {
    const double all = profile.overall_mean[f] * static_cast<double>(profile.sessions);
    const double share = static_cast<double>(persona.sessions) / all;
    const bool varies = profile.overall_sd[f] > 0.0;
    if (binary[f] && varies && persona.mean[f] == 1.0 && share >= kRuleShare) {
      return fmt::format(
          "; close to the one rule {} = 1: all of its sessions meet it, and {} of the sessions "
          "that "
          "meet it are here",
          sessions.feature_names[f], percent_text(share));
    }
  }
  return "";
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

  std::vector<bool> binary;
  for (const auto& feature : sessions.features) binary.push_back(is_binary(feature));
  const std::vector<PersonaName> names = name_personas(sessions.feature_names, result);
  for (Persona& persona : result.personas) {
    persona.name = names[persona.cluster].name;
    persona.reason = names[persona.cluster].reason + rule_text(sessions, result, persona, binary);
  }
  return result;
}

}  // namespace covey::driver
