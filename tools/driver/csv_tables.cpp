#include "csv_tables.h"

#include <optional>

namespace covey::driver {
namespace {

void add_rate(Sheet& sheet, const Rate& rate) {
  sheet.count(rate.successes);
  if (rate.trials == 0) return sheet.empty(3);
  sheet.shares({rate.value, rate.low, rate.high});
}

const std::vector<std::string> kRateHeader = {"conversions", "conversion_rate", "conversion_low",
                                              "conversion_high"};
const std::vector<std::string> kDifferenceHeader = {"difference", "difference_low",
                                                    "difference_high", "lift"};
const std::vector<std::string> kStandardisedHeader = {
    "rate_by_device",  "rate_by_device_low",  "rate_by_device_high",
    "rate_by_persona", "rate_by_persona_low", "rate_by_persona_high",
    "rate_by_both",    "rate_by_both_low",    "rate_by_both_high"};

std::string defining_text(const std::vector<std::string>& feature_names, const Persona& persona) {
  std::string text;
  for (const int f : persona.defining) {
    if (!text.empty()) text += "; ";
    text += feature_names[static_cast<std::size_t>(f)];
  }
  return text;
}

/// defining,rule,precision,recall,equals_rule; figures are left empty where there is no rule.
void add_rule(Sheet& sheet, const std::vector<std::string>& feature_names, const Persona& persona) {
  const DecisionRule& rule = persona.rule;
  sheet.texts({defining_text(feature_names, persona), rule.text});
  if (rule.text.empty()) return sheet.empty(3);
  sheet.shares({rule.precision, rule.recall});
  sheet.text(rule.equals ? "true" : "false");
}

}  // namespace

Sheet personas_sheet(const std::vector<std::string>& feature_names, const Profile& profile) {
  const bool rates = profile.conversion.trials > 0;
  Sheet sheet("personas");
  sheet.texts({"cluster", "persona", "sessions", "share"});
  sheet.texts(feature_names);
  if (rates) sheet.texts(kRateHeader);
  sheet.texts({"reason", "defining", "rule", "precision", "recall", "equals_rule"});
  for (const std::string& name : feature_names) sheet.text("median_" + name);
  sheet.end_header();
  for (const Persona& persona : profile.personas) {
    sheet.count(persona.cluster);
    sheet.text(persona.name);
    sheet.count(persona.sessions);
    sheet.add(Share{persona.share});
    sheet.numbers(persona.mean);
    if (rates) add_rate(sheet, persona.conversion);
    sheet.text(persona.reason);
    add_rule(sheet, feature_names, persona);
    sheet.numbers(persona.median);
  }
  return sheet;
}

Sheet groups_sheet(std::string_view key, const std::vector<std::string>& feature_names,
                   const std::vector<Group>& groups) {
  const bool rates = !groups.empty() && groups.front().conversion.trials > 0;
  Sheet sheet(key == "channel" ? "channels" : "devices");
  sheet.text(key);
  sheet.texts({"sessions", "share"});
  if (rates) sheet.texts(kRateHeader);
  sheet.texts(feature_names);
  const bool is_channel = key == "channel";
  if (rates) sheet.texts(kDifferenceHeader);
  if (rates && is_channel) sheet.texts(kStandardisedHeader);
  sheet.end_header();
  for (const Group& group : groups) {
    sheet.text(group.name);
    sheet.count(group.sessions);
    sheet.add(Share{group.share});
    if (rates) add_rate(sheet, group.conversion);
    sheet.numbers(group.mean);
    if (rates) {
      sheet.share_interval_if(group.difference);
      sheet.number_if(group.lift);
    }
    if (rates && is_channel) {
      sheet.share_interval_if(group.by_device);
      sheet.share_interval_if(group.by_persona);
      sheet.share_interval_if(group.by_both);
    }
  }
  return sheet;
}

Sheet channel_personas_sheet(const std::vector<Cell>& cells) {
  Sheet sheet("channel_personas");
  sheet.texts({"channel", "persona", "sessions", "share", "residual"});
  sheet.end_header();
  for (const Cell& cell : cells) {
    sheet.text(cell.channel);
    sheet.text(cell.persona);
    sheet.count(cell.sessions);
    sheet.add(Share{cell.share});
    sheet.number(cell.residual);
  }
  return sheet;
}

Sheet tests_sheet(const std::vector<TestRow>& rows) {
  Sheet sheet("tests");
  sheet.texts({"family", "test", "subject", "against", "statistic", "degrees", "degrees_within",
               "p", "p_adjusted", "effect", "effect_size", "effect_low", "effect_high", "verdict"});
  sheet.end_header();
  for (const TestRow& row : rows) {
    sheet.texts({row.family, row.test, row.subject, row.against});
    for (const auto& figure :
         {row.statistic, row.degrees, row.degrees_within, row.p, row.p_adjusted}) {
      sheet.number_if(figure);
    }
    sheet.text(row.effect);
    sheet.interval_if(row.size);
    sheet.text(row.verdict);
  }
  return sheet;
}

}  // namespace covey::driver
