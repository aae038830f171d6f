#include "csv_rows.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace covey::driver {
namespace {

constexpr std::string_view kDelimiters = ",;\t|";

/// Offset of the first `c` in [from, to), or `to`.
std::size_t find_byte(std::string_view text, char c, std::size_t from, std::size_t to) {
  if (from >= to) return to;
  const void* found = std::memchr(text.data() + from, c, to - from);
  return found == nullptr ? to
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool is_line_end(char c) { return c == '\n' || c == '\r'; }

}  // namespace

std::size_t RowEndFinder::find(std::string_view text, std::size_t at_least, bool final) {
  const std::size_t size = text.size();
  while (true) {
    const std::size_t quote = find_byte(text, '"', position_, size);
    if (open_quote_ != kNone) {
      position_ = quote;
      // A quote that ends the text may be the first half of a doubled one.
      if (quote == size || (quote + 1 == size && !final)) return kNone;
      if (quote + 1 < size && text[quote + 1] == '"') {
        position_ = quote + 2;
        continue;
      }
      open_quote_ = kNone;
      position_ = quote + 1;
      continue;
    }
    const std::size_t from = std::max(position_, at_least == 0 ? 0 : at_least - 1);
    if (from < quote) {
      const std::size_t newline = find_byte(text, '\n', from, quote);
      const std::size_t carriage = find_byte(text, '\r', from, newline);
      const std::size_t end = std::min(newline, carriage);
      if (end < quote) {
        const bool may_be_crlf = text[end] == '\r';
        if (may_be_crlf && end + 1 == size && !final) {
          position_ = end;
          return kNone;
        }
        return may_be_crlf && end + 1 < size && text[end + 1] == '\n' ? end + 2 : end + 1;
      }
    }
    position_ = quote;
    if (quote == size) return kNone;
    const bool starts_cell =
        quote == 0 || text[quote - 1] == delimiter_ || is_line_end(text[quote - 1]);
    if (starts_cell) open_quote_ = quote;
    ++position_;
  }
}

bool find_header_line(std::string_view text, char delimiter, bool final, HeaderLine& header) {
  header = {};
  while (header.begin < text.size() && is_line_end(text[header.begin])) ++header.begin;
  std::array<int, kDelimiters.size()> count{};
  bool quoted = false, cell_start = true;
  std::size_t at = header.begin;
  for (; at < text.size() && (quoted || !is_line_end(text[at])); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c != '"') continue;
      if (at + 1 < text.size() && text[at + 1] == '"') {
        ++at;
      } else {
        quoted = false;
      }
      continue;
    }
    const std::size_t candidate = kDelimiters.find(c);
    if (candidate != std::string_view::npos) ++count[candidate];
    quoted = cell_start && c == '"';
    cell_start = delimiter == 0 ? candidate != std::string_view::npos : c == delimiter;
  }
  // A CR may be followed by the LF that belongs to it.
  if (!final && at + 1 >= text.size()) return false;
  header.unclosed = quoted;
  header.end = at;
  if (at < text.size())
    header.end += text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
  const auto most = std::max_element(count.begin(), count.end());
  header.delimiter = delimiter != 0 ? delimiter
                     : *most > 0    ? kDelimiters[static_cast<std::size_t>(most - count.begin())]
                                    : ',';
  return true;
}

std::size_t count_lines(std::string_view text) {
  if (text.empty()) return 0;
  std::size_t lines = is_line_end(text.back()) ? 1 : 0;
  // Strips short enough for byte counters, which compilers turn into SIMD.
  constexpr std::size_t kStrip = 255;
  for (std::size_t begin = 0; begin + 1 < text.size(); begin += kStrip) {
    std::uint8_t count = 0;
    const std::size_t end = std::min(begin + kStrip, text.size() - 1);
    for (std::size_t i = begin; i < end; ++i) {
      const int is_lf = text[i] == '\n', is_cr = text[i] == '\r', lf_follows = text[i + 1] == '\n';
      count = static_cast<std::uint8_t>(count + (is_lf | (is_cr & ~lf_follows)));
    }
    lines += count;
  }
  return lines;
}

}  // namespace covey::driver
