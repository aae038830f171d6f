#include "csv_tables.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

namespace covey::driver {
namespace {

/// Gathers cells into lines.
class CsvWriter {
 public:
  void text(std::string_view cell) { add(csv_text(cell)); }
  void number(double cell) { add(csv_number(cell)); }
  void count(std::int64_t cell) { add(fmt::format("{}", cell)); }
  void numbers(const std::vector<double>& cells) {
    for (const double cell : cells) number(cell);
  }
  void texts(const std::vector<std::string>& cells) {
    for (const std::string& cell : cells) text(cell);
  }
  void rate(const Rate& rate) {
    count(rate.successes);
    if (rate.trials == 0) return texts({"", "", ""});
    numbers({rate.value, rate.low, rate.high});
  }
  void number_if(const std::optional<double>& cell) { cell ? number(*cell) : text(""); }
  void interval_if(const std::optional<Interval>& interval) {
    if (!interval) return texts({"", "", ""});
    numbers({interval->value, interval->low, interval->high});
  }
  void end_line() {
    lines_ += '\n';
    first_ = true;
  }
  std::string take() { return std::move(lines_); }

 private:
  void add(std::string_view cell) {
    if (!first_) lines_ += ',';
    lines_ += cell;
    first_ = false;
  }

  std::string lines_;
  bool first_ = true;
};

const std::vector<std::string> kRateHeader = {"conversions", "conversion_rate", "conversion_low",
                                              "conversion_high"};
const std::vector<std::string> kDifferenceHeader = {"difference", "difference_low",
                                                    "difference_high", "lift"};
const std::vector<std::string> kStandardisedHeader = {
    "rate_by_device",       "rate_by_device_low", "rate_by_device_high",
    "rate_by_persona",      "rate_by_persona_low", "rate_by_persona_high",
    "rate_by_both",         "rate_by_both_low",   "rate_by_both_high"};

std::string defining_text(const std::vector<std::string>& feature_names, const Persona& persona) {
  std::string text;
  for (const int f : persona.defining) {
    if (!text.empty()) text += "; ";
    text += feature_names[static_cast<std::size_t>(f)];
  }
  return text;
}

/// defining,rule,precision,recall,equals_rule; figures are left empty where there is no rule.
void add_rule(CsvWriter& csv, const std::vector<std::string>& feature_names,
              const Persona& persona) {
  const DecisionRule& rule = persona.rule;
  csv.texts({defining_text(feature_names, persona), rule.text});
  if (rule.text.empty()) return csv.texts({"", "", ""});
  csv.numbers({rule.precision, rule.recall});
  csv.text(rule.equals ? "true" : "false");
}

}  // namespace

std::string csv_text(std::string_view text) {
  constexpr std::string_view kFormula = "=+-@\t\r";
  const bool formula = !text.empty() && kFormula.find(text.front()) != std::string_view::npos;
  if (!formula && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string cell = formula ? "\"'" : "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

std::string csv_number(double value) { return fmt::format("{}", value); }

std::string personas_csv(const std::vector<std::string>& feature_names, const Profile& profile) {
  const bool rates = profile.conversion.trials > 0;
  CsvWriter csv;
  csv.texts({"cluster", "persona", "sessions", "share"});
  csv.texts(feature_names);
  if (rates) csv.texts(kRateHeader);
  csv.texts({"reason", "defining", "rule", "precision", "recall", "equals_rule"});
  for (const std::string& name : feature_names) csv.text("median_" + name);
  csv.end_line();
  for (const Persona& persona : profile.personas) {
    csv.count(persona.cluster);
    csv.text(persona.name);
    csv.count(persona.sessions);
    csv.number(persona.share);
    csv.numbers(persona.mean);
    if (rates) csv.rate(persona.conversion);
    csv.text(persona.reason);
    add_rule(csv, feature_names, persona);
    csv.numbers(persona.median);
    csv.end_line();
  }
  return csv.take();
}

std::string groups_csv(std::string_view key, const std::vector<std::string>& feature_names,
                       const std::vector<Group>& groups) {
  const bool rates = !groups.empty() && groups.front().conversion.trials > 0;
  CsvWriter csv;
  csv.text(key);
  csv.texts({"sessions", "share"});
  if (rates) csv.texts(kRateHeader);
  csv.texts(feature_names);
  const bool is_channel = key == "channel";
  if (rates) csv.texts(kDifferenceHeader);
  if (rates && is_channel) csv.texts(kStandardisedHeader);
  csv.end_line();
  for (const Group& group : groups) {
    csv.text(group.name);
    csv.count(group.sessions);
    csv.number(group.share);
    if (rates) csv.rate(group.conversion);
    csv.numbers(group.mean);
    if (rates) {
      csv.interval_if(group.difference);
      csv.number_if(group.lift);
    }
    if (rates && is_channel) {
      csv.interval_if(group.by_device);
      csv.interval_if(group.by_persona);
      csv.interval_if(group.by_both);
    }
    csv.end_line();
  }
  return csv.take();
}

std::string channel_personas_csv(const std::vector<Cell>& cells) {
  CsvWriter csv;
  csv.texts({"channel", "persona", "sessions", "share", "residual"});
  csv.end_line();
  for (const Cell& cell : cells) {
    csv.text(cell.channel);
    csv.text(cell.persona);
    csv.count(cell.sessions);
    csv.numbers({cell.share, cell.residual});
    csv.end_line();
  }
  return csv.take();
}

std::string tests_csv(const std::vector<TestRow>& rows) {
  CsvWriter csv;
  csv.texts({"family", "test", "subject", "against", "statistic", "degrees", "degrees_within", "p",
             "p_adjusted", "effect", "effect_size", "effect_low", "effect_high", "verdict"});
  csv.end_line();
  for (const TestRow& row : rows) {
    csv.texts({row.family, row.test, row.subject, row.against});
    for (const auto& figure :
         {row.statistic, row.degrees, row.degrees_within, row.p, row.p_adjusted}) {
      csv.number_if(figure);
    }
    csv.text(row.effect);
    csv.interval_if(row.size);
    csv.text(row.verdict);
    csv.end_line();
  }
  return csv.take();
}

}  // namespace covey::driver
