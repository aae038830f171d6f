#include "cross_counts.h"

#include "row_sums.h"

namespace covey::driver {
namespace {

CrossCounts table_of(int channels, int devices, int personas, bool has_conversion) {
  CrossCounts table{channels, devices, personas, has_conversion, {}};
  table.sessions.assign(std::size_t{2} * channels * devices * personas, 0);
  return table;
}

/// Adds each cell of `from` to the cell of `to` that target(channel, device, persona) numbers.
template <typename Target>
void add_cells(const CrossCounts& from, CrossCounts& to, Target target) {
  std::size_t at = 0;
  for (int channel = 0; channel < from.channels; ++channel) {
    for (int device = 0; device < from.devices; ++device) {
      for (int persona = 0; persona < from.personas; ++persona, at += 2) {
        const std::size_t cell = 2 * target(channel, device, persona);
        to.sessions[cell] += from.sessions[at];
        to.sessions[cell + 1] += from.sessions[at + 1];
      }
    }
  }
}

}  // namespace

CrossCounts cross_counts(const Sessions& sessions, std::span<const std::int32_t> label,
                         int personas, Axes axes) {
  const Category& channel = sessions.channel;
  const Category& device = sessions.device_type;
  const bool by_channel = axes.channel && !channel.empty();
  const bool by_device = axes.device && !device.empty();
  const int channels = by_channel ? static_cast<int>(channel.names.size()) : 1;
  const int devices = by_device ? static_cast<int>(device.names.size()) : 1;
  CrossCounts table =
      table_of(channels, devices, axes.persona ? personas : 1, !sessions.conversion.empty());
  table.sessions = sum_over_rows(
      sessions, table.sessions,
      [&](std::size_t row, std::vector<std::int64_t>& sum) {
        std::size_t cell = by_channel ? static_cast<std::size_t>(channel.code[row]) : 0;
        if (by_device) cell = cell * devices + device.code[row];
        if (axes.persona) cell = cell * personas + label[sessions.tuple_of(row)];
        const std::size_t converted = table.has_conversion ? sessions.conversion[row] : 0;
        sum[2 * cell + converted] += sessions.weight_of(row);
      },
      add_entries);
  return table;
}

CrossCounts collapsed(const CrossCounts& counts, Axes keep) {
  CrossCounts table =
      table_of(keep.channel ? counts.channels : 1, keep.device ? counts.devices : 1,
               keep.persona ? counts.personas : 1, counts.has_conversion);
  add_cells(counts, table, [&](int channel, int device, int persona) {
    const std::size_t group = keep.channel ? channel : 0;
    const std::size_t type = keep.device ? device : 0;
    return (group * table.devices + type) * table.personas + (keep.persona ? persona : 0);
  });
  return table;
}

CrossCounts reordered(const CrossCounts& counts, std::span<const int> channels,
                      std::span<const int> devices) {
  CrossCounts table = table_of(static_cast<int>(channels.size()), static_cast<int>(devices.size()),
                               counts.personas, counts.has_conversion);
  std::size_t at = 0;
  for (const int channel : channels) {
    for (const int device : devices) {
      const std::size_t from =
          (static_cast<std::size_t>(channel) * counts.devices + device) * counts.personas * 2;
      for (int entry = 0; entry < counts.personas * 2; ++entry) {
        table.sessions[at++] = counts.sessions[from + entry];
      }
    }
  }
  return table;
}

}  // namespace covey::driver
