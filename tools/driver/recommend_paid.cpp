// Rules on channels that are paid for. Without what they cost nothing says to spend less.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "finding_text.h"
#include "recommend.h"
#include "test_rows.h"
#include "text_format.h"

namespace covey::driver {
namespace {

/// The largest paid channels get a recommendation each.
constexpr std::size_t kMostPaid = 5;

std::string label(const Group& channel) { return label_of("channel", channel.name); }

std::string against_the_rest(const Evidence& evidence, const Group& channel) {
  const Findings& findings = evidence.attribution.findings;
  for (const Comparison& rest : findings.channel_rest) {
    if (rest.a != channel.name) continue;
    std::string verdict = rest.differs ? "the rates differ" : "no difference is shown";
    if (rest.equivalent) {
      verdict +=
          fmt::format("; they are shown to be equal within {}", points_text(findings.margin));
    }
    return fmt::format("{} converts {}, all other sessions {}: {}, {} after Holm's correction: {}",
                       label(channel), rate_text(rest.rate_a), rate_text(rest.rate_b),
                       points_text(rest.difference), p_text(rest.p_adjusted), verdict);
  }
  return channel.conversion.trials > 0
             ? fmt::format("{} converts {}", label(channel), rate_text(channel.conversion))
             : fmt::format("{} brings {}", label(channel), of_unit(channel.sessions, "session"));
}

void put_at_stake(Recommendation& rule, const Group& channel) {
  const auto sessions = static_cast<double>(channel.sessions);
  const bool rates = channel.conversion.trials > 0;
  rule.unit = rates ? "conversions" : "sessions";
  rule.at_stake = rates ? counts_of(channel.conversion) : exactly(sessions);
}

Recommendation test_before_cutting(const Evidence& evidence, const Group& channel) {
  Recommendation rule;
  rule.rule = "test-before-cutting";
  rule.title =
      fmt::format("{}: cost data is missing; test before changing its spend", label(channel));
  rule.action = fmt::format(
      "Neither cut nor raise what {} costs on its conversion rate. First enter the spend; then "
      "pause "
      "the channel in some regions or weeks, drawn by chance, and see what total conversions do.",
      label(channel));
  rule.evidence = against_the_rest(evidence, channel) +
                  fmt::format(
                      ". What {} costs is not in the data, and a rate says nothing of "
                      "whether the cost pays",
                      label(channel));
  put_at_stake(rule, channel);
  rule.confidence = "high";
  rule.settles =
      "spend by channel (--spend FILE), what conversions bring in (--revenue COLUMN or --value "
      "AMOUNT), and a holdout test";
  return rule;
}

std::string money_text(const Money& money, double amount) {
  return money.currency.empty() ? fmt::format("{:.2f}", amount)
                                : fmt::format("{:.2f} {}", amount, money.currency);
}

Recommendation value_missing(const Evidence& evidence, const Group& channel,
                             const ChannelMoney& row) {
  Recommendation rule;
  rule.rule = "value-missing";
  rule.title = fmt::format("{}: say what a conversion is worth", label(channel));
  rule.action = row.break_even_value
                    ? fmt::format(
                          "Keep {} only if a conversion is worth more than {}; enter its "
                          "value to have this judged.",
                          label(channel), money_text(evidence.money, *row.break_even_value))
                    : fmt::format(
                          "{} has cost money and no conversion is seen: see whether they "
                          "are recorded.",
                          label(channel));
  rule.evidence =
      fmt::format("{} cost {}; {}", label(channel), money_text(evidence.money, *row.spend),
                  against_the_rest(evidence, channel));
  put_at_stake(rule, channel);
  rule.confidence = "moderate";
  rule.settles = "what conversions bring in (--revenue COLUMN or --value AMOUNT)";
  return rule;
}

Recommendation judge_return(const Evidence& evidence, const Group& channel,
                            const ChannelMoney& row) {
  const Interval& returned = *row.return_on_spend;
  const double spend = *row.spend;
  const bool has_interval = std::isfinite(returned.low) && std::isfinite(returned.high);
  Recommendation rule;
  if (has_interval) {
    rule.unit = evidence.money.currency.empty() ? "money" : evidence.money.currency;
    rule.at_stake = Interval{(returned.value - 1.0) * spend, (returned.low - 1.0) * spend,
                             (returned.high - 1.0) * spend};
  }
  rule.evidence =
      fmt::format("{} cost {} and its sessions brought {:.2f} ({}) for each 1 spent; {}",
                  label(channel), money_text(evidence.money, spend), returned.value,
                  has_interval ? fmt::format("{:.2f} to {:.2f}", returned.low, returned.high)
                               : "too few with revenue for an interval",
                  against_the_rest(evidence, channel));
  rule.settles =
      "the margin on revenue, and a holdout test: some of these sales would have come without the "
      "channel";
  rule.confidence = "moderate";
  if (returned.high < 1.0) {
    rule.rule = "spend-does-not-return";
    rule.title = fmt::format("{} brings in less than it costs", label(channel));
    rule.action =
        "Reduce the spend step by step, or repair targeting and landing pages first; go on where "
        "later purchases, which are not in this data, are known to pay for it.";
  } else if (returned.low > 1.0) {
    rule.rule = "spend-returns";
    rule.title = fmt::format("{} brings in more than it costs: test more spend", label(channel));
    rule.action = fmt::format(
        "Raise the spend step by step while the return holds: the next session costs more than the "
        "last. It pays only where more than {} of revenue is profit.",
        percent_text(row.break_even_margin.value_or(1.0 / returned.value)));
  } else {
    rule.rule = "return-not-settled";
    rule.title = fmt::format("{}: not settled whether it earns back its cost", label(channel));
    rule.action = "Leave the spend as it is until more sessions are in.";
    rule.confidence = "low";
    rule.settles = "more sessions of this channel; " + rule.settles;
  }
  return rule;
}

}  // namespace

void recommend_on_paid_channels(const Evidence& evidence, std::vector<Recommendation>& found) {
  std::vector<const Group*> paid = paid_channels(evidence);
  if (paid.size() > kMostPaid) paid.resize(kMostPaid);
  for (const Group* channel : paid) {
    const auto& rows = evidence.money.channels;
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const ChannelMoney& money) {
      return money.channel == channel->name;
    });
    if (row == rows.end() || !row->spend) {
      found.push_back(test_before_cutting(evidence, *channel));
    } else if (*row->spend == 0.0) {
      continue;
    } else if (row->return_on_spend) {
      found.push_back(judge_return(evidence, *channel, *row));
    } else {
      found.push_back(value_missing(evidence, *channel, *row));
    }
  }
}

}  // namespace covey::driver
