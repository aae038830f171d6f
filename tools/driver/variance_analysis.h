// Means of a feature compared over groups, and the interval of one mean. Sources and assumptions:
// docs/statistics.md.
#pragma once

#include <cstdint>
#include <vector>

#include "findings.h"

namespace covey::driver {

/// One-way analysis of variance from summaries; fills all of FeatureComparison but the name and the
/// adjusted p (set to p); `differs`: p below 0.05. sizes and means by group (groups without
/// sessions are left out), `mean` of all sessions, `squares`: sum over all sessions of (value -
/// mean)^2. Eta squared = between / total with its 95 % interval from the non-central F
/// distribution (Steiger 2004). A constant feature, or fewer than two groups: F 0, p 1, eta squared
/// 0 from 0 to 0. No spread within groups: F infinite, p 0, eta squared 1 from 1 to 1. No more
/// sessions than groups: F 0, p 1, eta squared with 0 to 1.
FeatureComparison one_way_anova(const std::vector<std::int64_t>& sizes,
                                const std::vector<double>& means, double mean, double squares);

/// A mean with its 95 % normal interval mean +- 1.96 deviation / sqrt(n - 1). `deviation`: standard
/// deviation of the n values with divisor n, in the unit of the mean. Of fewer than two values
/// nothing is known of the spread: minus infinity to infinity.
Interval normal_mean(double mean, double deviation, std::int64_t n);

}  // namespace covey::driver
