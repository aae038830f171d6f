// Features of the rule sample in bins, so that thresholds are tried by counting.
#pragma once

#include <cstdint>
#include <vector>

#include "rule_sample.h"

namespace covey::driver {

inline constexpr std::size_t kMostBins = 64;

struct FeatureBins {
  int feature = 0;
  std::vector<double> low, high;  ///< of each bin, rising: its smallest and largest value
  bool exact = false;             ///< a bin is one value: low = high
  std::vector<std::uint8_t> bin;  ///< of each row of the sample

  int count() const { return static_cast<int>(low.size()); }
};

/// A bin a value where at most kMostBins values differ in the sample; else as many bins of about
/// equal weight.
FeatureBins feature_bins(const Columns& columns, int feature, const RuleSample& sample);

}  // namespace covey::driver
