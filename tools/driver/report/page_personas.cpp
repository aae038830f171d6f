// The personas: a card each, what sets them apart, and how they lie on the map.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html.h"
#include "report/html_table.h"
#include "report/page_parts.h"
#include "report/page_sections.h"
#include "report/page_verdicts.h"
#include "text_format.h"

namespace covey::driver {
namespace {

/// Means that stand on a card.
constexpr std::size_t kMostCardMeans = 6;

/// The features that set it apart, then the others by how far its means are from those of all.
std::vector<int> features_first(const Persona& persona) {
  std::vector<int> order = persona.defining;
  std::vector<int> others;
  for (int f = 0; f < static_cast<int>(persona.mean.size()); ++f) {
    if (std::find(order.begin(), order.end(), f) == order.end()) others.push_back(f);
  }
  std::stable_sort(others.begin(), others.end(), [&](int a, int b) {
    return std::abs(persona.z[static_cast<std::size_t>(a)]) >
           std::abs(persona.z[static_cast<std::size_t>(b)]);
  });
  order.insert(order.end(), others.begin(), others.end());
  return first_of(order, kMostCardMeans);
}

std::string means_html(const RunResult& result, const Persona& persona) {
  std::string list;
  for (const int feature : features_first(persona)) {
    const auto f = static_cast<std::size_t>(feature);
    list += fmt::format("<dt>{}</dt><dd><b>{}</b> <span class=\"muted\">(all: {})</span></dd>\n",
                        isolated_html(result.feature_names[f]), mean_text(persona.mean[f]),
                        mean_text(result.profile.overall_mean[f]));
  }
  return "<dl class=\"means\">\n" + list + "</dl>\n";
}

std::string rule_html(const DecisionRule& rule) {
  if (rule.text.empty()) return "";
  return fmt::format(
      "<p class=\"rule\">Told by <code>{}</code>: {} of the sessions that meet this are this "
      "persona&#39;s, and {} of the persona&#39;s sessions meet it.</p>\n",
      isolated_html(rule.text), percent_text(rule.precision), percent_text(rule.recall));
}

std::string card_html(const RunResult& result, const Persona& persona) {
  std::string facts = fmt::format("<b>{}</b> sessions, {} of all", count_text(persona.sessions),
                                  percent_text(persona.share));
  if (persona.conversion.trials > 0) {
    facts += fmt::format("; converts <b>{}</b>", rate_text(persona.conversion));
  }
  return fmt::format(
      "<article class=\"card\" data-cluster=\"{}\"><h3>{}{}</h3>\n<p>{}</p>\n{}{}"
      "<p class=\"muted\">{}</p></article>\n",
      persona.cluster, swatch_html(persona.cluster), isolated_html(persona.name), facts,
      means_html(result, persona), rule_html(persona.rule), html_text(persona.reason));
}

std::string heatmap_table(const RunResult& result) {
  const auto names = first_of(result.feature_names, kMostFeatures);
  const auto personas = first_of(result.profile.personas, kMostPersonas);
  const bool rates = result.profile.conversion.trials > 0;
  std::vector<std::string> headers = {"Persona", "Sessions", "Share"};
  if (rates) headers.emplace_back("Conversion (95 %)");
  HtmlTable table("Means of the features, in brackets standard deviations from the mean of all",
                  headers);
  for (const std::string& name : names) table.add_name_header(name);
  for (const Persona& persona : personas) {
    std::vector<HtmlCell> row = {name_cell(persona.name), count_cell(persona.sessions),
                                 share_cell(persona.share)};
    if (rates) row.push_back(rate_cell(persona.conversion));
    for (std::size_t f = 0; f < names.size(); ++f) {
      row.push_back(
          number_cell(fmt::format("{} ({})", mean_text(persona.mean[f]), signed_text(persona.z[f])),
                      persona.mean[f]));
    }
    table.add(std::move(row));
  }
  return table.html() +
         rest_html(result.profile.personas.size(), personas.size(), "personas", "personas.csv") +
         rest_html(result.feature_names.size(), names.size(), "features", "personas.csv");
}

std::string heatmap_figure(const RunResult& result) {
  return figure_html(
      {"heatmap", "What sets the personas apart",
       features_verdict(result.feature_names, result.profile),
       "A row a persona, a column a feature. The stronger a colour, the further the "
       "persona&#39;s mean lies above or below the mean of all sessions, in standard deviations.",
       "", "", heatmap_table(result)});
}

std::string centres_table(const RunResult& result, const PcaMap& map) {
  const auto personas =
      first_of(result.profile.personas, std::min(kMostPersonas, map.centroids.size()));
  HtmlTable table("Centres of the personas on the map",
                  {"Persona", "Sessions", "First axis", "Second axis"});
  for (const Persona& persona : personas) {
    const auto& centre = map.centroids[static_cast<std::size_t>(persona.cluster)];
    table.add({name_cell(persona.name), count_cell(persona.sessions), mean_cell(centre[0]),
               mean_cell(centre[1])});
  }
  return table.html();
}

std::string loadings_table(const RunResult& result, const PcaMap& map) {
  HtmlTable table("What the axes are made of",
                  {"Axis and feature", "Weight on the axis", "Share of variance of the axis"});
  for (std::size_t axis = 0; axis < map.loadings.size(); ++axis) {
    for (const auto& [feature, loading] : first_of(map.loadings[axis], kMostCardMeans)) {
      HtmlCell name = name_cell(result.feature_names[static_cast<std::size_t>(feature)]);
      name.html = fmt::format("Axis {}: {}", axis + 1, name.html);
      table.add({std::move(name), mean_cell(loading), share_cell(map.variance_ratio[axis])});
    }
  }
  return table.html();
}

std::string map_verdict(const PcaMap& map) {
  double shown = 0;
  for (const double ratio : map.variance_ratio) shown += ratio;
  const bool one = map.variance_ratio.size() == 1;
  return fmt::format("The {} drawn {} {} of what tells sessions apart.",
                     one ? "one axis" : "two axes", one ? "shows" : "show", percent_text(shown));
}

}  // namespace

std::string personas_section(const Page& page) {
  const auto& personas = page.result.profile.personas;
  std::string cards;
  for (const Persona& persona : first_of(personas, kMostPersonas)) {
    cards += card_html(page.result, persona);
  }
  return section_html("personas", "Personas",
                      paragraph_html("A persona is a group of sessions that resemble one another. "
                                     "Names are made from what sets the group apart.") +
                          "<div class=\"cards\">\n" + cards + "</div>\n" +
                          rest_html(personas.size(), kMostPersonas, "personas", "personas.csv") +
                          heatmap_figure(page.result));
}

std::string map_section(const Page& page) {
  if (page.map == nullptr) return "";
  const std::string picture = fmt::format(
      "<img class=\"static\" id=\"map-image\" alt=\"Map of all sessions in the colours of their "
      "personas\" src=\"data:image/png;base64,{}\">\n",
      base64_text(page_png(*page.map)));
  return section_html(
      "map", "Map of the sessions",
      figure_html(
          {"map", "How the sessions lie", map_verdict(*page.map),
           "Sessions that do alike lie close together; colour tells the persona, and the "
           "brighter a spot, the more sessions lie there. The axes are the two directions "
           "in which sessions differ most.",
           legend_html(page.result.profile), picture,
           centres_table(page.result, *page.map) + loadings_table(page.result, *page.map)}));
}

}  // namespace covey::driver
