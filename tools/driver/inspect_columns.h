// What covey inspect gathers of a column, and the parts it suggests.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "ingest_source.h"
#include "table.h"

namespace covey::driver {

/// A column's cells, seen block by block: append() in file order.
class ColumnStatistics {
 public:
  void add(std::string_view text);
  void append(const ColumnStatistics& later);
  ColumnReport report(const std::string& name) const;

 private:
  /// Lets a look-up go by a view, without a string of its own.
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void add_number(std::string_view text, double value);

  std::int64_t missing_ = 0, values_ = 0;
  std::int64_t integers_ = 0, reals_ = 0,
               booleans_ = 0;          ///< of values_; each cell is of one kind, or text
  double smallest_ = 0, largest_ = 0;  ///< of integers and reals
  std::unordered_set<std::string, TextHash, std::equal_to<>>
      distinct_;                    ///< at most one more than is told apart
  std::vector<std::string> first_;  ///< the first two distinct values
};

/// Fills the suggestions of the columns and of the report, by name, type and number of distinct
/// values.
void suggest_mapping(FileReport& report);

}  // namespace covey::driver
