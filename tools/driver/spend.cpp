#include "spend.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "amounts.h"
#include "cells.h"
#include "covey/error.h"
#include "nearest_name.h"
#include "small_csv.h"

namespace covey::driver {
namespace {

const std::vector<std::string> kColumns = {"channel", "amount", "currency", "period"};

class SpendTable {
 public:
  explicit SpendTable(const std::string& file) : csv_(read_small_csv(file, "channel,amount")) {}

  Spend read();

 private:
  [[noreturn]] void refuse(std::size_t line, const std::string& what,
                           const std::string& fix) const {
    throw csv_.error(line, what, fix);
  }
  void place_columns();
  void add(const SmallCsvRow& row);
  double amount_of(const SmallCsvRow& row) const;
  void add_currency(const SmallCsvRow& row);
  void settle_period(Spend& spend) const;

  bool has(const std::string& column) const { return place_.contains(column); }
  const std::string& cell(const SmallCsvRow& row, const std::string& column) const {
    return row.cells[place_.at(column)];
  }

  SmallCsv csv_;
  std::map<std::string, std::size_t> place_;  ///< of a column among the cells
  std::map<std::string, std::vector<double>> amounts_;
  std::map<std::string, std::set<std::string>> periods_;
  std::string currency_;
  std::size_t currency_line_ = 0;  ///< the first row with one
};

void SpendTable::place_columns() {
  const std::string fix = "the columns are channel, amount and, if wanted, currency and period";
  for (std::size_t i = 0; i < csv_.header.size(); ++i) {
    const std::string& name = csv_.header[i];
    if (std::find(kColumns.begin(), kColumns.end(), name) == kColumns.end()) {
      const auto near = nearest_name(name, kColumns);
      refuse(csv_.header_line,
             fmt::format("there is no use for column '{}'{}", printable(name),
                         near ? "; did you mean '" + *near + "'?" : ""),
             fix);
    }
    if (!place_.emplace(name, i).second)
      refuse(csv_.header_line, fmt::format("two columns are named '{}'", name), fix);
  }
  for (const char* needed : {"channel", "amount"}) {
    if (!has(needed)) refuse(csv_.header_line, fmt::format("there is no column '{}'", needed), fix);
  }
}

double SpendTable::amount_of(const SmallCsvRow& row) const {
  const std::string& text = cell(row, "amount");
  double amount = 0;
  CellState state = parse_number(text, amount);
  const bool is_word = text.find_first_of("0123456789") == std::string::npos;  // yes, true
  if (state == CellState::kValue && is_word) state = CellState::kNotNumber;
  if (state != CellState::kValue) {
    refuse(row.line, fmt::format("the amount is {}: '{}'", reason(state), printable(text)),
           "write it as 1234.50, without currency sign or thousands separator");
  }
  if (amount < 0)
    refuse(row.line, fmt::format("the amount is negative: {}", text), "give what was spent");
  if (amount > kMostMoney)
    refuse(row.line, fmt::format("the amount is above 1e15: {}", text), "mend it");
  return amount + 0.0;  // -0 becomes +0
}

void SpendTable::add_currency(const SmallCsvRow& row) {
  const std::string& currency = cell(row, "currency");
  if (is_missing(currency)) {
    refuse(row.line, "the currency is missing", "name it in every row, or leave the column out");
  }
  if (currency_line_ == 0) {
    currency_ = currency;
    currency_line_ = row.line;
  }
  if (currency == currency_) return;
  refuse(row.line,
         fmt::format("the currency is '{}', but '{}' in line {}", printable(currency),
                     printable(currency_), currency_line_),
         "convert all amounts to one currency");
}

void SpendTable::add(const SmallCsvRow& row) {
  const std::string& channel = cell(row, "channel");
  if (is_missing(channel)) {
    refuse(row.line, "the channel is missing",
           fmt::format("name it; sessions without a channel are '{}'", kMissingCategory));
  }
  amounts_[channel].push_back(amount_of(row));
  if (has("currency")) add_currency(row);
  if (!has("period")) return;
  const std::string& period = cell(row, "period");
  if (is_missing(period))
    refuse(row.line, "the period is missing", "name it in every row, or leave the column out");
  periods_[channel].insert(period);
}

void SpendTable::settle_period(Spend& spend) const {
  std::set<std::string> all;
  for (const auto& [channel, periods] : periods_) all.insert(periods.begin(), periods.end());
  if (all.empty()) return;
  constexpr std::size_t kMostNamed = 12;
  if (all.size() > 1) spend.period = fmt::format("{} periods", all.size());
  if (all.size() <= kMostNamed)
    spend.period += fmt::format("{}{}", all.size() > 1 ? ": " : "", fmt::join(all, ", "));
  for (const auto& [channel, periods] : periods_) {
    if (periods.size() == all.size()) continue;
    spend.warnings.push_back(
        fmt::format("{}: '{}' has spend for {} of {} periods; its figures stand for those alone if "
                    "its sessions "
                    "do too",
                    csv_.file, channel, periods.size(), all.size()));
  }
}

Spend SpendTable::read() {
  place_columns();
  for (const SmallCsvRow& row : csv_.rows) add(row);
  if (amounts_.empty()) {
    throw Error(ErrorKind::kData, "there are no rows below the header line", csv_.file,
                "give a row for each channel that cost something");
  }
  Spend spend;
  spend.currency = currency_;
  for (const auto& [channel, amounts] : amounts_) {
    spend.channels.push_back({channel, amount_sum(amounts)});
  }
  settle_period(spend);
  return spend;
}

}  // namespace

Spend read_spend(const std::string& file) {
  if (file == "-") {
    throw Error(ErrorKind::kUsage, "standard input cannot hold the spend", "--spend",
                "name a file");
  }
  return SpendTable(file).read();
}

}  // namespace covey::driver
