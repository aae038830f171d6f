// A table of a result, with cells that know what they are: written as CSV (RFC 4180, but lines end
// in LF; UTF-8) and as a sheet of the workbook (tables_xlsx.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "findings.h"

namespace covey::driver {

/// A share of 1, a rate or a difference of two: people read it in percent.
struct Share {
  double value = 0;
};

/// Nothing, text, a count, a number, a share, or numbers that stand in one cell with spaces
/// between.
using SheetCell =
    std::variant<std::monostate, std::string, std::int64_t, double, Share, std::vector<double>>;

/// Gathers the cells, row by row; the first row is the header.
class Sheet {
 public:
  /// `name`: of the sheet, and of the CSV file less its extension.
  explicit Sheet(std::string name) : name_(std::move(name)) {}

  template <typename Cell>
  void add(Cell&& cell) {
    cells_.emplace_back(std::forward<Cell>(cell));
  }
  void text(std::string_view cell) { add(std::string(cell)); }
  void texts(const std::vector<std::string>& cells);
  void count(std::int64_t cell) { add(cell); }
  void number(double cell) { add(cell); }
  void numbers(const std::vector<double>& cells);
  void shares(const std::vector<double>& cells);
  void empty(std::size_t cells = 1);
  void number_if(const std::optional<double>& cell);
  /// Value, low end, high end.
  void interval_if(const std::optional<Interval>& interval);
  void share_interval_if(const std::optional<Interval>& interval);
  /// The cells so far are the header.
  void end_header() { columns_ = cells_.size(); }

  const std::string& name() const { return name_; }
  std::size_t columns() const { return columns_; }
  std::size_t rows() const { return cells_.size() / columns_; }  ///< the header counted
  const SheetCell& at(std::size_t row, std::size_t column) const {
    return cells_[row * columns_ + column];
  }

 private:
  std::string name_;
  std::size_t columns_ = 0;
  std::vector<SheetCell> cells_;
};

/// A text cell of CSV. Quoted where it holds a comma, a quote, CR or LF; inner quotes doubled. Text
/// that begins with = + - @, tab or CR, which spreadsheets would run as a formula, gets an
/// apostrophe in front and is quoted: =1+1 becomes "'=1+1".
std::string csv_text(std::string_view text);

/// A number: the shortest decimal that reads back to the same double; whole numbers without a
/// point.
std::string csv_number(double value);

/// Those numbers with spaces between.
std::string joined_numbers(const std::vector<double>& values);

std::string csv_of(const Sheet& sheet);

}  // namespace covey::driver
