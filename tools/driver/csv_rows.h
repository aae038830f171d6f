// Where rows of CSV text end. Quotes are special at the start of a cell only, as in Arrow's parser:
// anything else would cut blocks in places where the parser sees the middle of a row.
#pragma once

#include <cstddef>
#include <string_view>

namespace covey::driver {

/// Finds row ends in a text that starts at a row and may grow between calls.
class RowEndFinder {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  explicit RowEndFinder(char delimiter) : delimiter_(delimiter) {}

  /// Offset behind the first row end at `at_least` or later; kNone where the text has none. `text`
  /// starts with what earlier calls were given. `final`: nothing follows.
  std::size_t find(std::string_view text, std::size_t at_least, bool final);

  /// Offset of the quote that is open at the end of the text, or kNone.
  std::size_t open_quote() const { return open_quote_; }

 private:
  char delimiter_;
  std::size_t position_ = 0;  ///< every quote before it is dealt with
  std::size_t open_quote_ = kNone;
};

struct HeaderLine {
  std::size_t begin = 0;  ///< behind blank lines
  std::size_t end = 0;    ///< behind the line end
  char delimiter =
      ',';  ///< the most frequent of , ; tab | outside quotes; comma where there is none
  bool unclosed = false;  ///< the text ends inside quotes
};

/// The first line that is not blank; false where the text ends before it does (and is not final).
/// `delimiter` 0: find it. begin = end: only blank lines.
bool find_header_line(std::string_view text, char delimiter, bool final, HeaderLine& header);

/// Line ends: LF, CRLF or CR.
std::size_t count_lines(std::string_view text);

}  // namespace covey::driver
