// What can be said of channels and device types, and how surely: all tests of a run.
#pragma once

#include <string>
#include <vector>

#include "cross_counts.h"
#include "results.h"

namespace covey::driver {

/// At most so many channels, the largest, are tested one by one against the rest.
inline constexpr std::size_t kMostTested = 1'000;

/// Sessions by channel, device type and persona. Channels and device types that have sessions, by
/// falling number of them. No names: there is no such column, and the table has one category.
struct ClassifiedCounts {
  std::vector<std::string> channels, devices;
  CrossCounts by_channel;  ///< channels x devices x personas; one device where they are left out
  CrossCounts by_device;   ///< 1 x devices x 1
};

/// Each feature's means over channels, p adjusted by Holm over the features. Empty with fewer than
/// two channels.
std::vector<FeatureComparison> compare_features(const std::vector<std::string>& feature_names,
                                                const std::vector<Group>& channels,
                                                const Profile& profile);

/// All findings, and their rows. Rates are compared where there is a conversion column; a
/// classification with fewer than two categories is not tested.
Findings test_attribution(const ClassifiedCounts& counts, std::vector<FeatureComparison> features,
                          double margin);

}  // namespace covey::driver
