// PNG files read back by libpng.
#pragma once

#include <gtest/gtest.h>
#include <png.h>

#include <string>

#include "report/png_image.h"

namespace covey::driver {

/// The pixels, in as many channels as asked for.
inline Image decode_png(const std::string& bytes, int channels) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()), 0) << png.message;
  png.format = channels == 1 ? PNG_FORMAT_GRAY : channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA;
  Image image = Image::blank(static_cast<int>(png.width), static_cast<int>(png.height), channels);
  EXPECT_NE(png_image_finish_read(&png, nullptr, image.pixels.data(), 0, nullptr), 0)
      << png.message;
  return image;
}

}  // namespace covey::driver
