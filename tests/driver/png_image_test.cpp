#include "report/png_image.h"

#include "covey/error.h"
#include "png_support.h"

namespace covey::driver {
namespace {

/// Every byte value, in no simple order.
Image pattern(int width, int height, int channels) {
  Image image = Image::blank(width, height, channels);
  unsigned value = 1;
  for (std::uint8_t& byte : image.pixels) {
    value = value * 1103515245U + 12345U;
    byte = static_cast<std::uint8_t>(value >> 16);
  }
  return image;
}

TEST(PngImage, DecodesToTheSamePixels) {
  for (const int channels : {1, 3, 4}) {
    const Image image = pattern(37, 23, channels);
    const Image read = decode_png(encode_png(image), channels);
    EXPECT_EQ(read.width, 37);
    EXPECT_EQ(read.height, 23);
    EXPECT_EQ(read.pixels, image.pixels) << channels;
  }
}

TEST(PngImage, HoldsHeaderPixelsAndEndOnly) {
  const std::string bytes = encode_png(pattern(5, 4, 4));
  EXPECT_EQ(bytes, encode_png(pattern(5, 4, 4)));
  EXPECT_EQ(bytes.substr(1, 3), "PNG");
  EXPECT_EQ(bytes.substr(12, 4), "IHDR");
  EXPECT_EQ(bytes.substr(37, 4), "IDAT");
  EXPECT_EQ(bytes.substr(bytes.size() - 8, 4), "IEND");
  for (const char* chunk : {"tIME", "tEXt", "iTXt"})
    EXPECT_EQ(bytes.find(chunk), std::string::npos) << chunk;
}

TEST(PngImage, AWrongSizeIsRefused) {
  Image image = pattern(5, 4, 4);
  image.pixels.pop_back();
  EXPECT_THROW(encode_png(image), Error);
  EXPECT_THROW(encode_png(Image::blank(0, 0, 1)), Error);  // by libpng
}

}  // namespace
}  // namespace covey::driver
