#include "tables_xlsx.h"

#include <fmt/format.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <system_error>

#include "covey/error.h"
#include "text_format.h"
#include "text_table.h"
#include "utf8.h"

namespace covey::driver {
namespace {

// Rows for people to look at; a sheet could hold 1,048,576, but programs for it slow down, and so
// would the run.
constexpr std::size_t kMaxRows = 50'000;
constexpr std::size_t kMaxCells = 2'000'000;  // of a sheet, for wide tables
constexpr std::size_t kMaxColumns = LXW_COL_MAX;
constexpr std::size_t kMaxUnits = 32'767;  // UTF-16 units of a cell
constexpr std::size_t kWidthRows = 1'000;  // that column widths are made from
constexpr int kMinWidth = 8, kMaxWidth = 60, kNumberWidth = 12;
constexpr std::time_t kCreated = 315'532'800;  // 1980-01-01, the first day that zip entries know

[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view problem) {
  throw Error(ErrorKind::kIo, fmt::format("cannot write {}: {}", file.filename().string(), problem),
              file.parent_path().string(), "see that the disk has room and may be written");
}

/// Before the library tries, which would print the failure.
void require_writable(const std::filesystem::path& file) {
  std::FILE* stream = std::fopen(file.c_str(), "wb");
  if (stream == nullptr) refuse(file, std::generic_category().message(errno));
  std::fclose(stream);
}

bool fits_xml(std::uint32_t code) {
  if (code < 0x20) return code == '\t' || code == '\n';  // CR would be read back as LF
  return code != kInvalidUtf8 && code != 0xFFFE && code != 0xFFFF;
}

/// How a character that XML cannot hold is written out.
std::string written_out(std::string_view bytes, std::uint32_t code) {
  return code == 0xFFFE || code == 0xFFFF ? fmt::format("\\u{:04X}", code) : visible_text(bytes);
}

/// Whether _xHHHH_ begins here, which spreadsheets read as the character of that number.
bool is_escape(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  return text.size() >= 7 && text.substr(0, 2) == "_x" && text[6] == '_' &&
         text.substr(2, 4).find_first_not_of(kDigits) == std::string_view::npos;
}

/// Writes one cell of a sheet.
struct CellWriter {
  lxw_worksheet* sheet;
  lxw_row_t row;
  lxw_col_t column;
  lxw_format *count_format, *share_format;

  lxw_error operator()(std::monostate) const { return LXW_NO_ERROR; }
  lxw_error operator()(const std::string& text) const {
    if (text.empty()) return LXW_NO_ERROR;
    return worksheet_write_string(sheet, row, column, workbook_text(text).c_str(), nullptr);
  }
  lxw_error operator()(std::int64_t count) const {
    return number(static_cast<double>(count), count_format);
  }
  lxw_error operator()(double value) const { return number(value, nullptr); }
  lxw_error operator()(Share share) const { return number(share.value, share_format); }
  lxw_error operator()(const std::vector<double>& list) const {
    return (*this)(joined_numbers(list));
  }
  lxw_error number(double value, lxw_format* format) const {
    if (!std::isfinite(value)) return (*this)(csv_number(value));
    return worksheet_write_number(sheet, row, column, value, format);
  }
};

int width_of(const Sheet& sheet, std::size_t column) {
  constexpr int kArrow = 3;  // of the filter
  int width = 0;
  for (std::size_t row = 0; row < std::min(sheet.rows(), kWidthRows); ++row) {
    const auto* text = std::get_if<std::string>(&sheet.at(row, column));
    const int found = text == nullptr ? kNumberWidth : display_width(*text);
    width = std::max(width, found + (row == 0 ? kArrow : 1));
  }
  return std::clamp(width, kMinWidth, kMaxWidth);
}

std::string more_text(const Sheet& sheet, std::size_t left, std::string_view what) {
  return fmt::format("and {} more {} in {}.csv", count_text(static_cast<std::int64_t>(left)), what,
                     sheet.name());
}

}  // namespace

std::string workbook_text(std::string_view text) {
  std::string cell;
  std::size_t units = 0, fitting = 0;  // bytes of the cell that leave room for the ellipsis
  while (!text.empty()) {
    const auto [code, bytes] = decode_utf8(text);
    const std::string_view given = text.substr(0, bytes);
    if (is_escape(text)) {
      cell += "_x005F_";
      units += 7;
    } else if (fits_xml(code)) {
      cell += given;
      units += code > 0xFFFF ? 2 : 1;
    } else {
      const std::string written = written_out(given, code);
      cell += written;
      units += written.size();
    }
    if (units > kMaxUnits) return cell.substr(0, fitting) + "…";
    if (units < kMaxUnits) fitting = cell.size();
    text.remove_prefix(bytes);
  }
  return cell;
}

Workbook::Workbook(const std::filesystem::path& file) : file_(file) {
  require_writable(file_);
  // What the library puts aside while it writes goes where the result goes, not to /tmp.
  std::string folder = file_.parent_path().string();
  lxw_workbook_options options = {};
  options.tmpdir = folder.data();
  book_ = workbook_new_opt(file_.c_str(), &options);
  if (book_ == nullptr) refuse(file_, lxw_strerror(LXW_ERROR_MEMORY_MALLOC_FAILED));
  lxw_doc_properties properties = {};
  std::string author = "covey";
  properties.author = author.data();
  properties.created = kCreated;
  workbook_set_properties(book_, &properties);
  header_ = workbook_add_format(book_);
  format_set_bold(header_);
  count_ = workbook_add_format(book_);
  format_set_num_format(count_, "#,##0");
  share_ = workbook_add_format(book_);
  format_set_num_format(share_, "0.00 %");
}

Workbook::~Workbook() {
  if (book_ != nullptr) lxw_workbook_free(book_);
}

void Workbook::check(int code) const {
  if (code != LXW_NO_ERROR) refuse(file_, lxw_strerror(static_cast<lxw_error>(code)));
}

void Workbook::add(const Sheet& sheet) {
  lxw_worksheet* target = workbook_add_worksheet(book_, sheet.name().c_str());
  if (target == nullptr) refuse(file_, fmt::format("no sheet {}", sheet.name()));
  const bool wide = sheet.columns() > kMaxColumns;
  const std::size_t columns = wide ? kMaxColumns - 1 : sheet.columns();
  const std::size_t rows =
      std::min({sheet.rows(), kMaxRows + 1, std::max<std::size_t>(kMaxCells / columns, 2)});
  const auto last_column = static_cast<lxw_col_t>(columns - 1);
  const auto last_row = static_cast<lxw_row_t>(rows - 1);
  for (lxw_col_t column = 0; column <= last_column; ++column) {
    check(worksheet_set_column(target, column, column, width_of(sheet, column), nullptr));
    const std::string name = workbook_text(std::get<std::string>(sheet.at(0, column)));
    check(worksheet_write_string(target, 0, column, name.c_str(), header_));
  }
  for (lxw_row_t row = 1; row <= last_row; ++row) {
    for (lxw_col_t column = 0; column <= last_column; ++column) {
      const CellWriter cell{target, row, column, count_, share_};
      check(std::visit(cell, sheet.at(row, column)));
    }
  }
  worksheet_freeze_panes(target, 1, 0);
  check(worksheet_autofilter(target, 0, 0, last_row, last_column));
  if (rows < sheet.rows()) {
    const std::string more = more_text(sheet, sheet.rows() - rows, "rows");
    check(worksheet_write_string(target, last_row + 1, 0, more.c_str(), nullptr));
  }
  if (wide) {
    const std::string more = more_text(sheet, sheet.columns() - columns, "columns");
    check(worksheet_write_string(target, 0, kMaxColumns - 1, more.c_str(), header_));
  }
}

void Workbook::close() {
  lxw_workbook* book = book_;
  book_ = nullptr;  // closing frees it, failure or not
  check(workbook_close(book));
}

}  // namespace covey::driver
