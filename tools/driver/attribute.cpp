// Stage 5: what each channel and device type brings, and which personas come by which channel.
#include <algorithm>
#include <span>

#include "group_statistics.h"
#include "row_sums.h"
#include "stages.h"
#include "statistics.h"

namespace covey::driver {
namespace {

/// Categories by falling sessions, then by name; those without sessions are left out.
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

std::vector<Group> group_rows(const Sessions& sessions, const Prepared& prepared,
                              const Category& category) {
  if (category.empty()) return {};
  const GroupStatistics groups = category_statistics(sessions, prepared, category);
  const double all = static_cast<double>(prepared.summary.weight);
  std::vector<Group> rows;
  for (const int g : ranked(category, groups.sums.weight)) {
    const std::int64_t count = groups.sessions(g);
    rows.push_back({category.names[g], count, static_cast<double>(count) / all,
                    groups.conversion(g), groups.mean(g)});
  }
  return rows;
}

std::vector<Cell> channel_cells(const Sessions& sessions, std::span<const std::int32_t> label,
                                const Profile& personas) {
  const Category& channel = sessions.channel;
  if (channel.empty()) return {};
  const std::size_t k = personas.personas.size();
  const auto counts = sum_over_rows(
      sessions, std::vector<std::int64_t>(channel.names.size() * k, 0),
      [&](std::size_t row, std::vector<std::int64_t>& sum) {
        const auto cluster = static_cast<std::size_t>(label[sessions.tuple_of(row)]);
        sum[static_cast<std::size_t>(channel.code[row]) * k + cluster] += sessions.weight_of(row);
      },
      add_entries);
  std::vector<std::int64_t> totals(channel.names.size(), 0);
  for (std::size_t at = 0; at < counts.size(); ++at) totals[at / k] += counts[at];

  std::vector<Cell> cells;
  for (const int c : ranked(channel, totals)) {
    const auto begin = static_cast<std::ptrdiff_t>(cells.size());
    for (const Persona& persona : personas.personas) {
      const std::int64_t count = counts[static_cast<std::size_t>(c) * k + persona.cluster];
      cells.push_back({channel.names[c], persona.cluster, persona.name, count,
                       static_cast<double>(count) / static_cast<double>(totals[c]),
                       adjusted_residual(count, totals[c], persona.sessions, personas.sessions)});
    }
    std::sort(cells.begin() + begin, cells.end(), [](const Cell& a, const Cell& b) {
      if (a.sessions != b.sessions) return a.sessions > b.sessions;
      return a.persona < b.persona;
    });
  }
  return cells;
}

}  // namespace

Attribution attribute(const Sessions& sessions, const Prepared& prepared,
                      const Segmentation& segmentation, const Profile& personas) {
  Attribution result;
  result.channels = group_rows(sessions, prepared, sessions.channel);
  result.devices = group_rows(sessions, prepared, sessions.device_type);
  result.channel_personas = channel_cells(sessions, segmentation.labels.label, personas);
  return result;
}

}  // namespace covey::driver
