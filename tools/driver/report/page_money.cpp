// What channels cost and bring.
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

HtmlCell figure_cell(const std::optional<double>& figure) {
  return figure && std::isfinite(*figure) ? mean_cell(*figure) : no_cell();
}

HtmlCell money_cell(const std::optional<Interval>& interval) {
  if (!interval) return no_cell();
  const std::string value = mean_text(interval->value);
  if (!std::isfinite(interval->low) || !std::isfinite(interval->high)) {
    return number_cell(value, interval->value);
  }
  return interval_cell(
      fmt::format("{} ({} to {})", value, mean_text(interval->low), mean_text(interval->high)),
      *interval);
}

/// A break-even point; beyond 1 it cannot be reached.
HtmlCell break_even_cell(const std::optional<double>& share) {
  if (!share) return no_cell();
  return number_cell(*share > 1 ? "none" : percent_text(*share), *share);
}

std::vector<HtmlCell> row_of(const ChannelMoney& row) {
  return {name_cell(row.channel),
          figure_cell(row.spend),
          count_cell(row.sessions),
          row.conversions ? count_cell(*row.conversions) : no_cell(),
          figure_cell(row.cost_per_session),
          money_cell(row.cost_per_conversion),
          money_cell(row.revenue),
          money_cell(row.return_on_spend),
          break_even_cell(row.break_even_rate),
          break_even_cell(row.break_even_margin),
          text_cell(row.verdict)};
}

std::string money_table_html(const Money& money) {
  HtmlTable table(
      "What channels cost and bring",
      {"Channel", "Spend", "Sessions", "Conversions", "Cost of a session",
       "Cost of a conversion (95 %)", "Revenue (95 %)", "Revenue for each unit spent (95 %)",
       "Break-even conversion rate", "Break-even margin", "Verdict"});
  for (const ChannelMoney& row : first_of(money.channels, kMostGroups)) table.add(row_of(row));
  table.add(row_of(money.total));
  return table.html() + rest_html(money.channels.size(), kMostGroups, "channels", "money.csv");
}

}  // namespace

std::string money_section(const Page& page) {
  const Money& money = page.result.money;
  if (!money.given) return "";
  std::string note;
  if (!money.currency.empty()) {
    note += fmt::format("Amounts are in {}. ", isolated_html(money.currency));
  }
  if (!money.period.empty()) note += fmt::format("Spend is of {}. ", isolated_html(money.period));
  note += "Revenue is not profit: goods and shipping cost too.";
  const bool returns =
      std::any_of(money.channels.begin(), money.channels.end(),
                  [](const ChannelMoney& row) { return row.return_on_spend.has_value(); });
  const std::string shown =
      returns ? figure_html({"money", "Revenue for each unit spent", money_verdict(money),
                             "A point at 1 brings in just what it cost; the line is its 95 % "
                             "interval. Only where the whole line is beyond 1 is it shown that "
                             "the channel earns more, or less, than it costs.",
                             "", "", money_table_html(money)})
              : money_table_html(money);
  return section_html("money", "Money", paragraph_html(note) + shown);
}

}  // namespace covey::driver
