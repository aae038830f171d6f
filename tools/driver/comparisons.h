// Conversion rates compared: every pair of groups, and each group against all other sessions.
#pragma once

#include <string>
#include <vector>

#include "findings.h"

namespace covey::driver {

/// Groups with their rates, which have trials; in the order of falling sessions.
struct RatedGroups {
  std::vector<std::string> names;
  std::vector<Rate> rates;
};

/// At most so many groups are paired (780 pairs).
inline constexpr std::size_t kMostPaired = 40;

/// Groups whose expected count of conversions, or of sessions without one, is below 5, and those
/// beyond the kMostPaired largest, put together as one group "(other)" at the end. `merged`: their
/// names.
RatedGroups merged_for_pairs(const RatedGroups& groups, std::vector<std::string>& merged);

/// Rate of all sessions but these.
Rate rest_of(const Rate& rate, const Rate& all);

/// Rate of all groups together.
Rate total_rate(const RatedGroups& groups);

/// Whether the smallest expected count of the 2 x 2 table is below 5: then the normal approximation
/// does not hold, and nothing is tested.
bool too_few_to_test(const Rate& a, const Rate& b);

/// Each pair, a before b in the order given. p is adjusted by Holm over the pairs that are tested.
std::vector<Comparison> compare_pairs(const RatedGroups& groups, double margin);

/// The first `most` groups, each against "(rest)"; adjusted likewise. Empty with fewer than two
/// groups.
std::vector<Comparison> compare_with_rest(const RatedGroups& groups, std::size_t most,
                                          double margin);

}  // namespace covey::driver
