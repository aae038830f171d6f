// A short rule for each persona: the one or two conditions on features that stand for it best. What
// is found, and how far it is looked for: docs/statistics.md.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "covey/points.h"
#include "results.h"

namespace covey::driver {

/// low <= value <= high of one feature.
struct Condition {
  int feature = 0;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  bool holds(double x) const { return x >= low && x <= high; }
};

/// One condition with both shares at least this high: the persona is that rule.
inline constexpr double kRuleShare = 0.95;

/// What is known of the sessions when rules are looked for.
struct RuleSearch {
  const Columns& columns;
  std::span<const std::int32_t> cluster;   ///< by row of `columns`
  std::span<const std::int64_t> sessions;  ///< by cluster
  std::int64_t distinct = 0;               ///< rows of `columns` that differ, about
  /// Cohen's d, [cluster][feature]: where there are many features, those of the largest are tried.
  const std::vector<std::vector<double>>& difference;
};

/// The rule of each cluster, with precision and recall over all sessions; the text is empty where
/// none says more than that a session is one. The same for every order of rows, and whether equal
/// rows stand once or several times.
std::vector<DecisionRule> decision_rules(const RuleSearch& search,
                                         const std::vector<std::string>& feature_names);

/// The conditions joined by " and ": "x >= 3 and x <= 7", "flag = 1".
std::string rule_text(const std::vector<Condition>& conditions,
                      const std::vector<std::string>& feature_names);

/// The conditions of each cluster's best rule in the sample, at most two; none for a cluster that
/// the sample misses, or that no rule tells from the rest.
std::vector<std::vector<Condition>> search_rules(const RuleSearch& search);

}  // namespace covey::driver
