#include "report/palette.h"

#include <fmt/format.h>

namespace covey::driver {
namespace {

// From the hues of Okabe and Ito 2008, moved to where each colour has a contrast above 3:1 with
// both pages and the least CIE76 difference of two of the first eight, seen with deuteranopia or
// protanopia (Machado, Oliveira and Fernandes 2009), is largest: 23. Each later colour is the one
// that lies farthest from all before it.
constexpr std::array<std::uint32_t, kPaletteSize> kColors = {
    0x2466d8, 0xb43c18, 0x849c5a, 0x96489c, 0xcc8400, 0x069ce4, 0x9690a2, 0xa2485a,
    0x4848fc, 0xfc2a8a, 0xfc4248, 0xa87eba, 0x367e2a, 0x008472, 0xc648fc, 0xd260d8,
    0xb406b4, 0x2a787e, 0xa8846c, 0xa25a4e, 0x665aba, 0xb46c3c, 0xc66c18, 0x9c36d2};

}  // namespace

Rgb persona_color(int cluster) {
  const std::uint32_t color = kColors[static_cast<std::size_t>(cluster) % kColors.size()];
  return {static_cast<std::uint8_t>(color >> 16), static_cast<std::uint8_t>(color >> 8),
          static_cast<std::uint8_t>(color)};
}

std::string hex_text(Rgb color) {
  return fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue);
}

}  // namespace covey::driver
