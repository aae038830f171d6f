#include "text_wrap.h"

#include <algorithm>

#include "text_table.h"

namespace covey::driver {

std::string wrapped(const std::string& sentence, const std::string& indent, int width) {
  const std::string hanging = indent + "  ";
  std::string text, line = indent;
  bool starts_line = true;
  for (std::size_t begin = 0; begin < sentence.size();) {
    const std::size_t end = std::min(sentence.find(' ', begin), sentence.size());
    const std::string word = (starts_line ? "" : " ") + sentence.substr(begin, end - begin);
    if (starts_line || display_width(line) + display_width(word) <= width) {
      line += word;
    } else {
      text += line + '\n';
      line = hanging + word.substr(1);
    }
    starts_line = false;
    begin = end + 1;
  }
  return text + line + '\n';
}

}  // namespace covey::driver
