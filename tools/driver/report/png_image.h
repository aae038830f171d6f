// Pictures in memory and as PNG files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace covey::driver {

/// Pixels of 8 bits a channel, row by row from the top, sRGB.
struct Image {
  int width = 0;
  int height = 0;
  int channels = 4;                  ///< 1: gray; 3: RGB; 4: RGB and alpha
  std::vector<std::uint8_t> pixels;  ///< height x width x channels

  /// All pixels 0.
  static Image blank(int width, int height, int channels) {
    const auto size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                      static_cast<std::size_t>(channels);
    return {width, height, channels, std::vector<std::uint8_t>(size)};
  }
  std::uint8_t* pixel(int x, int y) { return pixels.data() + offset(x, y); }
  const std::uint8_t* pixel(int x, int y) const { return pixels.data() + offset(x, y); }

 private:
  std::size_t offset(int x, int y) const {
    const auto at =
        static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
    return at * static_cast<std::size_t>(channels);
  }
};

/// The bytes of a PNG file that holds these pixels and nothing else: no time, no text. Throws Error
/// (internal).
std::string encode_png(const Image& image);

}  // namespace covey::driver
