// The tables as one workbook: tables.xlsx.
#pragma once

#include <filesystem>
#include <string>

#include "sheet.h"

struct lxw_format;
struct lxw_workbook;

namespace covey::driver {

/// A workbook with a sheet a table. Text is always text, never a formula or a link, and as it was
/// given, but for what XML cannot hold, which is written out (\x1B), and what is beyond the length
/// of a cell. What does not fit a sheet is counted in its last line or column. The same sheets give
/// the same bytes.
class Workbook {
 public:
  /// Throws covey::Error (kIo) where the file cannot be written.
  explicit Workbook(const std::filesystem::path& file);
  ~Workbook();
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;

  /// Throws covey::Error (kIo).
  void add(const Sheet& sheet);
  /// Writes the file. Throws covey::Error (kIo).
  void close();

 private:
  void check(int code) const;

  std::filesystem::path file_;
  lxw_workbook* book_ = nullptr;
  lxw_format *header_ = nullptr, *count_ = nullptr, *share_ = nullptr;
};

/// Text as a cell of a workbook holds it.
std::string workbook_text(std::string_view text);

}  // namespace covey::driver
