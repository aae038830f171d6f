#include "recommendations_text.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "finding_text.h"
#include "wrapped_text.h"

namespace covey::driver {
namespace {

using Json = nlohmann::ordered_json;

/// Text that Markdown shows as it stands.
std::string markdown_text(std::string_view text) {
  constexpr std::string_view kMarkup = "\\`*_{}[]<>#|~&";
  std::string escaped;
  for (const char c : visible_text(text)) {
    if (kMarkup.find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

/// "sessions 63,861 (63,000 to 64,000)", or an empty string.
std::string stake_text(const Recommendation& recommendation) {
  if (!recommendation.at_stake) return "";
  return fmt::format("{} {}", amount_text(*recommendation.at_stake), recommendation.unit);
}

}  // namespace

Sheet recommendations_sheet(const std::vector<Recommendation>& recommendations) {
  Sheet sheet("recommendations");
  sheet.texts({"number", "rule", "recommendation", "action", "evidence", "at_stake", "at_stake_low",
               "at_stake_high", "unit", "confidence", "settles"});
  sheet.end_header();
  int number = 0;
  for (const Recommendation& row : recommendations) {
    sheet.count(++number);
    sheet.texts({row.rule, row.title, row.action, row.evidence});
    sheet.interval_if(row.at_stake);
    sheet.texts({row.unit, row.confidence, row.settles});
  }
  return sheet;
}

std::string recommendations_markdown(const std::vector<Recommendation>& recommendations) {
  std::string text =
      "# Recommendations\n\n"
      "Each follows by a written rule from the figures beside it. At stake are counts in these "
      "data, with\n95 % intervals; what an action would gain of them only a test can tell.\n";
  if (recommendations.empty()) text += "\nThe evidence gives rise to none.\n";
  int number = 0;
  for (const Recommendation& row : recommendations) {
    text += fmt::format("\n## {}. {}\n\n{}\n\n- **Evidence**: {}.\n", ++number,
                        markdown_text(row.title), markdown_text(row.action),
                        markdown_text(row.evidence));
    if (row.at_stake) text += fmt::format("- **At stake**: {}\n", markdown_text(stake_text(row)));
    text += fmt::format("- **Confidence**: {}\n- **What would settle it**: {}\n", row.confidence,
                        markdown_text(row.settles));
  }
  return text;
}

Json recommendations_json(const std::vector<Recommendation>& recommendations) {
  Json rows = Json::array();
  for (const Recommendation& row : recommendations) {
    Json stake;
    if (row.at_stake) {
      stake = {{"unit", row.unit},
               {"value", row.at_stake->value},
               {"low", row.at_stake->low},
               {"high", row.at_stake->high}};
    }
    rows.push_back({{"rule", row.rule},
                    {"recommendation", row.title},
                    {"action", row.action},
                    {"evidence", row.evidence},
                    {"at_stake", std::move(stake)},
                    {"confidence", row.confidence},
                    {"settles", row.settles}});
  }
  return rows;
}

std::string recommendation_list(const std::vector<Recommendation>& recommendations,
                                const TextOptions& options) {
  std::string text;
  int number = 0;
  for (const Recommendation& row : recommendations) {
    const std::string stake = stake_text(row);
    text +=
        wrapped_text(fmt::format("{}. {} ({}confidence {})", ++number, row.title,
                                 stake.empty() ? "" : "at stake: " + stake + "; ", row.confidence),
                     options.width);
  }
  return text;
}

}  // namespace covey::driver
