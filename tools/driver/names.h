// Names of personas, each with the evidence for it. Rules, scores and thresholds:
// docs/statistics.md.
#pragma once

#include <string>
#include <vector>

#include "results.h"

namespace covey::driver {

/// A feature whose mean is this many overall standard deviations from the overall mean sets a
/// persona apart.
inline constexpr double kNameThreshold = 0.5;

/// Least score for one of the four names of mission profiles. A persona that holds the share s of
/// the sessions is at most sqrt((1 - s) / s) from the overall mean, so large ones cannot score as
/// high as small ones.
inline constexpr double kRoleThreshold = 0.4;

struct PersonaName {
  std::string name;
  std::string reason;  ///< sentences with figures
};

/// A unique name for each persona of the profile, in its order, from `mean`, `z` and
/// `overall_mean`; conversion, sizes and cluster numbers are not read.
std::vector<PersonaName> name_personas(const std::vector<std::string>& feature_names,
                                       const Profile& profile);

}  // namespace covey::driver
