// Stage 5: what each channel and device type brings, which personas come by which channel, and how
// sure that is.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "attribution_tests.h"
#include "comparisons.h"
#include "cross_counts.h"
#include "group_statistics.h"
#include "proportions.h"
#include "stages.h"
#include "standardise.h"
#include "statistics.h"
#include "text_format.h"

namespace covey::driver {
namespace {

/// Categories that have sessions: their codes by falling sessions, then by name.
std::vector<int> ranked(const Category& category, const std::vector<std::int64_t>& sessions) {
  std::vector<int> order;
  for (int g = 0; g < static_cast<int>(category.names.size()); ++g) {
    if (sessions[g] > 0) order.push_back(g);
  }
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    if (sessions[a] != sessions[b]) return sessions[a] > sessions[b];
    return category.names[a] < category.names[b];
  });
  return order;
}

/// Sessions, shares and means, in ranked order; `order` receives the codes.
std::vector<Group> groups_of(const Sessions& sessions, const Prepared& prepared,
                             const Category& category, std::vector<int>& order) {
  if (category.empty()) {
    order = {0};
    return {};
  }
  const GroupStatistics groups = category_statistics(sessions, prepared, category);
  order = ranked(category, groups.sums.weight);
  const double all = static_cast<double>(prepared.summary.weight);
  std::vector<Group> rows;
  for (const int g : order) {
    Group& row = rows.emplace_back();
    row.name = category.names[g];
    row.sessions = groups.sessions(g);
    row.share = static_cast<double>(row.sessions) / all;
    row.mean = groups.mean(g);
  }
  return rows;
}

std::vector<std::string> names_of(const std::vector<Group>& groups) {
  std::vector<std::string> names;
  for (const Group& group : groups) names.push_back(group.name);
  return names;
}

void add_rate(Group& group, const Count& count, const Rate& all) {
  group.conversion = wilson(count.conversions, count.sessions);
  if (count.sessions < all.trials) {
    group.difference = newcombe(group.conversion, rest_of(group.conversion, all));
  }
  if (all.successes > 0) group.lift = group.conversion.value / all.value;
}

void add_channel_rates(std::vector<Group>& channels, const CrossCounts& counts, const Rate& all) {
  const CrossCounts totals = collapsed(counts, {true, false, false});
  const auto by_device = standardised_rates(collapsed(counts, {true, true, false}));
  const auto by_persona = standardised_rates(collapsed(counts, {true, false, true}));
  const auto by_both = standardised_rates(counts);
  for (int c = 0; c < static_cast<int>(channels.size()); ++c) {
    Group& channel = channels[c];
    add_rate(channel, totals.at(c, 0, 0), all);
    if (counts.devices > 1) channel.by_device = by_device[c];
    if (counts.personas > 1) channel.by_persona = by_persona[c];
    if (counts.devices > 1 && counts.personas > 1) channel.by_both = by_both[c];
  }
}

std::vector<Cell> channel_cells(const std::vector<Group>& channels, const CrossCounts& counts,
                                const Profile& personas) {
  const CrossCounts table = collapsed(counts, {true, false, true});
  std::vector<Cell> cells;
  for (int c = 0; c < static_cast<int>(channels.size()); ++c) {
    const Group& channel = channels[c];
    const auto begin = static_cast<std::ptrdiff_t>(cells.size());
    for (const Persona& persona : personas.personas) {
      const std::int64_t count = table.at(c, 0, persona.cluster).sessions;
      cells.push_back(
          {channel.name, persona.cluster, persona.name, count,
           static_cast<double>(count) / static_cast<double>(channel.sessions),
           adjusted_residual(count, channel.sessions, persona.sessions, personas.sessions)});
    }
    std::sort(cells.begin() + begin, cells.end(), [](const Cell& a, const Cell& b) {
      if (a.sessions != b.sessions) return a.sessions > b.sessions;
      return a.persona < b.persona;
    });
  }
  return cells;
}

/// Counts by channel and persona, and by device type too where that table is not too large.
ClassifiedCounts counted(const Sessions& sessions, std::span<const std::int32_t> label,
                         int personas, std::span<const int> channels, std::span<const int> devices,
                         std::vector<std::string>& warnings) {
  /// 64 MiB a thread.
  constexpr std::int64_t kMostCells = std::int64_t{1} << 22;
  const auto of = [](const Category& category) {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(category.names.size()));
  };
  const std::int64_t all = of(sessions.channel) * of(sessions.device_type) * personas;
  ClassifiedCounts counts;
  if (all <= kMostCells) {
    const CrossCounts cells = cross_counts(sessions, label, personas, {});
    counts.by_channel = reordered(cells, channels, devices);
    counts.by_device = collapsed(counts.by_channel, {false, true, false});
    return counts;
  }
  warnings.push_back(
      fmt::format("{} channels by {} device types are too many to tell apart at once: rates are "
                  "not standardised by device type, nor compared within device types",
                  count_text(of(sessions.channel)), count_text(of(sessions.device_type))));
  const std::vector<int> one = {0};
  counts.by_channel =
      reordered(cross_counts(sessions, label, personas, {true, false, true}), channels, one);
  counts.by_device =
      reordered(cross_counts(sessions, label, personas, {false, true, false}), one, devices);
  return counts;
}

}  // namespace

Attribution attribute(const Sessions& sessions, const Prepared& prepared,
                      const Segmentation& segmentation, const Profile& personas,
                      const AnalysisOptions& analysis) {
  Attribution result;
  std::vector<int> channels, devices;
  result.channels = groups_of(sessions, prepared, sessions.channel, channels);
  result.devices = groups_of(sessions, prepared, sessions.device_type, devices);
  ClassifiedCounts counts =
      counted(sessions, segmentation.labels.label, static_cast<int>(personas.personas.size()),
              channels, devices, result.warnings);
  counts.channels = names_of(result.channels);
  counts.devices = names_of(result.devices);
  if (counts.by_channel.has_conversion) {
    if (result.channels.size() > kMostTested) {
      result.warnings.push_back(fmt::format(
          "only the {} largest of {} channels are tested against the rest",
          count_text(kMostTested), count_text(static_cast<std::int64_t>(result.channels.size()))));
    }
    add_channel_rates(result.channels, counts.by_channel, personas.conversion);
    for (int d = 0; d < static_cast<int>(result.devices.size()); ++d) {
      add_rate(result.devices[d], counts.by_device.at(0, d, 0), personas.conversion);
    }
  }
  result.channel_personas = channel_cells(result.channels, counts.by_channel, personas);
  result.findings = test_attribution(
      counts, compare_features(sessions.feature_names, result.channels, personas), analysis.margin);
  return result;
}

}  // namespace covey::driver
