// Rules on personas: whom to win back, whom not to lose, and which persona needs no model.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "finding_text.h"
#include "proportions.h"
#include "recommend.h"
#include "text_format.h"

namespace covey::driver {
namespace {

/// The sessions that did not convert.
Interval unconverted(const Rate& rate) {
  const auto trials = static_cast<double>(rate.trials);
  return {trials - static_cast<double>(rate.successes), (1.0 - rate.high) * trials,
          (1.0 - rate.low) * trials};
}

const Persona* best_converting(const Profile& profile) {
  const Persona* best = nullptr;
  for (const Persona& persona : profile.personas) {
    if (persona.conversion.trials == 0) continue;
    if (best == nullptr || persona.conversion.value > best->conversion.value) best = &persona;
  }
  return best;
}

/// How far above the rest a persona lies in what sets it apart: its largest positive difference.
double engagement(const Persona& persona) {
  double most = 0;
  for (const int f : persona.defining) most = std::max(most, persona.difference[f]);
  return most;
}

/// The persona that does the most without buying like the best one, of those that are not shown to
/// buy less than the average: people who leave at once are not hesitant.
const Persona* engaged_but_hesitant(const Profile& profile, const Persona& best) {
  const Persona* found = nullptr;
  for (const Persona& persona : profile.personas) {
    if (&persona == &best || persona.conversion.trials == 0) continue;
    if (persona.conversion.high >= best.conversion.low) continue;
    if (persona.conversion.high < profile.conversion.value || engagement(persona) <= 0.0) continue;
    if (found == nullptr || engagement(persona) > engagement(*found)) found = &persona;
  }
  return found;
}

void retarget(const Persona& persona, const Persona& best, std::vector<Recommendation>& found) {
  const Rate& rate = persona.conversion;
  const double point = 0.01;
  Recommendation rule;
  rule.rule = "retarget-engaged";
  rule.title = fmt::format("Retarget {}: engaged, and {} leave without buying", persona.name,
                           percent_text(1.0 - rate.value));
  rule.action =
      "Give these visitors what may be missing for a decision (comparisons, reviews, cost of "
      "shipping, a reminder of what they looked at), and test it against doing nothing.";
  rule.evidence = fmt::format(
      "{}; it converts {}, against {} of {}. Each point of conversion gained there is {} "
      "conversions",
      persona.reason, rate_text(rate), rate_text(best.conversion), best.name,
      count_text(std::llround(static_cast<double>(persona.sessions) * point)));
  rule.unit = "sessions";
  rule.at_stake = unconverted(rate);
  rule.confidence = "moderate";
  rule.settles = fmt::format(
      "a randomised test: to show one point more, about {} sessions of this persona in each half",
      count_text(sessions_to_settle(rate.value, point)));
  found.push_back(std::move(rule));
}

void serve_ready(const Evidence& evidence, const Persona& best,
                 std::vector<Recommendation>& found) {
  const Rate& overall = evidence.profile.conversion;
  if (best.conversion.low <= overall.value || overall.successes == 0) return;
  const double share =
      static_cast<double>(best.conversion.successes) / static_cast<double>(overall.successes);
  Recommendation rule;
  rule.rule = "serve-ready";
  rule.title = fmt::format("Keep the way to checkout short for {}", best.name);
  rule.action =
      "Look at where these sessions end (payment, delivery, forced registration) before any other "
      "page: nobody is nearer to buying.";
  rule.evidence = fmt::format(
      "{} converts {}, overall {}: {} of all conversions from {} of the "
      "sessions",
      best.name, rate_text(best.conversion), rate_text(overall), percent_text(share),
      percent_text(best.share));
  rule.unit = "sessions";
  rule.at_stake = unconverted(best.conversion);
  rule.confidence = "moderate";
  rule.settles = "the step at which these sessions end, which is not in this data";
  found.push_back(std::move(rule));
}

void use_rule(const Persona& persona, std::vector<Recommendation>& found) {
  Recommendation rule;
  rule.rule = "use-the-rule";
  rule.title = fmt::format("Address {} by the rule {}", persona.name, persona.rule.text);
  rule.action =
      "Use the rule in campaigns and reports in place of the model: it is the same group, and "
      "everybody understands it.";
  rule.evidence = fmt::format(
      "{} of the sessions that meet {} are of this persona, and {} of the "
      "persona meet it",
      percent_text(persona.rule.precision), persona.rule.text, percent_text(persona.rule.recall));
  rule.unit = "sessions";
  const auto sessions = static_cast<double>(persona.sessions);
  rule.at_stake = exactly(sessions);
  rule.confidence = "high";
  rule.settles = "nothing more: both shares are counts over all sessions";
  found.push_back(std::move(rule));
}

}  // namespace

void recommend_on_personas(const Evidence& evidence, std::vector<Recommendation>& found) {
  const Profile& profile = evidence.profile;
  const Persona* best = best_converting(profile);
  if (best != nullptr && profile.personas.size() > 1) {
    if (const Persona* hesitant = engaged_but_hesitant(profile, *best)) {
      retarget(*hesitant, *best, found);
    }
    serve_ready(evidence, *best, found);
  }
  for (const Persona& persona : profile.personas) {
    if (persona.rule.equals) use_rule(persona, found);
  }
}

}  // namespace covey::driver
