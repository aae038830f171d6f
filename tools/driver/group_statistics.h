// Sessions, conversions and exact means of groups of rows: what personas, channels and devices have
// in common.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "covey/backend.h"
#include "results.h"
#include "table.h"

namespace covey::driver {

/// Counts by group, multiplicities counted. Sums of group g and feature f stand at [g * d + f] of
/// `sums`.
struct GroupStatistics {
  int dimensions = 0;
  std::vector<FixedPoint> fixed;          ///< of the original values, by feature
  GroupSums sums;                         ///< weight: the sessions
  std::vector<std::int64_t> conversions;  ///< empty: there is no such column, or nobody asked

  std::int64_t sessions(int group) const { return sums.weight[group]; }
  /// Rate of the group; no trials where there is no conversion column.
  Rate conversion(int group) const;
  /// Means by feature in original units, of one group that has sessions, or of all groups.
  std::vector<double> mean(int group) const;
  std::vector<double> overall_mean() const;
};

/// group[tuple] in [0, groups) for each feature tuple; groups may be empty.
GroupStatistics label_statistics(const Backend& backend, const Sessions& sessions,
                                 const Prepared& prepared, std::span<const std::int32_t> group,
                                 int groups);

/// A group for each name of a category, without conversions. Rows of one tuple may be in several.
GroupStatistics category_statistics(const Sessions& sessions, const Prepared& prepared,
                                    const Category& category);

}  // namespace covey::driver
