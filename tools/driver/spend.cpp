#include "spend.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "amounts.h"
#include "cells.h"
#include "covey/error.h"
#include "csv_cells.h"
#include "csv_input.h"
#include "csv_rows.h"
#include "nearest_name.h"

namespace covey::driver {
namespace {

const std::vector<std::string> kColumns = {"channel", "amount", "currency", "period"};

/// A row of the file.
struct Line {
  std::size_t number = 0;  ///< from 1, where it begins
  std::vector<std::string> cells;
};

/// The whole file: some lines a channel.
std::string text_of(const std::string& file) {
  if (file == "-") {
    throw Error(ErrorKind::kUsage, "standard input cannot hold the spend", "--spend",
                "name a file");
  }
  constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  ByteInput input(file);
  std::string text(kMostBytes + 1, '\0');
  text.resize(input.read(text.data(), text.size()));
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::kData, what, file,
                "give a CSV file in UTF-8 with the columns channel and amount");
  };
  if (text.empty()) refuse("the file is empty");
  if (text.size() > kMostBytes) refuse("the file is longer than 16 MiB");
  if (!is_utf8(text) || text.find('\0') != std::string::npos) refuse("this is no UTF-8 text");
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

/// The rows that are not blank, the header line first.
std::vector<Line> lines_of(std::string_view text, const std::string& file) {
  HeaderLine header;
  find_header_line(text, 0, true, header);
  std::vector<Line> lines;
  std::size_t number = 1;
  while (!text.empty()) {
    RowEndFinder finder(header.delimiter);
    const std::size_t end = std::min(finder.find(text, 0, true), text.size());
    if (finder.open_quote() != RowEndFinder::kNone) {
      throw Error(ErrorKind::kData, reason(CellState::kUnclosed),
                  fmt::format("{}:{}", file, number), "close or remove the quote");
    }
    const std::string_view row = text.substr(0, end);
    if (row.find_first_not_of("\r\n") != std::string_view::npos)
      lines.push_back({number, parse_csv_line(row, header.delimiter)});
    number += count_lines(row);
    text.remove_prefix(end);
  }
  return lines;
}

class SpendTable {
 public:
  explicit SpendTable(const std::string& file) : file_(file) {}

  Spend read();

 private:
  [[noreturn]] void refuse(const Line& line, const std::string& what,
                           const std::string& fix) const {
    throw Error(ErrorKind::kData, what, fmt::format("{}:{}", file_, line.number), fix);
  }
  void place_columns(const Line& header);
  void add(const Line& line);
  double amount_of(const Line& line) const;
  void add_currency(const Line& line);
  void settle_period(Spend& spend) const;

  bool has(const std::string& column) const { return place_.contains(column); }
  const std::string& cell(const Line& line, const std::string& column) const {
    return line.cells[place_.at(column)];
  }

  const std::string& file_;
  std::map<std::string, std::size_t> place_;  ///< of a column among the cells
  std::map<std::string, std::vector<double>> amounts_;
  std::map<std::string, std::set<std::string>> periods_;
  std::string currency_;
  std::size_t currency_line_ = 0;  ///< the first row with one
};

void SpendTable::place_columns(const Line& header) {
  const std::string fix = "the columns are channel, amount and, if wanted, currency and period";
  for (std::size_t i = 0; i < header.cells.size(); ++i) {
    const std::string& name = header.cells[i];
    if (std::find(kColumns.begin(), kColumns.end(), name) == kColumns.end()) {
      const auto near = nearest_name(name, kColumns);
      refuse(header,
             fmt::format("there is no use for column '{}'{}", printable(name),
                         near ? "; did you mean '" + *near + "'?" : ""),
             fix);
    }
    if (!place_.emplace(name, i).second)
      refuse(header, fmt::format("two columns are named '{}'", name), fix);
  }
  for (const char* needed : {"channel", "amount"}) {
    if (!has(needed)) refuse(header, fmt::format("there is no column '{}'", needed), fix);
  }
}

double SpendTable::amount_of(const Line& line) const {
  const std::string& text = cell(line, "amount");
  double amount = 0;
  CellState state = parse_number(text, amount);
  const bool is_word = text.find_first_of("0123456789") == std::string::npos;  // yes, true
  if (state == CellState::kValue && is_word) state = CellState::kNotNumber;
  if (state != CellState::kValue) {
    refuse(line, fmt::format("the amount is {}: '{}'", reason(state), printable(text)),
           "write it as 1234.50, without currency sign or thousands separator");
  }
  if (amount < 0)
    refuse(line, fmt::format("the amount is negative: {}", text), "give what was spent");
  if (amount > kMostMoney)
    refuse(line, fmt::format("the amount is above 1e15: {}", text), "mend it");
  return amount + 0.0;  // -0 becomes +0
}

void SpendTable::add_currency(const Line& line) {
  const std::string& currency = cell(line, "currency");
  if (is_missing(currency)) {
    refuse(line, "the currency is missing", "name it in every row, or leave the column out");
  }
  if (currency_line_ == 0) {
    currency_ = currency;
    currency_line_ = line.number;
  }
  if (currency == currency_) return;
  refuse(line,
         fmt::format("the currency is '{}', but '{}' in line {}", printable(currency),
                     printable(currency_), currency_line_),
         "convert all amounts to one currency");
}

void SpendTable::add(const Line& line) {
  if (line.cells.size() != place_.size()) {
    refuse(line,
           fmt::format("{} cells where the header line has {}", line.cells.size(), place_.size()),
           "give every row as many cells, those with the delimiter in quotes");
  }
  const std::string& channel = cell(line, "channel");
  if (is_missing(channel)) {
    refuse(line, "the channel is missing",
           fmt::format("name it; sessions without a channel are '{}'", kMissingCategory));
  }
  amounts_[channel].push_back(amount_of(line));
  if (has("currency")) add_currency(line);
  if (!has("period")) return;
  const std::string& period = cell(line, "period");
  if (is_missing(period))
    refuse(line, "the period is missing", "name it in every row, or leave the column out");
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
                    file_, channel, periods.size(), all.size()));
  }
}

Spend SpendTable::read() {
  const std::vector<Line> lines = lines_of(text_of(file_), file_);
  if (lines.empty()) {
    throw Error(ErrorKind::kData, "the file is empty", file_,
                "it needs a header line channel,amount and a row for each channel");
  }
  place_columns(lines.front());
  for (std::size_t i = 1; i < lines.size(); ++i) add(lines[i]);
  if (amounts_.empty()) {
    throw Error(ErrorKind::kData, "there are no rows below the header line", file_,
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

Spend read_spend(const std::string& file) { return SpendTable(file).read(); }

}  // namespace covey::driver
