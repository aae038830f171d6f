#include "report/palette.h"

#include <fmt/format.h>

namespace covey::driver {

Rgb persona_color(int cluster) {
  // Okabe and Ito 2008.
  constexpr std::array<Rgb, 7> kColors = {{{0x00, 0x72, 0xb2},
                                           {0xd5, 0x5e, 0x00},
                                           {0x00, 0x9e, 0x73},
                                           {0xcc, 0x79, 0xa7},
                                           {0xe6, 0x9f, 0x00},
                                           {0x56, 0xb4, 0xe9},
                                           {0x8a, 0x8a, 0x8a}}};
  return kColors[static_cast<std::size_t>(cluster) % kColors.size()];
}

std::string hex_text(Rgb color) {
  return fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue);
}

}  // namespace covey::driver
