// How far apart personas lie, in standard deviations and shares of variance. Sizes, never p-values:
// the features made the groups.
#pragma once

#include <vector>

#include "covey/grid.h"
#include "group_statistics.h"

namespace covey::driver {

/// A feature with |Cohen's d| below this does not define a persona (the usual "medium" effect).
inline constexpr double kDefiningDifference = 0.5;

struct EffectSizes {
  std::vector<double> eta_squared;  ///< by feature; 0 where it does not vary
  /// [group][feature]: (mean - mean of the rest) / pooled standard deviation of the two, Cohen's d.
  /// Infinite where neither of the two varies; 0 where there is no rest, or no session.
  std::vector<std::vector<double>> difference;
};

/// From integer sums alone: of groups that hold all sessions of the summary once, and of the
/// summary of the same values.
EffectSizes effect_sizes(const GroupStatistics& groups, const Summary& original);

/// The features with |difference| of at least kDefiningDifference, largest first, at most three;
/// equal ones in the order of the features.
std::vector<int> defining_features(const std::vector<double>& difference);

}  // namespace covey::driver
