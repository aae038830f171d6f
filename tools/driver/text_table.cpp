#include "text_table.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "text_format.h"

namespace covey::driver {
namespace {

constexpr int kGap = 2;
constexpr int kHeaderWidth = 16;  ///< headers wider than their cells are broken at this width
constexpr int kTextWidth = 60;    ///< longer text cells are cut

/// Whether a header may be broken before position `at`: after a space, '_' or '-', or at a capital
/// after a small letter.
bool breaks_before(std::string_view text, std::size_t at) {
  const auto before = static_cast<unsigned char>(text[at - 1]);
  const auto after = static_cast<unsigned char>(text[at]);
  return before == ' ' || before == '_' || before == '-' ||
         (std::islower(before) != 0 && std::isupper(after) != 0);
}

/// The header in lines of at most `width` columns; a piece without a break is cut.
std::vector<std::string> header_lines(std::string_view header, int width) {
  std::vector<std::string> lines(1);
  std::size_t begin = 0;
  while (begin < header.size()) {
    std::size_t end = begin + 1;
    while (end < header.size() && !breaks_before(header, end)) ++end;
    const std::string_view piece = header.substr(begin, end - begin);
    const std::string_view trimmed = piece.substr(0, piece.find_last_not_of(' ') + 1);
    if (!lines.back().empty() && display_width(lines.back() + std::string(trimmed)) > width) {
      lines.emplace_back();
    }
    lines.back() += piece;
    begin = end;
  }
  for (std::string& line : lines) {
    line = cut_text(std::string_view(line).substr(0, line.find_last_not_of(' ') + 1), width);
  }
  return lines;
}

std::string painted(const std::string& text, const char* code, bool color) {
  return color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

/// A column made ready: cells visible and cut, header in lines, width known.
struct Ready {
  bool right;
  int width;
  std::vector<std::string> header;
  std::vector<std::string> cells;
  std::vector<Tone> tones;
};

Ready ready(const TextColumn& column, std::size_t rows, int text_width) {
  Ready result{column.right, 0, {}, {}, column.tones};
  for (std::size_t row = 0; row < rows; ++row) {
    result.cells.push_back(cut_text(visible_text(column.cells[row]), text_width));
    result.width = std::max(result.width, display_width(result.cells.back()));
  }
  const std::string header = visible_text(column.header);
  result.header = header_lines(header, std::max(result.width, kHeaderWidth));
  for (const std::string& line : result.header) {
    result.width = std::max(result.width, display_width(line));
  }
  return result;
}

std::string trimmed_line(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

std::string padded(const Ready& column, const std::string& text, const std::string& shown) {
  const std::string space(static_cast<std::size_t>(column.width - display_width(text)), ' ');
  return column.right ? space + shown : shown + space;
}

std::string painted_cell(const Ready& column, std::size_t row, bool color) {
  const std::string& cell = column.cells[row];
  const Tone tone = column.tones.empty() ? Tone::kPlain : column.tones[row];
  if (tone == Tone::kPlain) return cell;
  return painted(cell, tone == Tone::kHigh ? "32" : "33", color);
}

std::string block(const std::vector<const Ready*>& columns, std::size_t rows, bool color) {
  std::size_t lines = 0;
  for (const Ready* column : columns) lines = std::max(lines, column->header.size());
  const std::string gap(kGap, ' ');
  std::string text;
  for (std::size_t line = 0; line < lines; ++line) {
    std::string out;
    for (const Ready* column : columns) {
      const std::size_t above = lines - column->header.size();
      const std::string part = line < above ? "" : column->header[line - above];
      out += (column == columns.front() ? "" : gap) +
             padded(*column, part, part.empty() ? part : painted(part, "1", color));
    }
    text += trimmed_line(std::move(out));
  }
  std::string rule;
  for (const Ready* column : columns) {
    rule += (column == columns.front() ? "" : gap) +
            std::string(static_cast<std::size_t>(column->width), '-');
  }
  text += rule + '\n';
  for (std::size_t row = 0; row < rows; ++row) {
    std::string out;
    for (const Ready* column : columns) {
      out += (column == columns.front() ? "" : gap) +
             padded(*column, column->cells[row], painted_cell(*column, row, color));
    }
    text += trimmed_line(std::move(out));
  }
  return text;
}

}  // namespace

std::string text_table(const std::vector<TextColumn>& columns, int keys, const TextOptions& options,
                       std::string_view more_in) {
  const std::size_t all_rows = columns.front().cells.size();
  const std::size_t rows =
      std::min(all_rows, static_cast<std::size_t>(std::max(options.max_rows, 1)));
  const int text_width = std::clamp(options.width * 3 / 5, 12, kTextWidth);
  std::vector<Ready> prepared;
  prepared.reserve(columns.size());
  for (const TextColumn& column : columns) prepared.push_back(ready(column, rows, text_width));

  std::vector<const Ready*> key_columns;
  int key_width = -kGap;
  for (int at = 0; at < keys; ++at) {
    key_columns.push_back(&prepared[at]);
    key_width += prepared[at].width + kGap;
  }
  std::string text;
  std::vector<const Ready*> current = key_columns;
  int width = key_width;
  for (std::size_t at = static_cast<std::size_t>(keys); at < prepared.size(); ++at) {
    const int wider = width + kGap + prepared[at].width;
    if (wider > options.width && current.size() > key_columns.size()) {
      text += block(current, rows, options.color) + '\n';
      current = key_columns;
      width = key_width;
    }
    current.push_back(&prepared[at]);
    width += kGap + prepared[at].width;
  }
  text += block(current, rows, options.color);
  if (rows < all_rows) {
    text += fmt::format("and {} more in {}\n",
                        count_text(static_cast<std::int64_t>(all_rows - rows)), more_in);
  }
  return text;
}

}  // namespace covey::driver
