#include "money_tables.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace covey::driver {
namespace {

using Json = nlohmann::ordered_json;
using NamedFigure = std::pair<std::string, std::optional<double>>;

/// The numbers of a row, each with its column. An infinite end of an interval is not known.
std::vector<NamedFigure> figures_of(const ChannelMoney& row, const Profile& profile) {
  std::vector<NamedFigure> figures;
  const auto add = [&](const std::string& name, std::optional<double> value) {
    figures.emplace_back(name, value && std::isfinite(*value) ? value : std::nullopt);
  };
  const auto add_interval = [&](const std::string& name, const std::optional<Interval>& interval) {
    add(name, interval ? std::optional(interval->value) : std::nullopt);
    add(name + "_low", interval ? std::optional(interval->low) : std::nullopt);
    add(name + "_high", interval ? std::optional(interval->high) : std::nullopt);
  };
  add("spend", row.spend);
  add("sessions", static_cast<double>(row.sessions));
  add("conversions",
      row.conversions ? std::optional(static_cast<double>(*row.conversions)) : std::nullopt);
  add("cost_per_session", row.cost_per_session);
  add_interval("cost_per_conversion", row.cost_per_conversion);
  add_interval("revenue", row.revenue);
  add_interval("roas", row.return_on_spend);
  add("break_even_value", row.break_even_value);
  add("break_even_rate", row.break_even_rate);
  add("break_even_margin", row.break_even_margin);
  for (const Persona& persona : profile.personas) {
    add("cost_" + persona.name, row.persona_cost[static_cast<std::size_t>(persona.cluster)]);
  }
  return figures;
}

bool is_count(const std::string& name) { return name == "sessions" || name == "conversions"; }

SheetCell cell_of(const NamedFigure& figure) {
  const auto& [name, value] = figure;
  if (!value) return {};
  if (is_count(name)) return static_cast<std::int64_t>(*value);
  if (name == "break_even_rate" || name == "break_even_margin") return Share{*value};
  return *value;
}

void add_row(Sheet& sheet, const ChannelMoney& row, const Profile& profile) {
  sheet.text(row.channel);
  for (const NamedFigure& figure : figures_of(row, profile)) sheet.add(cell_of(figure));
  sheet.text(row.verdict);
}

Json row_json(const ChannelMoney& row, const Profile& profile) {
  Json json = {{"channel", row.channel}};
  for (const auto& [name, value] : figures_of(row, profile)) {
    json[name] = !value           ? Json()
                 : is_count(name) ? Json(static_cast<std::int64_t>(*value))
                                  : Json(*value);
  }
  json["verdict"] = row.verdict;
  return json;
}

}  // namespace

Sheet money_sheet(const Money& money, const Profile& profile) {
  Sheet sheet("money");
  sheet.text("channel");
  for (const auto& [name, value] : figures_of(money.total, profile)) sheet.text(name);
  sheet.text("verdict");
  sheet.end_header();
  for (const ChannelMoney& row : money.channels) add_row(sheet, row, profile);
  add_row(sheet, money.total, profile);
  return sheet;
}

Json money_json(const Money& money, const Profile& profile) {
  Json channels = Json::array();
  for (const ChannelMoney& row : money.channels) channels.push_back(row_json(row, profile));
  return {{"currency", money.currency},
          {"period", money.period},
          {"channels", std::move(channels)},
          {"total", row_json(money.total, profile)}};
}

}  // namespace covey::driver
