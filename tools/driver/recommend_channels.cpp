// Rules on channels as a whole: whether their rates differ, and which one the shop lives by.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "finding_text.h"
#include "proportions.h"
#include "recommend.h"
#include "test_rows.h"
#include "text_format.h"

namespace covey::driver {
namespace {

/// A channel with this many times an even share of the sessions is one the shop lives by.
constexpr double kDominant = 1.25;

/// Channels that differ and get a recommendation of their own.
constexpr std::size_t kMostChannels = 3;

Interval times(const Interval& interval, double factor) {
  Interval product{interval.value * factor, interval.low * factor, interval.high * factor};
  if (product.low > product.high) std::swap(product.low, product.high);
  return product;
}

std::string omnibus_text(const Association& found) {
  return fmt::format(
      "conversion by channel: chi-square {:.2f}, {} degrees of freedom, {}{}; "
      "Cramer's V {}",
      found.statistic, found.degrees, p_text(found.p), found.simulated ? " (simulated)" : "",
      effect_text(found.cramers_v));
}

const Comparison* widest(const std::vector<Comparison>& pairs) {
  const auto at =
      std::max_element(pairs.begin(), pairs.end(), [](const Comparison& a, const Comparison& b) {
        return std::abs(a.difference.value) < std::abs(b.difference.value);
      });
  return at == pairs.end() ? nullptr : &*at;
}

/// Nothing differs: rates are no reason to move money.
void keep_allocation(const Evidence& evidence, std::vector<Recommendation>& found) {
  const Findings& findings = evidence.attribution.findings;
  const auto& pairs = findings.channel_pairs;
  const auto equal = std::count_if(pairs.begin(), pairs.end(),
                                   [](const Comparison& pair) { return pair.equivalent; });
  Recommendation rule;
  rule.rule = "keep-allocation";
  rule.title = "Do not move budget between channels for their conversion rates";
  rule.action =
      "Treat the channels as converting alike. Choose between them by what a session or a "
      "conversion costs, by reach, and by what follows a first purchase.";
  rule.evidence = fmt::format(
      "{}: no difference shown. {} of {} pairs of channels are shown to be equal within "
      "{}",
      omnibus_text(*findings.channel_conversion), equal, pairs.size(),
      points_text(findings.margin));
  rule.confidence = equal == static_cast<std::ptrdiff_t>(pairs.size()) ? "high"
                    : equal > 0                                        ? "moderate"
                                                                       : "low";
  rule.settles = "what each channel costs (--spend)";
  if (const Comparison* pair = widest(pairs)) {
    const bool a_below = pair->difference.value < 0.0;
    const Rate& lower = a_below ? pair->rate_a : pair->rate_b;
    Interval gap = pair->difference;
    if (a_below) gap = times(gap, -1.0);
    rule.unit = "conversions";
    rule.at_stake = times(gap, static_cast<double>(lower.trials));
    rule.evidence +=
        fmt::format(". The widest gap, {} against {}, is {}, {} after Holm's correction",
                    label_of("channel", pair->a), label_of("channel", pair->b),
                    points_text(pair->difference), p_text(pair->p_adjusted));
    if (gap.value > 0.0) {
      rule.settles +=
          fmt::format("; were that gap real, about {} sessions in each of the two would show it",
                      count_text(sessions_to_settle(evidence.profile.conversion.value, gap.value)));
    }
  }
  found.push_back(std::move(rule));
}

/// Whether the rate with everybody's mix of devices and personas is like the overall rate, so that
/// the mix explains the difference.
bool explained_by_mix(const Group& channel, const Rate& overall) {
  const auto& standard = channel.by_both ? channel.by_both : channel.by_persona;
  return standard && standard->low <= overall.value && overall.value <= standard->high;
}

Recommendation look_into(const Evidence& evidence, const Comparison& rest, const Group& channel) {
  const auto& stratified = evidence.attribution.findings.stratified;
  const bool above = rest.difference.value > 0.0;
  Recommendation rule;
  rule.rule = above ? "learn-from-channel" : "repair-channel";
  const std::string name = label_of("channel", rest.a);
  rule.title =
      fmt::format("Find out why {} converts {} than the rest", name, above ? "better" : "worse");
  rule.evidence =
      fmt::format("{} converts {}, all other sessions {}: {}, {} after Holm's correction", name,
                  rate_text(rest.rate_a), rate_text(rest.rate_b), points_text(rest.difference),
                  p_text(rest.p_adjusted));
  rule.unit = "conversions";
  rule.at_stake =
      times(rest.difference, (above ? 1.0 : -1.0) * static_cast<double>(rest.rate_a.trials));
  rule.confidence = "moderate";
  rule.settles =
      "a test that changes one thing (landing page, audience, offer) for half of the channel's "
      "sessions, drawn by chance";
  if (explained_by_mix(channel, evidence.profile.conversion)) {
    rule.action =
        "Look at who comes by it, not at the channel itself: with everybody's mix of devices and "
        "personas its rate would be like the overall one.";
    return rule;
  }
  rule.action =
      above
          ? "Compare its audience, landing pages and offers with those of other channels, and test "
            "there what is different. More volume need not convert as this volume does."
          : "Compare its audience, landing pages and offers with those of other channels, and "
            "repair before adding volume.";
  const auto same = std::find_if(
      stratified.begin(), stratified.end(),
      [&](const StratifiedComparison& row) { return row.channel == rest.a && row.differs; });
  if (same != stratified.end() && (same->odds_ratio.value > 1.0) == above) {
    rule.confidence = "high";
    rule.evidence +=
        fmt::format("; within device types too: odds ratio {}", effect_text(same->odds_ratio));
  }
  return rule;
}

/// The channels that differ, those with the most conversions at stake.
void look_into_channels(const Evidence& evidence, std::vector<Recommendation>& found) {
  const Attribution& attribution = evidence.attribution;
  std::vector<Recommendation> rules;
  for (const Comparison& rest : attribution.findings.channel_rest) {
    if (!rest.differs) continue;
    const auto channel = std::find_if(attribution.channels.begin(), attribution.channels.end(),
                                      [&](const Group& group) { return group.name == rest.a; });
    if (channel != attribution.channels.end()) rules.push_back(look_into(evidence, rest, *channel));
  }
  std::stable_sort(rules.begin(), rules.end(),
                   [](const Recommendation& a, const Recommendation& b) {
                     return a.at_stake->value > b.at_stake->value;
                   });
  if (rules.size() > kMostChannels) rules.resize(kMostChannels);
  std::move(rules.begin(), rules.end(), std::back_inserter(found));
}

/// The largest channel, where it is much larger than an even share.
void protect_dominant(const Evidence& evidence, std::vector<Recommendation>& found) {
  const auto& channels = evidence.attribution.channels;
  const auto named = std::find_if(channels.begin(), channels.end(), [](const Group& channel) {
    return channel.name != kMissingCategory;
  });
  if (channels.size() < 2 || named == channels.end()) return;
  const Group& largest = *named;
  const std::string name = label_of("channel", largest.name);
  if (largest.share * static_cast<double>(channels.size()) < kDominant) return;
  Recommendation rule;
  rule.rule = "protect-dominant";
  rule.title = fmt::format("Protect {}: the shop lives by it", name);
  rule.action = fmt::format(
      "Watch its volume, and keep what feeds it in order before anything else is optimised; build "
      "up a second source, so that a loss of {} is not the loss of the shop.",
      name);
  rule.evidence =
      fmt::format("{} of {} sessions ({}) come by {}", count_text(largest.sessions),
                  count_text(evidence.profile.sessions), percent_text(largest.share), name);
  rule.unit = "sessions";
  const auto sessions = static_cast<double>(largest.sessions);
  rule.at_stake = exactly(sessions);
  rule.confidence = "high";
  rule.settles =
      "how many of these visitors would come by another way: a region or a week without the "
      "channel";
  if (largest.conversion.trials > 0 && evidence.profile.conversion.successes > 0) {
    const double share = static_cast<double>(largest.conversion.successes) /
                         static_cast<double>(evidence.profile.conversion.successes);
    rule.evidence += fmt::format(", and {} of the conversions ({})",
                                 count_text(largest.conversion.successes), percent_text(share));
    rule.unit = "conversions";
    rule.at_stake = counts_of(largest.conversion);
  }
  found.push_back(std::move(rule));
}

}  // namespace

void recommend_on_channels(const Evidence& evidence, std::vector<Recommendation>& found) {
  const Findings& findings = evidence.attribution.findings;
  if (findings.channel_conversion) {
    if (findings.channel_conversion->differs) {
      look_into_channels(evidence, found);
    } else {
      keep_allocation(evidence, found);
    }
  }
  protect_dominant(evidence, found);
}

}  // namespace covey::driver
