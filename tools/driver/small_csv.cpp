#include "small_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cells.h"
#include "csv_cells.h"
#include "csv_input.h"
#include "csv_rows.h"

namespace covey::driver {
namespace {

std::string text_of(const std::string& file, const std::string& example) {
  constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  ByteInput input(file);
  std::string text(kMostBytes + 1, '\0');
  text.resize(input.read(text.data(), text.size()));
  const auto refuse = [&](const char* what) {
    throw Error(ErrorKind::kData, what, file,
                fmt::format("give a CSV file that begins with the line {}", example));
  };
  if (text.size() > kMostBytes) refuse("the file is longer than 16 MiB");
  if (!is_utf8(text) || text.find('\0') != std::string::npos) refuse("this is no UTF-8 text");
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  if (text.find_first_not_of("\r\n") == std::string::npos) refuse("the file is empty");
  return text;
}

std::string trimmed(const std::string& cell) {
  const std::size_t begin = cell.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return cell.substr(begin, cell.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

Error SmallCsv::error(std::size_t line, std::string what, std::string fix) const {
  return {ErrorKind::kData, std::move(what), fmt::format("{}:{}", file, line), std::move(fix)};
}

SmallCsv read_small_csv(const std::string& file, const std::string& example) {
  const std::string whole = text_of(file, example);
  std::string_view text = whole;
  HeaderLine header;
  find_header_line(text, 0, true, header);
  SmallCsv table;
  table.file = file;
  for (std::size_t line = 1; !text.empty();) {
    RowEndFinder finder(header.delimiter);
    const std::size_t end = std::min(finder.find(text, 0, true), text.size());
    if (finder.open_quote() != RowEndFinder::kNone)
      throw table.error(line, reason(CellState::kUnclosed), "close or remove the quote");
    const std::string_view row = text.substr(0, end);
    if (row.find_first_not_of("\r\n") != std::string_view::npos) {
      std::vector<std::string> cells = parse_csv_line(row, header.delimiter);
      std::transform(cells.begin(), cells.end(), cells.begin(), trimmed);
      if (table.header.empty()) {
        table.header = std::move(cells);
        table.header_line = line;
      } else if (cells.size() != table.header.size()) {
        throw table.error(line,
                          fmt::format("{} cell{} where the header line has {}", cells.size(),
                                      cells.size() == 1 ? "" : "s", table.header.size()),
                          "give every row as many cells, those with the delimiter in quotes");
      } else {
        table.rows.push_back({line, std::move(cells)});
      }
    }
    line += count_lines(row);
    text.remove_prefix(end);
  }
  return table;
}

}  // namespace covey::driver
