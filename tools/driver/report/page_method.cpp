// How the results come about, and all that it takes to get them again.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "covey/version.h"
#include "report/assets.h"
#include "report/html.h"
#include "report/html_table.h"
#include "report/page_parts.h"
#include "report/page_sections.h"
#include "versions.h"

namespace covey::driver {
namespace {

/// Options that change where and on what a run computes, not what it finds.
constexpr std::array<std::string_view, 12> kNotOfResults = {
    "files", "output",     "force", "keep_columns", "backend",       "threads",
    "gpus",  "gpu_memory", "names", "spend",        "shared_plotly", "report"};

constexpr const char* kGroups =
    "Each session is a point whose coordinates are its features, brought to one scale so that no "
    "feature counts for more because of its unit. Sessions are grouped by k-means: every persona "
    "is the set of sessions nearest to its centre, and centres are moved until nothing changes, "
    "from several starts of which the tightest is kept. How many personas to make is decided by "
    "whether they are tighter than groups cut from data without structure, whether they come back "
    "when sessions are drawn anew, and how far apart they lie. The map shows the sessions in the "
    "two directions in which they differ most (principal components).";

constexpr const char* kTests =
    "Intervals are 95 % intervals, those of conversion rates by Wilson&#39;s method. Whether "
    "channels or device types differ is tested over all of them at once (chi-square), then pair by "
    "pair and each against the rest, with Holm&#39;s correction for the number of comparisons; "
    "differences of features are tested by analysis of variance, and channels once more within "
    "device types (Mantel and Haenszel). That a test shows no difference does not prove equality: "
    "for that there is a second test, of whether rates are closer than a margin.";

std::string option_text(const nlohmann::ordered_json& value) {
  if (value.is_null()) return "(none)";
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.empty() ? "(none)" : text;
  }
  if (!value.is_array()) {
    return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  std::string list;
  for (const auto& item : value) list += (list.empty() ? "" : ", ") + option_text(item);
  return list.empty() ? "(none)" : list;
}

std::string options_table(const nlohmann::ordered_json& options) {
  HtmlTable table("Options of the run", {"Option", "Value"});
  for (const auto& [name, value] : options.items()) {
    const std::string_view option = name;
    if (std::find(kNotOfResults.begin(), kNotOfResults.end(), option) != kNotOfResults.end()) {
      continue;
    }
    table.add({text_cell(name), name_cell(option_text(value))});
  }
  return table.html();
}

std::string versions_text() {
  std::string text = fmt::format("covey {}", version());
  for (const auto& [name, number] : library_versions())
    text += fmt::format(", {} {}", name, number);
  return text + fmt::format(", Plotly.js {}", plotly_version());
}

}  // namespace

std::string method_section(const Page& page) {
  std::string seed;
  if (page.options.contains("seed")) {
    seed = fmt::format(" Seed: {}.", page.options["seed"].get<std::uint64_t>());
  }
  return section_html(
      "method", "Method and reproducibility",
      paragraph_html(kGroups) + paragraph_html(kTests) +
          paragraph_html(fmt::format("Made with {}.{} Hash of the data: <code>{}</code>.",
                                     html_text(versions_text()), seed,
                                     html_text(page.result.data_hash))) +
          paragraph_html("The same data, options and seed give the same page on any machine.") +
          "<details class=\"data\" open><summary>Options of the run</summary>\n" +
          options_table(page.options) + "</details>\n");
}

}  // namespace covey::driver
