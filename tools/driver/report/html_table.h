// Tables of the page: what people read, and beside it the exact figures for programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "findings.h"

namespace covey::driver {

struct HtmlCell {
  std::string html;        ///< contents, as markup
  std::string attributes;  ///< of the element
  bool number = false;     ///< stands right
};

HtmlCell text_cell(std::string_view text);
/// A name from the data.
HtmlCell name_cell(std::string_view name);
/// `shown` with `value` in data-value, as in the CSV files.
HtmlCell number_cell(std::string_view shown, double value);
HtmlCell count_cell(std::int64_t count);
HtmlCell share_cell(double share);
/// A mean in original units.
HtmlCell mean_cell(double mean);
/// The ends of the interval in data-low and data-high.
HtmlCell interval_cell(std::string_view shown, const Interval& interval);
/// A rate with its interval; a dash without trials.
HtmlCell rate_cell(const Rate& rate);
/// A figure that there is none of.
HtmlCell no_cell();

/// Rows of as many cells as there are headers; the first cell of each row names it.
class HtmlTable {
 public:
  /// `caption`: text. `headers`: text that is covey's own.
  HtmlTable(std::string_view caption, const std::vector<std::string>& headers);
  /// One more column, headed by a name from the data.
  void add_name_header(std::string_view name);
  void add(std::vector<HtmlCell> row) { rows_.push_back(std::move(row)); }
  /// In a frame of its own that scrolls sideways; without rows, empty.
  std::string html() const;

 private:
  std::string caption_;
  std::vector<HtmlCell> headers_;
  std::vector<std::vector<HtmlCell>> rows_;
};

}  // namespace covey::driver
