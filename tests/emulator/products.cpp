#include "emulator/products.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace covey::emulator {
namespace {

constexpr int kDepth = 16;  // features a step
constexpr int kMaxColumns = 128;
constexpr std::uint32_t kExponent = 0x7F800000;

template <class T>
using Row = std::array<T, kMaxColumns>;

void add_rounded(float* sums, const float* a, const float* b, int columns) {
  Row<double> all;
  std::copy_n(sums, columns, all.begin());
  for (int f = 0; f < kDepth; ++f) {
    const double factor = a[f];
    const float* row = b + static_cast<std::ptrdiff_t>(f) * columns;
    for (int c = 0; c < columns; ++c) all[c] += factor * row[c];
  }
  for (int c = 0; c < columns; ++c) sums[c] = static_cast<float>(all[c]);
}

/// 2^(exponent of x), as the bits of its exponent; kept where units and their inverses are floats.
std::uint32_t exponent_of(float x) {
  constexpr std::uint32_t kLeast = 40U << 23;
  return std::max(std::bit_cast<std::uint32_t>(x) & kExponent, kLeast);
}

/// A whole number of 31 bits to the float next to it towards zero.
float cut(std::int32_t whole) {
  const std::int32_t magnitude = whole < 0 ? -whole : whole;
  const auto nearest = static_cast<float>(magnitude);
  const std::uint32_t above = static_cast<std::int32_t>(nearest) > magnitude ? 1 : 0;
  const auto towards_zero = std::bit_cast<float>(std::bit_cast<std::uint32_t>(nearest) - above);
  return whole < 0 ? -towards_zero : towards_zero;
}

/// False, with the sums as they were, where a term is no finite number.
bool add_cut(float* sums, const float* a, const float* b, int columns, int fraction_bits) {
  Row<float> largest, scale, poison{};
  Row<std::int32_t> all;
  for (int c = 0; c < columns; ++c) largest[c] = std::fabs(sums[c]);
  for (int f = 0; f < kDepth; ++f) {
    const float* row = b + static_cast<std::ptrdiff_t>(f) * columns;
    for (int c = 0; c < columns; ++c) {
      const float term = std::fabs(a[f] * row[c]);
      largest[c] = term > largest[c] ? term : largest[c];
      poison[c] += term * 0;  // not a number where one is not finite
    }
  }
  for (int c = 0; c < columns; ++c)
    if (poison[c] + sums[c] * 0 != 0) return false;
  for (int c = 0; c < columns; ++c) {
    const std::uint32_t bits = (254U + static_cast<std::uint32_t>(fraction_bits)) << 23;
    scale[c] = std::bit_cast<float>(bits - exponent_of(largest[c]));
    all[c] = static_cast<std::int32_t>(sums[c] * scale[c]);
  }
  for (int f = 0; f < kDepth; ++f) {
    const float* row = b + static_cast<std::ptrdiff_t>(f) * columns;
    for (int c = 0; c < columns; ++c) all[c] += static_cast<std::int32_t>(a[f] * row[c] * scale[c]);
  }
  for (int c = 0; c < columns; ++c) sums[c] = cut(all[c]) / scale[c];
  return true;
}

}  // namespace

std::uint16_t to_half(float x) {
  constexpr std::uint32_t kInfinite = 0x477FF000;        // 65,520
  constexpr std::uint32_t kSmallestNormal = 0x38800000;  // 2^-14
  constexpr std::uint32_t kHalf = 0x3F000000;            // 0.5: its last bit is worth 2^-24
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t magnitude = bits & 0x7FFFFFFF;
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  if (magnitude > kExponent) return 0x7FFF;
  std::uint32_t rounded = 0x7C00;
  if (magnitude < kSmallestNormal)
    rounded = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - kHalf;
  else if (magnitude < kInfinite)
    rounded = (magnitude + 0xFFF + (magnitude >> 13 & 1) - (112U << 23)) >> 13;
  return static_cast<std::uint16_t>(sign | rounded);
}

float from_half(std::uint16_t bits) {
  const std::uint32_t magnitude = bits & 0x7FFF, sign = (bits & 0x8000U) << 16;
  const std::uint32_t value =
      magnitude >= 0x7C00
          ? kExponent | magnitude << 13
          : std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude << 13) * 0x1p112F);
  return std::bit_cast<float>(sign | value);
}

void add_products(float* sums, const float* a, const float* b, int rows, int columns,
                  int fraction_bits) {
  for (int r = 0; r < rows; ++r, sums += columns, a += kDepth)
    if (fraction_bits == 0 || !add_cut(sums, a, b, columns, fraction_bits))
      add_rounded(sums, a, b, columns);
}

}  // namespace covey::emulator
