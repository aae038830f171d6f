#include "wrapped_text.h"

#include <algorithm>

#include "text_table.h"

namespace covey::driver {

std::string wrapped_text(std::string_view text, int width, std::string_view indent) {
  const std::string visible = visible_text(text);
  const std::string hanging = std::string(indent) + "  ";
  std::string lines, line(indent);
  int taken = display_width(line);
  bool starts_line = true;
  for (std::size_t begin = 0; begin < visible.size();) {
    const std::size_t end = std::min(visible.find(' ', begin), visible.size());
    const std::string word = visible.substr(begin, end - begin);
    const int wider = taken + display_width(word) + (starts_line ? 0 : 1);
    if (wider > width && !starts_line) {
      lines += line + '\n';
      line = hanging + word;
      taken = display_width(line);
    } else {
      line += (starts_line ? "" : " ") + word;
      taken = wider;
    }
    starts_line = false;
    begin = end + 1;
  }
  return lines + line + '\n';
}

}  // namespace covey::driver
