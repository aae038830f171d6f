#include "rule_thresholds.h"

#include <algorithm>

#include "separating_decimal.h"

namespace covey::driver {
namespace {

/// A feature of so few values is asked for one of them too: "visits = 3".
constexpr int kFewValues = 8;

bool has_few_values(const FeatureBins& bins) { return bins.exact && bins.count() <= kFewValues; }

Threshold at_least(const FeatureBins& bins, int bin) {
  const auto at = static_cast<std::size_t>(bin);
  return {bins.feature, Relation::kAtLeast, bins.low[at], bins.high[at - 1], bin};
}

Threshold at_most(const FeatureBins& bins, int bin) {
  const auto at = static_cast<std::size_t>(bin);
  return {bins.feature, Relation::kAtMost, bins.high[at], bins.low[at + 1], bin};
}

/// A session that a threshold may take in or leave out.
struct Marginal {
  double height;  ///< its value, negative for <=: the higher, the sooner it is in
  std::int64_t weight;
  bool own;
};

/// Sessions that meet a rule, as its threshold goes down.
struct Sweep {
  std::int64_t met = 0, met_own = 0;
  std::vector<Marginal> marginal;

  void take(const Marginal& session) {
    met += session.weight;
    if (session.own) met_own += session.weight;
  }
};

/// Sessions that meet the other conditions: those in bins inside the threshold's are in, those in
/// its bin and the next one outward are to be decided.
Sweep sweep_of(const Trial& trial, const Threshold& threshold, const Thresholds& thresholds) {
  const Column& values = trial.columns.features[static_cast<std::size_t>(threshold.feature)];
  const int sign = threshold.relation == Relation::kAtLeast ? 1 : -1;
  const auto others_hold = [&](std::int64_t row) {
    return std::all_of(
        thresholds.conditions.begin(), thresholds.conditions.end(), [&](const Threshold& other) {
          if (&other == &threshold) return true;
          return other.holds(trial.columns.features[static_cast<std::size_t>(other.feature)][row]);
        });
  };
  Sweep sweep;
  for (std::size_t at = 0; at < trial.sample.size(); ++at) {
    const int depth = sign * (int{trial.bins.bin[at]} - threshold.bin);
    const std::int64_t row = trial.sample.row[at];
    if (depth < -1 || !others_hold(row)) continue;
    const bool own =
        at >= trial.sample.begin[trial.cluster] && at < trial.sample.begin[trial.cluster + 1];
    const Marginal session{sign * values[row], trial.sample.weight[at], own};
    if (depth > 0)
      sweep.take(session);
    else
      sweep.marginal.push_back(session);
  }
  std::sort(sweep.marginal.begin(), sweep.marginal.end(),
            [](const Marginal& a, const Marginal& b) { return a.height > b.height; });
  return sweep;
}

}  // namespace

std::vector<BinRange> ranges_of(const FeatureBins& bins) {
  const int n = bins.count();
  std::vector<BinRange> ranges;
  if (n == 1) return ranges;
  if (has_few_values(bins)) {
    for (int i = 0; i < n; ++i) ranges.push_back({i, i});
  }
  if (n == 2 && bins.exact) return ranges;
  for (int i = 1; i < n; ++i) ranges.push_back({i, n - 1});
  for (int i = 0; i + 1 < n; ++i) ranges.push_back({0, i});
  return ranges;
}

std::vector<BinRange> inner_ranges_of(const FeatureBins& bins) {
  const int n = bins.count(), least = has_few_values(bins) ? 1 : 0;
  std::vector<BinRange> ranges;
  for (int i = 1; i < n - 1; ++i) {
    for (int j = i + least; j < n - 1; ++j) ranges.push_back({i, j});
  }
  return ranges;
}

double f1_of(std::int64_t met_own, std::int64_t met, std::int64_t own) {
  return 2.0 * static_cast<double>(met_own) / static_cast<double>(met + own);
}

void add_thresholds(const FeatureBins& bins, BinRange range, Thresholds& thresholds) {
  if (has_few_values(bins) && range.first == range.last) {
    const double value = bins.low[static_cast<std::size_t>(range.first)];
    thresholds.conditions.push_back({bins.feature, Relation::kEqual, value, value, range.first});
    return;
  }
  if (range.first > 0) thresholds.conditions.push_back(at_least(bins, range.first));
  if (range.last + 1 < bins.count()) thresholds.conditions.push_back(at_most(bins, range.last));
}

void refine(const Trial& trial, Threshold& threshold, Thresholds& thresholds) {
  if (trial.bins.exact) return;
  Sweep sweep = sweep_of(trial, threshold, thresholds);
  const int sign = threshold.relation == Relation::kAtLeast ? 1 : -1;
  const std::int64_t own = trial.sample.sessions[trial.cluster];
  for (std::size_t at = 0; at < sweep.marginal.size(); ++at) {
    sweep.take(sweep.marginal[at]);
    // To take in the last one too is a threshold between bins, which the search has tried.
    if (at + 1 == sweep.marginal.size()) break;
    if (sweep.marginal[at].height == sweep.marginal[at + 1].height) continue;
    const double f1 = f1_of(sweep.met_own, sweep.met, own);
    if (f1 <= thresholds.f1) continue;
    thresholds.f1 = f1;
    threshold.value = sign * sweep.marginal[at].height;
    threshold.neighbour = sign * sweep.marginal[at + 1].height;
  }
}

std::vector<Condition> conditions_of(const Thresholds& thresholds) {
  std::vector<Condition> conditions;
  for (const Threshold& threshold : thresholds.conditions) {
    Condition condition;
    condition.feature = threshold.feature;
    if (threshold.relation != Relation::kAtMost)
      condition.low = threshold.relation == Relation::kEqual
                          ? threshold.value
                          : decimal_at_most(threshold.neighbour, threshold.value);
    if (threshold.relation != Relation::kAtLeast)
      condition.high = threshold.relation == Relation::kEqual
                           ? threshold.value
                           : decimal_at_least(threshold.value, threshold.neighbour);
    conditions.push_back(condition);
  }
  return conditions;
}

}  // namespace covey::driver
