// Medians of groups of sessions, without sorting: what the middle session of a persona does.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "covey/points.h"

namespace covey::driver {

/// Median of each feature by group, [group][feature]: the middle value, multiplicities counted, or
/// the midpoint of the two middle ones. Empty for a group without sessions. `group` by row of
/// `columns`, `sessions` by group: the sum of the multiplicities of its rows. Takes a few passes
/// over the rows a feature, whatever the values are, on all threads.
std::vector<std::vector<double>> group_medians(const Columns& columns,
                                               std::span<const std::int32_t> group,
                                               std::span<const std::int64_t> sessions);

}  // namespace covey::driver
