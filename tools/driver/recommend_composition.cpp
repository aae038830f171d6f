// Rules on who comes by which channel and device type, and on what a comparison of raw rates hides.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "finding_text.h"
#include "recommend.h"
#include "text_format.h"

namespace covey::driver {
namespace {

/// Effects below these are small by the usual reading (Cohen 1988): w for a table, eta squared for
/// means.
constexpr double kSmallV = 0.1;
constexpr double kSmallEta = 0.01;

/// Every channel brings the same people: neither the mix of personas nor what they do differs by
/// more than a small effect.
void one_audience(const Evidence& evidence, std::vector<Recommendation>& found) {
  const Findings& findings = evidence.attribution.findings;
  const auto& features = findings.features;
  double widest = 0;
  const FeatureComparison* most = nullptr;
  for (const FeatureComparison& feature : features) {
    if (most == nullptr || feature.eta_squared.high > widest) most = &feature;
    widest = std::max(widest, feature.eta_squared.high);
  }
  if (findings.channel_persona->cramers_v.high >= kSmallV || widest >= kSmallEta) return;
  Recommendation rule;
  rule.rule = "one-audience";
  rule.title = "Do not expect a channel to bring its own kind of visitor";
  rule.action =
      "Address personas by what a session does, in every channel alike. Where a campaign is meant "
      "to reach one persona, its targeting does not do so yet.";
  rule.evidence = fmt::format("personas by channel: Cramer's V {}, below {}",
                              effect_text(findings.channel_persona->cramers_v), kSmallV);
  if (most != nullptr) {
    rule.evidence += fmt::format(
        "; of the features {} depends the most on the channel, which explains {:.3f} % of its "
        "variance (at most {:.3f} %)",
        most->feature, 100.0 * most->eta_squared.value, 100.0 * most->eta_squared.high);
  }
  rule.confidence = "high";
  rule.settles = "campaign or audience within each channel, as a finer channel column";
  found.push_back(std::move(rule));
}

/// The cell of a persona in a channel that departs the most from independence, upwards; of personas
/// that convert better than the average, where conversions are known.
const Cell* most_over_represented(const Evidence& evidence) {
  const Cell* most = nullptr;
  for (const Cell& cell : evidence.attribution.channel_personas) {
    const Rate& rate = evidence.profile.personas[cell.cluster].conversion;
    if (rate.trials > 0 && rate.low <= evidence.profile.conversion.value) continue;
    if (cell.channel == kMissingCategory) continue;
    if (most == nullptr || cell.residual > most->residual) most = &cell;
  }
  return most;
}

void own_audience(const Evidence& evidence, std::vector<Recommendation>& found) {
  const Association& table = *evidence.attribution.findings.channel_persona;
  const Cell* cell = most_over_represented(evidence);
  if (!table.differs || table.cramers_v.value < kSmallV || cell == nullptr ||
      cell->residual <= 0.0) {
    return;
  }
  const std::string name = label_of("channel", cell->channel);
  const double overall = evidence.profile.personas[cell->cluster].share;
  const auto sessions = static_cast<double>(cell->sessions);
  const double expected = sessions / cell->share * overall;
  Recommendation rule;
  rule.rule = "channel-brings-persona";
  rule.title = fmt::format("Use {} to reach {}", name, cell->persona);
  rule.action =
      fmt::format("Shape campaigns and landing pages of {} for {}, and test them there first.",
                  name, cell->persona);
  rule.evidence = fmt::format(
      "{} of its sessions are {}, against {} overall (adjusted residual {}); personas by channel: "
      "chi-square {:.2f}, {}, Cramer's V {}",
      percent_text(cell->share), cell->persona, percent_text(overall), signed_text(cell->residual),
      table.statistic, p_text(table.p), effect_text(table.cramers_v));
  rule.unit = "sessions";
  rule.at_stake = exactly(sessions - expected);
  rule.confidence = "moderate";
  rule.settles = "the same table for another period: does the channel bring this persona again?";
  found.push_back(std::move(rule));
}

/// -1, 0 or 1: where the interval lies against the overall rate.
int side(double low, double high, double overall) {
  if (low > overall) return 1;
  return high < overall ? -1 : 0;
}

/// A channel whose raw rate and standardised rate say opposite things, or of which the raw rate
/// says something that the mix of devices and personas takes back.
void mix_hides(const Evidence& evidence, std::vector<Recommendation>& found) {
  const double overall = evidence.profile.conversion.value;
  for (const Group& channel : evidence.attribution.channels) {
    if (!channel.by_both || channel.conversion.trials == 0) continue;
    const int raw = side(channel.conversion.low, channel.conversion.high, overall);
    const int standard = side(channel.by_both->low, channel.by_both->high, overall);
    if (raw * standard >= 0) continue;
    Recommendation rule;
    rule.rule = "mix-reverses-rate";
    rule.title = fmt::format("Do not judge {} by its raw conversion rate",
                             label_of("channel", channel.name));
    rule.action =
        "Compare channels within a device type and persona: over all of them its mix of visitors "
        "turns the comparison round (Simpson's paradox).";
    rule.evidence = fmt::format(
        "{} converts {}, overall {}; with everybody's mix of devices and personas it would convert "
        "{:.2f} % ({:.2f}-{:.2f})",
        label_of("channel", channel.name), rate_text(channel.conversion),
        rate_text(evidence.profile.conversion), 100.0 * channel.by_both->value,
        100.0 * channel.by_both->low, 100.0 * channel.by_both->high);
    rule.unit = "sessions";
    const auto sessions = static_cast<double>(channel.sessions);
    rule.at_stake = exactly(sessions);
    rule.confidence = "moderate";
    rule.settles = "further columns on which channels differ, such as country or campaign";
    found.push_back(std::move(rule));
  }
}

/// The pair of device types that differs the most surely.
void device_gap(const Evidence& evidence, std::vector<Recommendation>& found) {
  const Findings& findings = evidence.attribution.findings;
  if (!findings.device_conversion || !findings.device_conversion->differs) return;
  const auto& pairs = findings.device_pairs;
  const auto widest = std::max_element(
      pairs.begin(), pairs.end(),
      [](const Comparison& a, const Comparison& b) { return std::abs(a.z) < std::abs(b.z); });
  if (widest == pairs.end() || !widest->differs || widest->equivalent) return;
  const bool a_below = widest->difference.value < 0.0;
  const std::string name = label_of("device type", a_below ? widest->a : widest->b);
  const Rate& lower = a_below ? widest->rate_a : widest->rate_b;
  const double sign = a_below ? -1.0 : 1.0;
  const auto sessions = static_cast<double>(lower.trials) * sign;
  const Interval& gap = widest->difference;
  Recommendation rule;
  rule.rule = "device-gap";
  rule.title = fmt::format("See what keeps visitors on {} from buying", name);
  rule.action = "Go through checkout on that device type, and mend what is slower or harder there.";
  rule.evidence = fmt::format("{} converts {}, {} {}: {}, {} after Holm's correction",
                              label_of("device type", widest->a), rate_text(widest->rate_a),
                              label_of("device type", widest->b), rate_text(widest->rate_b),
                              points_text(gap), p_text(widest->p_adjusted));
  rule.unit = "conversions";
  rule.at_stake = Interval{gap.value * sessions, (a_below ? gap.high : gap.low) * sessions,
                           (a_below ? gap.low : gap.high) * sessions};
  rule.confidence = "moderate";
  rule.settles =
      "visitors followed across devices: many look on one and buy on another, which no row of this "
      "data shows";
  found.push_back(std::move(rule));
}

}  // namespace

void recommend_on_composition(const Evidence& evidence, std::vector<Recommendation>& found) {
  if (evidence.attribution.findings.channel_persona) {
    one_audience(evidence, found);
    own_audience(evidence, found);
  }
  mix_hides(evidence, found);
  device_gap(evidence, found);
}

}  // namespace covey::driver
