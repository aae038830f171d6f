#include "attribution_tests.h"

#include <algorithm>

#include "comparisons.h"
#include "contingency.h"
#include "multiple_tests.h"
#include "statistics.h"
#include "stratified.h"
#include "test_rows.h"
#include "variance_analysis.h"

namespace covey::driver {
namespace {

/// Seeds of simulated p-values, one a table.
enum Seed : std::uint64_t { kChannelConversion = 1, kDeviceConversion, kChannelPersona };

Rate rate_of(const Count& count) { return wilson(count.conversions, count.sessions); }

RatedGroups channel_groups(const ClassifiedCounts& counts) {
  const CrossCounts table = collapsed(counts.by_channel, {true, false, false});
  RatedGroups groups{counts.channels, {}};
  for (int c = 0; c < table.channels; ++c) groups.rates.push_back(rate_of(table.at(c, 0, 0)));
  return groups;
}

RatedGroups device_groups(const ClassifiedCounts& counts) {
  RatedGroups groups{counts.devices, {}};
  for (int d = 0; d < counts.by_device.devices; ++d) {
    groups.rates.push_back(rate_of(counts.by_device.at(0, d, 0)));
  }
  return groups;
}

/// Empty, with a row for each group; groups beyond the kMostTested largest share the last one.
ContingencyTable empty_table(std::size_t groups, int columns) {
  ContingencyTable table{static_cast<int>(std::min(groups, kMostTested + 1)), columns, {}};
  table.counts.assign(static_cast<std::size_t>(table.rows) * columns, 0);
  return table;
}

std::int64_t& cell_of(ContingencyTable& table, std::size_t group, int column) {
  return table.counts[std::min(group, kMostTested) * table.columns + column];
}

Association with_conversion(const std::string& what, const RatedGroups& groups, Seed seed) {
  ContingencyTable table = empty_table(groups.rates.size(), 2);
  for (std::size_t g = 0; g < groups.rates.size(); ++g) {
    const Rate& rate = groups.rates[g];
    cell_of(table, g, 0) += rate.trials - rate.successes;
    cell_of(table, g, 1) += rate.successes;
  }
  Association result = chi_square_test(table, seed);
  result.rows = what;
  result.columns = "conversion";
  return result;
}

Association with_persona(const ClassifiedCounts& counts) {
  const CrossCounts cells = collapsed(counts.by_channel, {true, false, true});
  ContingencyTable table = empty_table(counts.channels.size(), cells.personas);
  for (int c = 0; c < cells.channels; ++c) {
    for (int k = 0; k < cells.personas; ++k) cell_of(table, c, k) += cells.at(c, 0, k).sessions;
  }
  Association result = chi_square_test(table, kChannelPersona);
  result.rows = "channel";
  result.columns = "persona";
  return result;
}

std::vector<StratifiedComparison> within_devices(const ClassifiedCounts& counts) {
  const CrossCounts cells = collapsed(counts.by_channel, {true, true, false});
  if (cells.channels < 2 || cells.devices < 2) return {};
  const CrossCounts devices = collapsed(cells, {false, true, false});
  const Rate all = rate_of(collapsed(devices, {false, false, false}).at(0, 0, 0));
  const int most = std::min(cells.channels, static_cast<int>(kMostTested));
  std::vector<StratifiedComparison> family;
  for (int c = 0; c < most; ++c) {
    std::vector<Stratum> strata;
    Count channel;
    for (int d = 0; d < cells.devices; ++d) {
      const Count count = cells.at(c, d, 0);
      const Rate rate = rate_of(count);
      strata.push_back({rate, rest_of(rate, rate_of(devices.at(0, d, 0)))});
      channel.sessions += count.sessions;
      channel.conversions += count.conversions;
    }
    StratifiedComparison comparison = mantel_haenszel(strata);
    comparison.channel = counts.channels[c];
    comparison.too_few = too_few_to_test(rate_of(channel), rest_of(rate_of(channel), all));
    if (comparison.too_few) {
      comparison.statistic = 0;
      comparison.p = comparison.p_adjusted = 1;
    }
    family.push_back(std::move(comparison));
  }
  adjust_family(family);
  return family;
}

void test_channel_rates(const ClassifiedCounts& counts, Findings& findings) {
  const RatedGroups groups = channel_groups(counts);
  if (groups.names.size() < 2) return;
  findings.channel_conversion = with_conversion("channel", groups, kChannelConversion);
  findings.channel_pairs =
      compare_pairs(merged_for_pairs(groups, findings.merged_channels), findings.margin);
  findings.channel_rest = compare_with_rest(groups, kMostTested, findings.margin);
  findings.stratified = within_devices(counts);
}

void test_device_rates(const ClassifiedCounts& counts, Findings& findings) {
  const RatedGroups groups = device_groups(counts);
  if (groups.names.size() < 2) return;
  findings.device_conversion = with_conversion("device type", groups, kDeviceConversion);
  findings.device_pairs =
      compare_pairs(merged_for_pairs(groups, findings.merged_devices), findings.margin);
}

}  // namespace

std::vector<FeatureComparison> compare_features(const std::vector<std::string>& feature_names,
                                                const std::vector<Group>& channels,
                                                const Profile& profile) {
  if (channels.size() < 2) return {};
  std::vector<std::int64_t> sizes;
  for (const Group& channel : channels) sizes.push_back(channel.sessions);
  std::vector<FeatureComparison> family;
  std::vector<double> p;
  for (std::size_t f = 0; f < feature_names.size(); ++f) {
    std::vector<double> means;
    for (const Group& channel : channels) means.push_back(channel.mean[f]);
    const double deviation = profile.overall_sd[f];
    const double squares = deviation * deviation * static_cast<double>(profile.sessions);
    family.push_back(one_way_anova(sizes, means, profile.overall_mean[f], squares));
    family.back().feature = feature_names[f];
    p.push_back(family.back().p);
  }
  const std::vector<double> adjusted = holm(p);
  for (std::size_t f = 0; f < family.size(); ++f) {
    family[f].p_adjusted = adjusted[f];
    family[f].differs = adjusted[f] < kLevel;
  }
  return family;
}

Findings test_attribution(const ClassifiedCounts& counts, std::vector<FeatureComparison> features,
                          double margin) {
  Findings findings;
  findings.margin = margin;
  if (counts.by_channel.has_conversion) {
    test_channel_rates(counts, findings);
    test_device_rates(counts, findings);
  }
  if (counts.channels.size() > 1) findings.channel_persona = with_persona(counts);
  findings.features = std::move(features);
  findings.rows = test_rows(findings);
  return findings;
}

}  // namespace covey::driver
