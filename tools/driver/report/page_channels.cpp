// Channels and device types: how many sessions, how many convert, and which personas.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "finding_text.h"
#include "report/html.h"
#include "report/html_table.h"
#include "report/page_parts.h"
#include "report/page_sections.h"
#include "report/page_verdicts.h"
#include "text_format.h"

namespace covey::driver {
namespace {

HtmlCell points_cell(const std::optional<Interval>& difference) {
  return difference ? interval_cell(points_text(*difference), *difference) : no_cell();
}

HtmlCell standardised_cell(const std::optional<Interval>& rate) {
  if (!rate) return no_cell();
  return interval_cell(fmt::format("{:.2f} % ({:.2f}-{:.2f})", rate->value * 100.0,
                                   rate->low * 100.0, rate->high * 100.0),
                       *rate);
}

/// A row a group: counts, rate, and what the rate would be with everybody's mix, for channels.
std::string rates_table(std::string_view caption, const char* kind,
                        const std::vector<Group>& groups, const char* file) {
  const bool channels = std::string_view(kind) == "Channel";
  std::vector<std::string> headers = {kind, "Sessions", "Conversions", "Conversion (95 %)",
                                      "Against all others (95 %)"};
  if (channels) headers.emplace_back("With everybody's devices and personas (95 %)");
  HtmlTable table(caption, headers);
  for (const Group& group : first_of(groups, kMostGroups)) {
    std::vector<HtmlCell> row = {name_cell(group.name), count_cell(group.sessions),
                                 count_cell(group.conversion.successes),
                                 rate_cell(group.conversion), points_cell(group.difference)};
    if (channels) {
      row.push_back(standardised_cell(group.by_both ? group.by_both : group.by_persona));
    }
    table.add(std::move(row));
  }
  return table.html() +
         rest_html(groups.size(), kMostGroups, channels ? "channels" : "device types", file);
}

std::string volume_table(const std::vector<Group>& groups) {
  HtmlTable table("Sessions by channel", {"Channel", "Sessions", "Share"});
  for (const Group& group : first_of(groups, kMostGroups)) {
    table.add({name_cell(group.name), count_cell(group.sessions), share_cell(group.share)});
  }
  return table.html() + rest_html(groups.size(), kMostGroups, "channels", "channels.csv");
}

/// A row a channel, a column a persona.
std::string cells_table(std::string_view caption, const Profile& profile,
                        const std::vector<Cell>& cells, HtmlCell (*figure)(const Cell&)) {
  const std::size_t personas = profile.personas.size();
  const std::size_t columns = std::min(personas, kMostPersonas);
  HtmlTable table(caption, {"Channel"});
  for (std::size_t at = 0; at < columns; ++at) table.add_name_header(profile.personas[at].name);
  const std::size_t channels = cells.size() / personas;
  for (std::size_t channel = 0; channel < std::min(channels, kMostGroups); ++channel) {
    const Cell* first = &cells[channel * personas];
    std::vector<HtmlCell> row(columns + 1, no_cell());
    row.front() = name_cell(first->channel);
    for (const Cell* cell = first; cell != first + personas; ++cell) {
      const auto column = static_cast<std::size_t>(cell->cluster);
      if (column < columns) row[column + 1] = figure(*cell);
    }
    table.add(std::move(row));
  }
  return table.html() + rest_html(channels, kMostGroups, "channels", "channel_personas.csv") +
         rest_html(personas, columns, "personas", "channel_personas.csv");
}

std::string conversion_figure(const Attribution& attribution) {
  const Findings& findings = attribution.findings;
  const auto& channels = attribution.channels;
  const std::string verdict =
      findings.channel_conversion
          ? conversion_verdict(*findings.channel_conversion, channels, findings)
          : "There is too little to compare: nothing was tested.";
  return figure_html(
      {"conversion", "Conversion by channel", verdict,
       "Each point is the share of a channel&#39;s sessions that convert, the line through it "
       "the range in which the true share lies with 95 % confidence. Where ranges overlap "
       "widely, chance may be all that tells the channels apart.",
       switch_html("conversion", "How conversion is drawn",
                   {{"points", "Points with intervals"}, {"bars", "Bars from zero"}}),
       "", rates_table("Conversion by channel", "Channel", channels, "channels.csv")});
}

std::string volume_figure(const Attribution& attribution) {
  return figure_html({"volume", "Sessions by channel", volume_verdict(attribution.channels),
                      "The longer a bar, the more sessions come by this channel. Much traffic "
                      "says nothing about how much of it converts.",
                      "", "", volume_table(attribution.channels)});
}

std::string composition_figures(const RunResult& result) {
  const Attribution& attribution = result.attribution;
  const auto& cells = attribution.channel_personas;
  const auto& tested = attribution.findings.channel_persona;
  const std::string composition =
      tested ? composition_verdict(*tested) : "With one persona or one channel there is no mix.";
  return beside_html(
      figure_html({"composition", "Personas within each channel", composition,
                   "Each bar is all sessions of a channel, divided by persona. Channels whose "
                   "bars look alike bring the same kinds of visit.",
                   legend_html(result.profile), "",
                   cells_table("Share of each persona within the channel", result.profile, cells,
                               [](const Cell& cell) { return share_cell(cell.share); })}) +
      figure_html({"residuals", "More or fewer than expected", residuals_verdict(cells),
                   "Were channels and personas independent, figures beyond 3.3 or -3.3 would come "
                   "up about once in a thousand. Above zero a persona is more frequent in the "
                   "channel than elsewhere, below zero less.",
                   "", "",
                   cells_table("Adjusted residuals", result.profile, cells, [](const Cell& cell) {
                     return number_cell(signed_text(cell.residual), cell.residual);
                   })}));
}

std::string devices_figure(const Attribution& attribution) {
  const auto& tested = attribution.findings.device_conversion;
  return figure_html(
      {"devices", "Conversion by device type",
       tested ? conversion_verdict(*tested, attribution.devices, attribution.findings)
              : "There is too little to compare: nothing was tested.",
       "Each point is the share of a device type&#39;s sessions that convert, with its 95 % "
       "interval. Where intervals overlap widely, chance may be all that tells them apart.",
       "", "",
       rates_table("Conversion by device type", "Device type", attribution.devices,
                   "devices.csv")});
}

}  // namespace

std::string channels_section(const Page& page) {
  const Attribution& attribution = page.result.attribution;
  const bool rates = page.result.profile.conversion.trials > 0;
  std::string figures;
  if (!attribution.channels.empty()) {
    figures +=
        beside_html((rates ? conversion_figure(attribution) : "") + volume_figure(attribution));
    if (!attribution.channel_personas.empty()) figures += composition_figures(page.result);
  }
  if (!attribution.devices.empty() && rates) figures += devices_figure(attribution);
  if (figures.empty()) return "";
  return section_html("channels", "Channels and device types", figures);
}

}  // namespace covey::driver
