#include "money.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "amounts.h"
#include "cells.h"
#include "covey/error.h"
#include "nearest_name.h"
#include "row_sums.h"
#include "statistics.h"
#include "variance_analysis.h"

namespace covey::driver {
namespace {

/// Exact sums of the revenue column over some sessions, multiplicities counted.
struct RevenueSums {
  Moments moments;
  std::int64_t paying = 0;       ///< sessions whose revenue is not 0
  std::int64_t unconverted = 0;  ///< sessions with revenue above 0 that did not convert

  void add(const RevenueSums& other) {
    moments.add(other.moments);
    paying += other.paying;
    unconverted += other.unconverted;
  }
};

/// What a channel's figures are made from. Adds up to the total.
struct Facts {
  std::string channel;
  std::vector<double> spend;  ///< empty: not known
  std::int64_t sessions = 0;
  std::int64_t conversions = 0;
  RevenueSums revenue;
  std::vector<std::int64_t> persona_sessions;  ///< by cluster

  void add(const Facts& other) {
    spend.insert(spend.end(), other.spend.begin(), other.spend.end());
    sessions += other.sessions;
    conversions += other.conversions;
    revenue.add(other.revenue);
    add_entries(persona_sessions, other.persona_sessions);
  }
};

/// What holds for all channels alike.
struct Basis {
  bool has_conversions = false;
  std::optional<double> value;      ///< of a conversion
  std::optional<FixedPoint> scale;  ///< of the revenue column, where there is one
};

/// a / b, absent where that is no finite number.
std::optional<double> ratio(double a, double b) {
  const double result = a / b;
  if (std::isfinite(result)) return result;
  return std::nullopt;
}

Interval divided(const Interval& interval, double by) {
  return {interval.value / by, interval.low / by, interval.high / by};
}

/// The column's sum, with the interval of its mean times the sessions. Infinite ends: too few
/// sessions with revenue for the normal approximation.
Interval summed_revenue(const RevenueSums& sums, const FixedPoint& scale, std::int64_t sessions) {
  const double sum = amount_sum(scale, sums.moments.sum_v, sums.moments.sum_r);
  double half_width = std::numeric_limits<double>::infinity();
  if (sums.paying >= kFewestWithRevenue) {
    const double deviation = standard_deviation(scale, sums.moments, sessions);
    half_width = static_cast<double>(sessions) * normal_mean(0, deviation, sessions).high;
  }
  return {sum, sum - half_width, sum + half_width};
}

std::optional<Interval> revenue_of(const Facts& facts, const Basis& basis) {
  if (facts.sessions == 0) return std::nullopt;
  if (basis.scale) return summed_revenue(facts.revenue, *basis.scale, facts.sessions);
  if (!basis.value) return std::nullopt;
  const Rate rate = wilson(facts.conversions, facts.sessions);
  const double n = static_cast<double>(facts.sessions);
  return Interval{*basis.value * static_cast<double>(facts.conversions),
                  *basis.value * n * rate.low, *basis.value * n * rate.high};
}

std::string verdict_of(const ChannelMoney& row) {
  if (!row.spend) return "spend unknown";
  if (row.sessions == 0) return "no sessions in the data";
  if (*row.spend == 0) return "nothing spent";
  if (!row.return_on_spend) return "revenue unknown";
  if (!std::isfinite(row.return_on_spend->high)) return "cannot be told (too few with revenue)";
  if (row.return_on_spend->low > 1) return "earns back its cost";
  if (row.return_on_spend->high < 1) return "does not earn back its cost";
  return "cannot be told";
}

void add_costs(ChannelMoney& row, const Facts& facts) {
  const double spend = *row.spend, n = static_cast<double>(facts.sessions);
  row.cost_per_session = ratio(spend, n);
  for (std::size_t c = 0; c < facts.persona_sessions.size(); ++c)
    row.persona_cost[c] = ratio(spend, static_cast<double>(facts.persona_sessions[c]));
  if (facts.conversions == 0) return;
  const Rate rate = wilson(facts.conversions, facts.sessions);
  row.break_even_value = spend / static_cast<double>(facts.conversions);
  row.cost_per_conversion =
      Interval{*row.break_even_value, spend / (n * rate.high), spend / (n * rate.low)};
}

void add_returns(ChannelMoney& row, const Facts& facts, const Basis& basis) {
  const double spend = *row.spend;
  if (spend > 0) row.return_on_spend = divided(*row.revenue, spend);
  if (row.revenue->value > 0) row.break_even_margin = ratio(spend, row.revenue->value);
  const double conversions = static_cast<double>(facts.conversions);
  const auto value = basis.value ? basis.value : ratio(row.revenue->value, conversions);
  if (value && *value > 0)
    row.break_even_rate = ratio(spend, static_cast<double>(facts.sessions) * *value);
}

ChannelMoney row_of(const Facts& facts, const Basis& basis) {
  ChannelMoney row;
  row.channel = facts.channel;
  if (!facts.spend.empty()) row.spend = amount_sum(facts.spend);
  row.sessions = facts.sessions;
  if (basis.has_conversions) row.conversions = facts.conversions;
  row.revenue = revenue_of(facts, basis);
  row.persona_cost.resize(facts.persona_sessions.size());
  if (row.spend) add_costs(row, facts);
  if (row.spend && row.revenue) add_returns(row, facts, basis);
  row.verdict = verdict_of(row);
  return row;
}

FixedPoint scale_of(const std::vector<double>& revenue) {
  double largest = 0;
  for (const double amount : revenue) largest = std::max(largest, std::abs(amount));
  return amount_scale(largest);
}

/// By code of the channel; one entry where there is no channel column.
std::vector<RevenueSums> revenue_by_channel(const Sessions& sessions, const FixedPoint& scale) {
  const Category& channel = sessions.channel;
  const std::vector<RevenueSums> none(channel.empty() ? 1 : channel.names.size());
  return sum_over_rows(
      sessions, none,
      [&](std::size_t row, std::vector<RevenueSums>& sums) {
        const double revenue = sessions.revenue[row];
        if (revenue == 0) return;
        const std::int64_t weight = sessions.weight_of(row);
        RevenueSums& sum = sums[channel.empty() ? 0 : static_cast<std::size_t>(channel.code[row])];
        sum.moments.add(scale.split(revenue), weight);
        sum.paying += weight;
        const bool converted = sessions.conversion.empty() || sessions.conversion[row] != 0;
        if (revenue > 0 && !converted) sum.unconverted += weight;
      },
      [](std::vector<RevenueSums>& total, const std::vector<RevenueSums>& sums) {
        for (std::size_t g = 0; g < total.size(); ++g) total[g].add(sums[g]);
      });
}

/// A channel's facts but for its spend, in the order of `attribution`.
std::vector<Facts> facts_of_channels(const Sessions& sessions, const Attribution& attribution,
                                     const std::vector<RevenueSums>& revenue, std::size_t k) {
  std::vector<Facts> all;
  std::map<std::string_view, std::size_t> place;
  for (const Group& group : attribution.channels) {
    Facts facts;
    facts.channel = group.name;
    facts.sessions = group.sessions;
    facts.conversions = group.conversion.successes;
    facts.persona_sessions.resize(k);
    const auto& names = sessions.channel.names;
    const auto code = std::lower_bound(names.begin(), names.end(), group.name) - names.begin();
    if (!revenue.empty()) facts.revenue = revenue[static_cast<std::size_t>(code)];
    place[group.name] = all.size();
    all.push_back(std::move(facts));
  }
  for (const Cell& cell : attribution.channel_personas) {
    all[place.at(cell.channel)].persona_sessions[static_cast<std::size_t>(cell.cluster)] =
        cell.sessions;
  }
  return all;
}

/// Gives each channel its spend; channels that the data do not know follow, the dearest first.
void add_spend(std::vector<Facts>& all, const Spend& spend, const std::string& file, std::size_t k,
               std::vector<std::string>& warnings) {
  std::vector<std::string> names;
  for (const Facts& facts : all) names.push_back(facts.channel);
  std::vector<Facts> unknown;
  for (const ChannelSpend& entry : spend.channels) {
    const auto found = std::find(names.begin(), names.end(), entry.channel);
    if (found != names.end()) {
      all[static_cast<std::size_t>(found - names.begin())].spend = {entry.amount};
      continue;
    }
    Facts facts;
    facts.channel = entry.channel;
    facts.spend = {entry.amount};
    facts.persona_sessions.resize(k);
    unknown.push_back(std::move(facts));
    const auto near = nearest_name(entry.channel, names);
    warnings.push_back(
        fmt::format("{}: '{}' is no channel of the data{}; its spend is kept with 0 "
                    "sessions",
                    file, entry.channel, near ? " (did you mean '" + *near + "'?)" : ""));
  }
  std::stable_sort(unknown.begin(), unknown.end(), [](const Facts& a, const Facts& b) {
    return a.spend.front() > b.spend.front();
  });
  all.insert(all.end(), unknown.begin(), unknown.end());
}

/// Of all sessions: what is told where there are no channels.
Facts facts_of_all(const Profile& profile, const std::vector<RevenueSums>& revenue) {
  Facts all;
  all.sessions = profile.sessions;
  all.conversions = profile.conversion.successes;
  for (const RevenueSums& sums : revenue) all.revenue.add(sums);
  for (const Persona& persona : profile.personas) all.persona_sessions.push_back(persona.sessions);
  return all;
}

}  // namespace

void check_money_options(const Mapping& mapping, const AnalysisOptions& analysis) {
  const auto refuse = [](const char* option, const std::string& what, const char* fix) {
    throw Error(ErrorKind::kUsage, what, option, fix);
  };
  if (analysis.value && !mapping.revenue.empty()) {
    refuse("--value", "what sessions bring in is given twice, as a value and as a revenue column",
           "leave --value or --revenue out");
  }
  if (analysis.value && !(*analysis.value > 0 && *analysis.value <= kMostMoney)) {
    refuse("--value", fmt::format("{} cannot be what a conversion is worth", *analysis.value),
           "give an amount above 0");
  }
  if (analysis.value && mapping.conversion.empty())
    refuse("--value", "there is no conversion column", "name it with --conversion");
  if (!analysis.spend.empty() && mapping.channel.empty())
    refuse("--spend", "there is no channel column", "name it with --channel");
}

Money make_money(const Sessions& sessions, const Profile& profile, const Attribution& attribution,
                 const AnalysisOptions& analysis, const std::optional<Spend>& spend) {
  Money money;
  money.given = spend || analysis.value || !sessions.revenue.empty();
  if (!money.given) return money;
  Basis basis{profile.conversion.trials > 0, analysis.value, std::nullopt};
  std::vector<RevenueSums> revenue;
  if (!sessions.revenue.empty()) {
    basis.scale = scale_of(sessions.revenue);
    revenue = revenue_by_channel(sessions, *basis.scale);
  }
  const std::size_t k = profile.personas.size();
  std::vector<Facts> all = facts_of_channels(sessions, attribution, revenue, k);
  Facts total = facts_of_all(profile, revenue);
  if (total.revenue.unconverted > 0) {
    const bool one = total.revenue.unconverted == 1;
    money.warnings.push_back(
        fmt::format("{} session{} that did not convert {} revenue: conversions and revenue are not "
                    "of the same purchases",
                    total.revenue.unconverted, one ? "" : "s", one ? "has" : "have"));
  }
  if (spend) {
    money.currency = spend->currency;
    money.period = spend->period;
    money.warnings.insert(money.warnings.end(), spend->warnings.begin(), spend->warnings.end());
    add_spend(all, *spend, analysis.spend, k, money.warnings);
    total = Facts();
    total.persona_sessions.resize(k);
    for (const Facts& facts : all) {
      if (!facts.spend.empty()) total.add(facts);
    }
  }
  for (const Facts& facts : all) money.channels.push_back(row_of(facts, basis));
  total.channel = "(total)";
  money.total = row_of(total, basis);
  return money;
}

}  // namespace covey::driver
