#include "sheet.h"

#include <fmt/format.h>

namespace covey::driver {
namespace {

struct CsvCell {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(const std::string& text) const { return csv_text(text); }
  std::string operator()(std::int64_t count) const { return fmt::format("{}", count); }
  std::string operator()(double number) const { return csv_number(number); }
  std::string operator()(Share share) const { return csv_number(share.value); }
  std::string operator()(const std::vector<double>& list) const { return joined_numbers(list); }
};

}  // namespace

void Sheet::texts(const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) text(cell);
}

void Sheet::numbers(const std::vector<double>& cells) {
  for (const double cell : cells) number(cell);
}

void Sheet::shares(const std::vector<double>& cells) {
  for (const double cell : cells) add(Share{cell});
}

void Sheet::empty(std::size_t cells) { cells_.resize(cells_.size() + cells); }

void Sheet::number_if(const std::optional<double>& cell) { cell ? number(*cell) : empty(); }

void Sheet::interval_if(const std::optional<Interval>& interval) {
  if (!interval) return empty(3);
  numbers({interval->value, interval->low, interval->high});
}

void Sheet::share_interval_if(const std::optional<Interval>& interval) {
  if (!interval) return empty(3);
  shares({interval->value, interval->low, interval->high});
}

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

std::string joined_numbers(const std::vector<double>& values) {
  return fmt::format("{}", fmt::join(values, " "));
}

std::string csv_of(const Sheet& sheet) {
  std::string lines;
  for (std::size_t row = 0; row < sheet.rows(); ++row) {
    for (std::size_t column = 0; column < sheet.columns(); ++column) {
      if (column > 0) lines += ',';
      lines += std::visit(CsvCell(), sheet.at(row, column));
    }
    lines += '\n';
  }
  return lines;
}

}  // namespace covey::driver
