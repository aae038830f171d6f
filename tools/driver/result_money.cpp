#include "result_money.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "text_format.h"

namespace covey::driver {
namespace {

std::string figure_text(const std::optional<double>& value) {
  return value ? mean_text(*value) : "-";
}

std::string interval_text(const std::optional<Interval>& interval) {
  if (!interval) return "-";
  std::string value = mean_text(interval->value);
  if (!std::isfinite(interval->low) || !std::isfinite(interval->high)) return value;
  return fmt::format("{} ({} to {})", value, mean_text(interval->low), mean_text(interval->high));
}

/// A break-even point; beyond 1 it cannot be reached.
std::string share_text(const std::optional<double>& share) {
  if (!share) return "-";
  return *share > 1 ? "none" : percent_text(*share);
}

Tone tone_of(const ChannelMoney& row) {
  if (row.verdict == "earns back its cost") return Tone::kHigh;
  return row.verdict == "does not earn back its cost" ? Tone::kLow : Tone::kPlain;
}

using Row = const ChannelMoney&;

struct MoneyColumn {
  const char* header;
  std::string (*cell)(Row);
};

const MoneyColumn kMoneyColumns[] = {
    {"Spend", [](Row row) { return figure_text(row.spend); }},
    {"Sessions", [](Row row) { return count_text(row.sessions); }},
    {"A session", [](Row row) { return figure_text(row.cost_per_session); }},
    {"A conversion (95 %)", [](Row row) { return interval_text(row.cost_per_conversion); }},
    {"Revenue (95 %)", [](Row row) { return interval_text(row.revenue); }},
    {"ROAS (95 %)", [](Row row) { return interval_text(row.return_on_spend); }},
    {"Break-even rate", [](Row row) { return share_text(row.break_even_rate); }},
    {"Break-even margin", [](Row row) { return share_text(row.break_even_margin); }}};

}  // namespace

std::string money_table(const Money& money, const TextOptions& options) {
  std::vector<const ChannelMoney*> rows;
  for (const ChannelMoney& row : money.channels) rows.push_back(&row);
  rows.push_back(&money.total);
  std::vector<TextColumn> columns = {{"Channel", false}};
  for (const ChannelMoney* row : rows) columns.front().cells.push_back(row->channel);
  for (const auto& [header, cell] : kMoneyColumns) {
    TextColumn column{header};
    for (const ChannelMoney* row : rows) column.cells.push_back(cell(*row));
    const auto& cells = column.cells;
    if (std::count(cells.begin(), cells.end(), "-") < std::ssize(cells))
      columns.push_back(std::move(column));
  }
  TextColumn verdict{"Verdict", false};
  for (const ChannelMoney* row : rows) {
    verdict.cells.push_back(row->verdict);
    verdict.tones.push_back(tone_of(*row));
  }
  columns.push_back(std::move(verdict));
  std::string text = text_table(columns, 1, options, "money.csv");
  std::string amounts =
      money.currency.empty() ? "" : "Amounts in " + visible_text(money.currency) + ". ";
  if (!money.period.empty()) amounts += "Spend of " + visible_text(money.period) + ". ";
  return text + amounts + "Revenue is not profit: goods and shipping cost too (see the margin).\n";
}

}  // namespace covey::driver
