// How text from data files shows on a terminal.
#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "text_table.h"
#include "utf8.h"

namespace covey::driver {
namespace {

struct CodeRange {
  std::uint32_t first, last;
};

/// Controls, line and paragraph separators, and characters that reorder or hide what stands around
/// them. (U+200C and U+200D, which scripts and emoji are joined by, do neither.)
constexpr std::array<CodeRange, 10> kHarmful = {{{0x00, 0x1F},
                                                 {0x7F, 0x9F},
                                                 {0x061C, 0x061C},
                                                 {0x200B, 0x200B},
                                                 {0x200E, 0x200F},
                                                 {0x2028, 0x202E},
                                                 {0x2060, 0x206F},
                                                 {0xFEFF, 0xFEFF},
                                                 {0xFFF9, 0xFFFB},
                                                 {0xE0000, 0xE007F}}};

/// Combining marks of the common scripts, joiners and variation selectors.
constexpr std::array<CodeRange, 13> kZeroWidth = {{{0x0300, 0x036F},
                                                   {0x0483, 0x0489},
                                                   {0x0591, 0x05BD},
                                                   {0x064B, 0x065F},
                                                   {0x093C, 0x093C},
                                                   {0x0E34, 0x0E3A},
                                                   {0x0E47, 0x0E4E},
                                                   {0x1AB0, 0x1AFF},
                                                   {0x1DC0, 0x1DFF},
                                                   {0x200C, 0x200D},
                                                   {0x20D0, 0x20FF},
                                                   {0xFE00, 0xFE0F},
                                                   {0xFE20, 0xFE2F}}};

/// East Asian wide and full-width characters, and emoji.
constexpr std::array<CodeRange, 12> kWide = {{{0x1100, 0x115F},
                                              {0x2E80, 0x303E},
                                              {0x3041, 0xA4CF},
                                              {0xA960, 0xA97F},
                                              {0xAC00, 0xD7A3},
                                              {0xF900, 0xFAFF},
                                              {0xFE30, 0xFE6F},
                                              {0xFF00, 0xFF60},
                                              {0xFFE0, 0xFFE6},
                                              {0x1F300, 0x1F64F},
                                              {0x1F680, 0x1FAFF},
                                              {0x20000, 0x3FFFD}}};

template <std::size_t n>
bool within(const std::array<CodeRange, n>& ranges, std::uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [code](const CodeRange& range) {
    return range.first <= code && code <= range.last;
  });
}

int width_of(std::uint32_t code) {
  if (within(kZeroWidth, code)) return 0;
  return within(kWide, code) ? 2 : 1;
}

}  // namespace

std::string visible_text(std::string_view text) {
  std::string visible;
  while (!text.empty()) {
    const auto [code, bytes] = decode_utf8(text);
    if (code == kInvalidUtf8) {
      visible += fmt::format("\\x{:02X}", static_cast<unsigned char>(text.front()));
    } else if (within(kHarmful, code)) {
      visible += code < 0x100 ? fmt::format("\\x{:02X}", code) : fmt::format("\\u{:04X}", code);
    } else {
      visible += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return visible;
}

int display_width(std::string_view visible) {
  int width = 0;
  while (!visible.empty()) {
    const auto [code, bytes] = decode_utf8(visible);
    width += width_of(code);
    visible.remove_prefix(bytes);
  }
  return width;
}

std::string cut_text(std::string_view visible, int width) {
  if (display_width(visible) <= width) return std::string(visible);
  std::string kept;
  int used = 0;
  while (!visible.empty()) {
    const auto [code, bytes] = decode_utf8(visible);
    used += width_of(code);
    if (used > width - 1) break;
    kept += visible.substr(0, bytes);
    visible.remove_prefix(bytes);
  }
  return kept + "…";
}

}  // namespace covey::driver
