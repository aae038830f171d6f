// Conditions of a rule between the values of the sample.
#pragma once

#include <cstdint>
#include <vector>

#include "rule_bins.h"

namespace covey::driver {

/// Bins first to last of a feature.
struct BinRange {
  int first = 0, last = 0;
};

/// The ranges that one condition holds: of two values each one; of a few each one, and all above or
/// below a threshold; else those above or below.
std::vector<BinRange> ranges_of(const FeatureBins& bins);
/// The ranges that take two conditions, >= and <=.
std::vector<BinRange> inner_ranges_of(const FeatureBins& bins);

/// F1 of a rule: the harmonic mean of precision and recall. Sessions that meet it and are the
/// cluster's, that meet it, that are the cluster's.
double f1_of(std::int64_t met_own, std::int64_t met, std::int64_t own);

enum class Relation { kEqual, kAtLeast, kAtMost };

/// A condition on a feature: `value` is the last one in the sample that meets it, `neighbour` the
/// next one, which does not.
struct Threshold {
  int feature = 0;
  Relation relation = Relation::kEqual;
  double value = 0, neighbour = 0;
  int bin = 0;  ///< that holds the value

  bool holds(double x) const {
    return relation == Relation::kEqual     ? x == value
           : relation == Relation::kAtLeast ? x >= value
                                            : x <= value;
  }
};

struct Thresholds {
  std::vector<Threshold> conditions;
  double f1 = 0;  ///< in the sample
};

/// Adds the one or two conditions that hold the range.
void add_thresholds(const FeatureBins& bins, BinRange range, Thresholds& thresholds);

/// What thresholds of a feature are judged by.
struct Trial {
  const Columns& columns;
  const RuleSample& sample;
  const FeatureBins& bins;
  std::size_t cluster = 0;
};

/// Moves one of the conditions, others as they are, to the value of best F1 in its bin and the next
/// one outward.
void refine(const Trial& trial, Threshold& threshold, Thresholds& thresholds);

/// Thresholds as the shortest decimals between value and neighbour.
std::vector<Condition> conditions_of(const Thresholds& thresholds);

}  // namespace covey::driver
