#include "names.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "assignment_problem.h"
#include "text_format.h"

namespace covey::driver {
namespace {

using Names = std::vector<std::string>;

/// Where the mission's features stand.
struct MissionFeatures {
  int clicks, page_views, time_spent, add_to_cart;
};

std::optional<MissionFeatures> mission_features(const Names& names) {
  if (names.size() != 4) return std::nullopt;
  const auto find = [&](const char* name) {
    return static_cast<int>(std::find(names.begin(), names.end(), name) - names.begin());
  };
  const MissionFeatures at{find("clicks"), find("page_views"), find("time_spent"),
                           find("add_to_cart")};
  const int last = std::max({at.clicks, at.page_views, at.time_spent, at.add_to_cart});
  return last < 4 ? std::optional(at) : std::nullopt;
}

struct Role {
  const char* name;
  const char* axis;
  double score;
  std::vector<int> evidence;  ///< features that its reason cites
};

constexpr int kRoles = 4;

std::array<Role, kRoles> roles_of(const Persona& persona, const MissionFeatures& at) {
  const double intent = persona.z[at.add_to_cart];
  const double engagement = persona.z[at.time_spent];
  const double activity = (persona.z[at.clicks] + persona.z[at.page_views]) / 2.0;
  const double cart = std::max(intent, 0.0);
  return {{{"Ready-to-Buy", "intent", intent, {at.add_to_cart, at.time_spent}},
           {"Deep Researcher",
            "engagement without a cart",
            engagement - cart,
            {at.time_spent, at.add_to_cart}},
           {"Window Shopper",
            "activity without a cart",
            activity - cart,
            {at.clicks, at.page_views, at.add_to_cart}},
           {"Passerby",
            "low activity, engagement and intent",
            -(activity + engagement + intent) / 3.0,
            {at.clicks, at.time_spent, at.add_to_cart}}}};
}

std::string evidence_text(const Names& names, const Profile& profile, const Persona& persona,
                          const std::vector<int>& features) {
  std::string text;
  for (const int f : features) {
    text += fmt::format("{}{} mean {} against {} overall (z {})", text.empty() ? "" : "; ",
                        names[f], mean_text(persona.mean[f]), mean_text(profile.overall_mean[f]),
                        signed_text(persona.z[f]));
  }
  return text;
}

/// All features by falling |z|, then in their own order.
std::vector<int> by_distance(const Persona& persona) {
  std::vector<int> order(persona.z.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return std::abs(persona.z[a]) > std::abs(persona.z[b]); });
  return order;
}

/// A name from up to `most` features with |z| >= kNameThreshold.
PersonaName evidence_name(const Names& names, const Profile& profile, const Persona& persona,
                          int most) {
  const std::vector<int> order = by_distance(persona);
  std::vector<int> used;
  std::string name;
  for (const int f : order) {
    if (static_cast<int>(used.size()) == most || std::abs(persona.z[f]) < kNameThreshold) break;
    const bool high = persona.z[f] > 0.0;
    name += used.empty() ? (high ? "High " : "Low ") : (high ? ", high " : ", low ");
    name += names[f];
    used.push_back(f);
  }
  if (!used.empty()) return {name, evidence_text(names, profile, persona, used)};
  return {
      "Average",
      fmt::format("No feature's mean lies {} standard deviations from overall; the farthest: {}",
                  kNameThreshold, evidence_text(names, profile, persona, {order.front()}))};
}

/// Roles given once each so that their scores add up to the most; nothing where a score is below
/// the threshold.
std::vector<std::optional<PersonaName>> role_names(const Names& names, const Profile& profile,
                                                   const MissionFeatures& at) {
  std::vector<double> scores;
  for (const Persona& persona : profile.personas) {
    for (const Role& role : roles_of(persona, at)) scores.push_back(role.score);
  }
  const std::vector<int> assigned = best_assignment(scores, kRoles);
  std::vector<std::optional<PersonaName>> result;
  for (std::size_t c = 0; c < profile.personas.size(); ++c) {
    const Persona& persona = profile.personas[c];
    const Role role = roles_of(persona, at)[assigned[c]];
    if (role.score < kRoleThreshold) {
      result.push_back(std::nullopt);
      continue;
    }
    result.push_back(
        PersonaName{role.name, fmt::format("Scores {:.2f} on {}: {}", role.score, role.axis,
                                           evidence_text(names, profile, persona, role.evidence))});
  }
  return result;
}

std::map<std::string, int> times_used(const std::vector<PersonaName>& names) {
  std::map<std::string, int> times;
  for (const PersonaName& name : names) ++times[name.name];
  return times;
}

/// Numbers all but the first of each name, with numbers that make no other name.
void number_repeats(std::vector<PersonaName>& result) {
  std::set<std::string> taken;
  for (const PersonaName& name : result) taken.insert(name.name);
  std::set<std::string> seen;
  for (PersonaName& name : result) {
    if (seen.insert(name.name).second) continue;
    int number = 2;
    std::string numbered;
    do {
      numbered = fmt::format("{} {}", name.name, number++);
    } while (!taken.insert(numbered).second);
    name.name = numbered;
  }
}

}  // namespace

std::vector<PersonaName> name_personas(const Names& feature_names, const Profile& profile) {
  const std::size_t k = profile.personas.size();
  std::vector<std::optional<PersonaName>> roles(k);
  const auto at = mission_features(feature_names);
  if (at && k == kRoles) roles = role_names(feature_names, profile, *at);

  const auto name_of = [&](std::size_t c, int most) {
    return roles[c] ? *roles[c] : evidence_name(feature_names, profile, profile.personas[c], most);
  };
  std::vector<PersonaName> result;
  for (std::size_t c = 0; c < k; ++c) result.push_back(name_of(c, 2));
  const auto times = times_used(result);
  for (std::size_t c = 0; c < k; ++c) {
    if (times.at(result[c].name) > 1) result[c] = name_of(c, 3);
  }
  number_repeats(result);
  return result;
}

}  // namespace covey::driver
