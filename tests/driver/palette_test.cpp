// Colours: told apart by the colour-blind, and seen on a white page and on a dark one.
#include "report/palette.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace covey::driver {
namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;

Vector times(const Matrix& matrix, const Vector& x) {
  Vector product{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) product[i] += matrix[i][j] * x[j];
  return product;
}

Vector linear(Rgb color) {
  const auto light = [](std::uint8_t channel) {
    const double value = channel / 255.0;
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return {light(color.red), light(color.green), light(color.blue)};
}

/// WCAG 2.
double luminance(Rgb color) {
  const Vector light = linear(color);
  return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
}

double contrast(Rgb a, Rgb b) {
  const double low = std::min(luminance(a), luminance(b));
  const double high = std::max(luminance(a), luminance(b));
  return (high + 0.05) / (low + 0.05);
}

/// CIELAB of linear light, white D65.
Vector lab(Vector light) {
  constexpr Matrix kXyz = {
      {{0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505}}};
  for (double& channel : light) channel = std::clamp(channel, 0.0, 1.0);
  Vector xyz = times(kXyz, light);
  constexpr Vector kWhite = {0.9505, 1.0, 1.089};
  for (std::size_t i = 0; i < 3; ++i) {
    const double t = xyz[i] / kWhite[i];
    xyz[i] = t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116;
  }
  return {116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])};
}

/// CIE76 difference as seen through `sight`.
double difference(const Matrix& sight, Rgb a, Rgb b) {
  const Vector p = lab(times(sight, linear(a))), q = lab(times(sight, linear(b)));
  return std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

constexpr Matrix kFull = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
// Machado, Oliveira and Fernandes 2009, severity 1.
constexpr Matrix kProtanopia = {{{0.152286, 1.052583, -0.204868},
                                 {0.114503, 0.786281, 0.099216},
                                 {-0.003882, -0.048116, 1.051998}}};
constexpr Matrix kDeuteranopia = {{{0.367322, 0.860646, -0.227968},
                                   {0.280085, 0.672501, 0.047413},
                                   {-0.011820, 0.042940, 0.968881}}};

TEST(Palette, EveryColorStandsOutFromBothPages) {
  for (int c = 0; c < kPaletteSize; ++c) {
    EXPECT_GE(contrast(persona_color(c), {0xff, 0xff, 0xff}), 3) << c;
    EXPECT_GE(contrast(persona_color(c), {0x15, 0x18, 0x1d}), 3) << c;
  }
}

TEST(Palette, TheFirstEightAreToldApartByTheColorBlind) {
  for (int a = 0; a < 8; ++a)
    for (int b = 0; b < a; ++b)
      for (const Matrix& sight : {kFull, kProtanopia, kDeuteranopia})
        EXPECT_GE(difference(sight, persona_color(a), persona_color(b)), 20) << a << ' ' << b;
}

TEST(Palette, NoColorComesTwiceBeforeItsEnd) {
  std::set<std::string> seen;
  for (int c = 0; c < kPaletteSize; ++c) seen.insert(hex_text(persona_color(c)));
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kPaletteSize));
  EXPECT_EQ(hex_text(persona_color(kPaletteSize)), hex_text(persona_color(0)));
}

TEST(Palette, HexText) {
  EXPECT_EQ(hex_text({0, 0x72, 0xb2}), "#0072b2");
  EXPECT_EQ(hex_text({0xff, 0xff, 0xff}), "#ffffff");
}

}  // namespace
}  // namespace covey::driver
