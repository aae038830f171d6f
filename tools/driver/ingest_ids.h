// Identifiers of rows: whole numbers as long as every one is, else text.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "table.h"

namespace covey::driver {

/// Ids of consecutive rows, where they are whole numbers that rise strictly: then all differ.
struct IdRange {
  bool rises = false;
  std::int64_t first = 0, last = 0;
};

class IdList {
 public:
  void add(std::string_view text);
  void add(std::int64_t number);
  void reserve(std::size_t rows);
  /// Keeps the rows whose indices are given, ascending.
  void keep(std::span<const std::int32_t> rows);
  void append(IdList&& later);
  std::size_t size() const { return is_text_ ? ids_.text.size() : ids_.number.size(); }
  IdRange range() const;
  /// Rows, ascending, whose identifier is not UTF-8.
  std::vector<std::int32_t> not_utf8() const;
  Ids take();

 private:
  void become_text();

  Ids ids_;
  bool is_text_ = false;
};

}  // namespace covey::driver
