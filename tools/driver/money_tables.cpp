#include "money_tables.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>
#include <vector>

#include "csv_tables.h"

namespace covey::driver {
namespace {

using Json = nlohmann::ordered_json;
using Figure = std::pair<std::string, std::optional<double>>;

/// The numbers of a row, each with its column. An infinite end of an interval is not known.
std::vector<Figure> figures_of(const ChannelMoney& row, const Profile& profile) {
  std::vector<Figure> figures;
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

void add_line(std::string& lines, const ChannelMoney& row, const Profile& profile) {
  lines += csv_text(row.channel);
  for (const auto& [name, value] : figures_of(row, profile))
    lines += ',' + (value ? csv_number(*value) : "");
  lines += ',' + csv_text(row.verdict) + '\n';
}

Json row_json(const ChannelMoney& row, const Profile& profile) {
  Json json = {{"channel", row.channel}};
  for (const auto& [name, value] : figures_of(row, profile)) {
    const bool is_count = name == "sessions" || name == "conversions";
    json[name] = !value     ? Json()
                 : is_count ? Json(static_cast<std::int64_t>(*value))
                            : Json(*value);
  }
  json["verdict"] = row.verdict;
  return json;
}

}  // namespace

std::string money_csv(const Money& money, const Profile& profile) {
  std::string lines = "channel";
  for (const auto& [name, value] : figures_of(money.total, profile)) lines += ',' + csv_text(name);
  lines += ",verdict\n";
  for (const ChannelMoney& row : money.channels) add_line(lines, row, profile);
  add_line(lines, money.total, profile);
  return lines;
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
