// What the tests of channels and device types found: every figure that a sentence may cite stands
// here once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace covey::driver {

/// A proportion successes / trials with its 95 % Wilson interval.
struct Rate {
  std::int64_t successes = 0;
  std::int64_t trials = 0;
  double value = 0, low = 0, high = 0;
};

/// An estimate with its 95 % interval.
struct Interval {
  double value = 0, low = 0, high = 0;
};

/// Whether two classifications have to do with one another: Pearson's chi-square over all cells.
struct Association {
  std::string rows, columns;  ///< what they are: "channel", "conversion"
  double statistic = 0;
  int degrees = 0;
  double p = 1;
  bool simulated = false;  ///< p by simulation, because of sparse cells
  int sparse_cells = 0;    ///< with an expected count below 5
  Interval cramers_v;
  bool differs = false;
};

/// Two conversion rates.
struct Comparison {
  std::string a, b;  ///< "(rest)": all sessions that are not a's; "(other)": sparse ones merged
  Rate rate_a, rate_b;
  Interval difference;  ///< a - b, Newcombe
  double z = 0, p = 1, p_adjusted = 1;
  double cohens_h = 0;
  double p_equivalence = 1;  ///< of two one-sided tests against the margin
  bool differs = false;      ///< adjusted p below 0.05
  bool equivalent = false;   ///< p_equivalence below 0.05
  bool too_few = false;      ///< an expected count is below 5: nothing was tested
};

/// Means of a feature over channels: one-way analysis of variance.
struct FeatureComparison {
  std::string feature;
  double f = 0, degrees_between = 0, degrees_within = 0;
  double p = 1, p_adjusted = 1;
  Interval eta_squared;
  bool differs = false;
};

/// A channel against the rest, within device types: Mantel and Haenszel.
struct StratifiedComparison {
  std::string channel;
  double crude_odds_ratio = 1;
  Interval odds_ratio;  ///< common to all device types
  double statistic = 0, p = 1, p_adjusted = 1;
  bool differs = false;
  bool too_few = false;  ///< as in Comparison
};

/// A row of tests.csv.
struct TestRow {
  std::string family;  ///< "channel x conversion", "channel pairs" ...
  std::string test;    ///< the method
  std::string subject, against;
  std::optional<double> statistic, degrees, degrees_within, p, p_adjusted;
  std::string effect;  ///< which effect size: "Cramer's V"
  std::optional<Interval> size;
  std::string verdict;
};

struct Findings {
  double margin = 0.01;
  std::optional<Association> channel_conversion, device_conversion, channel_persona;
  std::vector<Comparison> channel_pairs, channel_rest, device_pairs;
  std::vector<std::string> merged_channels, merged_devices;  ///< sparse, for pairs only
  std::vector<FeatureComparison> features;
  std::vector<StratifiedComparison> stratified;
  std::vector<TestRow> rows;  ///< all of them, for tests.csv
};

}  // namespace covey::driver
