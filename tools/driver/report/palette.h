// One colour a persona, the same in every picture.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace covey::driver {

struct Rgb {
  std::uint8_t red = 0, green = 0, blue = 0;
};

inline constexpr int kPaletteSize = 24;

/// The colour of a cluster (from 0). Colours stand out from a white page and from a dark one; the
/// first eight are told apart by the colour-blind; after kPaletteSize they come again.
Rgb persona_color(int cluster);

/// "#0072b2".
std::string hex_text(Rgb color);

}  // namespace covey::driver
