#include "test_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "statistics.h"

namespace covey::driver {
namespace {

constexpr const char* kNoDifference = "no difference shown";
constexpr const char* kTooFew = "too few sessions to test";

/// Below these an effect is less than small by the conventions of Cohen 1988: Cramer's V (with up
/// to five personas) and eta squared.
constexpr double kSmallV = 0.05;
constexpr double kSmallEta = 0.01;

bool all_equivalent(const std::vector<Comparison>& pairs) {
  return !pairs.empty() &&
         std::all_of(pairs.begin(), pairs.end(), [](const auto& pair) { return pair.equivalent; });
}

/// h +- 1.96 sqrt(1 / n_a + 1 / n_b): 2 asin sqrt(p) has the variance 1 / n whatever the rate.
Interval cohens_h_interval(const Comparison& comparison) {
  const double arm = kNormal975 * std::sqrt(1.0 / static_cast<double>(comparison.rate_a.trials) +
                                            1.0 / static_cast<double>(comparison.rate_b.trials));
  return {comparison.cohens_h, comparison.cohens_h - arm, comparison.cohens_h + arm};
}

TestRow row_of(const Association& association, const Findings& findings) {
  TestRow row;
  row.family = fmt::format("{} x {}", association.rows, association.columns);
  row.test = "Pearson chi-square";
  if (association.simulated) {
    row.test += fmt::format(", p simulated ({} expected count{} below 5)", association.sparse_cells,
                            association.sparse_cells == 1 ? "" : "s");
  }
  row.subject = association.rows;
  row.against = association.columns;
  row.statistic = association.statistic;
  row.degrees = association.degrees;
  row.p = association.p;
  row.effect = "Cramer's V";
  row.size = association.cramers_v;
  row.verdict = verdict_of(association, findings);
  return row;
}

void add_rows(std::vector<TestRow>& rows, const char* family,
              const std::vector<Comparison>& comparisons, double margin) {
  for (const Comparison& comparison : comparisons) {
    TestRow row;
    row.family = family;
    row.test = "two-proportion z";
    row.subject = comparison.a;
    row.against = comparison.b;
    row.effect = "difference";
    row.size = comparison.difference;
    row.verdict = verdict_of(comparison, margin);
    if (comparison.too_few) {
      rows.push_back(std::move(row));
      continue;
    }
    TestRow equivalence = row;
    row.statistic = comparison.z;
    row.p = comparison.p;
    row.p_adjusted = comparison.p_adjusted;
    rows.push_back(std::move(row));
    const std::string within = points_text(margin);
    equivalence.test = "equivalence within " + within;
    equivalence.p = comparison.p_equivalence;
    equivalence.effect = "Cohen's h";
    equivalence.size = cohens_h_interval(comparison);
    equivalence.verdict =
        (comparison.equivalent ? "equivalent within " : "not shown to be equivalent within ") +
        within;
    rows.push_back(std::move(equivalence));
  }
}

TestRow row_of(const StratifiedComparison& comparison) {
  TestRow row;
  row.family = "channels within device types";
  row.test = "Mantel-Haenszel";
  row.subject = comparison.channel;
  row.against = "(rest)";
  row.effect = "odds ratio";
  row.size = comparison.odds_ratio;
  row.verdict = verdict_of(comparison);
  if (comparison.too_few) return row;
  row.statistic = comparison.statistic;
  row.degrees = 1;
  row.p = comparison.p;
  row.p_adjusted = comparison.p_adjusted;
  return row;
}

TestRow row_of(const FeatureComparison& comparison) {
  TestRow row;
  row.family = "features by channel";
  row.test = "one-way analysis of variance";
  row.subject = comparison.feature;
  row.against = "channel";
  row.statistic = comparison.f;
  row.degrees = comparison.degrees_between;
  row.degrees_within = comparison.degrees_within;
  row.p = comparison.p;
  row.p_adjusted = comparison.p_adjusted;
  row.effect = "eta squared";
  row.size = comparison.eta_squared;
  row.verdict = verdict_of(comparison);
  return row;
}

}  // namespace

std::string points_text(double share) {
  const std::string points = fmt::format("{:.6g}", share * 100.0);
  return points + (points == "1" ? " point" : " points");
}

std::string verdict_of(const Association& association, const Findings& findings) {
  if (!association.differs) return kNoDifference;
  std::string differ = association.rows + "s differ";
  if (association.columns == "conversion") {
    const bool channels = association.rows == "channel";
    const auto& pairs = channels ? findings.channel_pairs : findings.device_pairs;
    const auto& merged = channels ? findings.merged_channels : findings.merged_devices;
    if (!merged.empty() || !all_equivalent(pairs)) return differ;
    return fmt::format("{}, but no two by {}", differ, points_text(findings.margin));
  }
  return association.cramers_v.high < kSmallV ? differ + ", but hardly: V is below 0.05" : differ;
}

std::string verdict_of(const Comparison& comparison, double margin) {
  if (comparison.too_few) return kTooFew;
  const std::string within = points_text(margin);
  if (comparison.differs) {
    return comparison.equivalent ? fmt::format("differ, but by less than {}", within) : "differ";
  }
  return comparison.equivalent
             ? fmt::format("{}; equivalent within {}", kNoDifference, within)
             : fmt::format("{}, and not shown to be equivalent within {}", kNoDifference, within);
}

std::string verdict_of(const FeatureComparison& comparison) {
  std::string verdict = comparison.differs ? "means differ" : kNoDifference;
  if (comparison.eta_squared.high >= kSmallEta) return verdict;
  return verdict + (comparison.differs ? ", but the channel explains less than 1 % of the variance"
                                       : "; the channel explains less than 1 % of the variance");
}

std::string verdict_of(const StratifiedComparison& comparison) {
  if (comparison.too_few) return kTooFew;
  if (!comparison.differs) return kNoDifference;
  const bool turned = (comparison.crude_odds_ratio - 1.0) * (comparison.odds_ratio.value - 1.0) < 0;
  return turned ? "differ, the other way round than over all device types together" : "differ";
}

std::vector<TestRow> test_rows(const Findings& findings) {
  std::vector<TestRow> rows;
  for (const auto* association :
       {&findings.channel_conversion, &findings.device_conversion, &findings.channel_persona}) {
    if (*association) rows.push_back(row_of(**association, findings));
  }
  add_rows(rows, "channel pairs", findings.channel_pairs, findings.margin);
  add_rows(rows, "channels against the rest", findings.channel_rest, findings.margin);
  for (const auto& comparison : findings.stratified) rows.push_back(row_of(comparison));
  add_rows(rows, "device type pairs", findings.device_pairs, findings.margin);
  for (const auto& comparison : findings.features) rows.push_back(row_of(comparison));
  return rows;
}

}  // namespace covey::driver
