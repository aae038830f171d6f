#include "rule_bins.h"

#include <algorithm>

namespace covey::driver {
namespace {

struct Value {
  double x;
  std::int64_t weight;
};

std::vector<Value> values_of(const Column& column, const RuleSample& sample) {
  std::vector<Value> values;
  values.reserve(sample.size());
  for (std::size_t at = 0; at < sample.size(); ++at)
    values.push_back({column[sample.row[at]] + 0.0, sample.weight[at]});
  return values;
}

/// The different values, rising; more than kMostBins of them: only the first that were met.
std::vector<double> few_values(const std::vector<Value>& values) {
  std::vector<double> few;
  for (const Value& value : values) {
    const auto at = std::lower_bound(few.begin(), few.end(), value.x);
    if (at != few.end() && *at == value.x) continue;
    few.insert(at, value.x);
    if (few.size() > kMostBins) break;
  }
  return few;
}

/// Largest value of each bin. A bin ends where the weight up to it reaches the next of equal
/// shares.
std::vector<double> quantiles(std::vector<Value> values) {
  std::sort(values.begin(), values.end(), [](const Value& a, const Value& b) { return a.x < b.x; });
  double total = 0, below = 0;  // whole numbers below 2^53
  for (const Value& value : values) total += static_cast<double>(value.weight);
  std::vector<double> ends;
  for (std::size_t at = 0; at < values.size(); ++at) {
    below += static_cast<double>(values[at].weight);
    if (at + 1 < values.size() && values[at + 1].x == values[at].x) continue;
    const double share = below / total * static_cast<double>(kMostBins);
    if (share >= static_cast<double>(ends.size() + 1) || at + 1 == values.size())
      ends.push_back(values[at].x);
  }
  return ends;
}

}  // namespace

FeatureBins feature_bins(const Columns& columns, int feature, const RuleSample& sample) {
  std::vector<Value> values =
      values_of(columns.features[static_cast<std::size_t>(feature)], sample);
  FeatureBins bins;
  bins.feature = feature;
  bins.high = few_values(values);
  bins.exact = bins.high.size() <= kMostBins;
  if (!bins.exact) bins.high = quantiles(values);
  bins.low = bins.high;
  bins.bin.reserve(values.size());
  for (const Value& value : values) {
    const auto at = std::lower_bound(bins.high.begin(), bins.high.end(), value.x);
    const auto bin = static_cast<std::size_t>(at - bins.high.begin());
    bins.low[bin] = std::min(bins.low[bin], value.x);
    bins.bin.push_back(static_cast<std::uint8_t>(bin));
  }
  return bins;
}

}  // namespace covey::driver
