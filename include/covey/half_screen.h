// Bounds of the first look in fp16 with products by matrix units: when may a label stand that was
// found that way? Derived in docs/exactness.md, "Products of halves". Vectors are measured from an
// origin amid the points; v = 256 h + r with h the nearest fp16 number and r a whole number.
// Squares of lengths come in grid units, exact; scores are in units of 2^16 of those.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "covey/arithmetic.h"

namespace covey {

/// Low bits of a score that hold a column's number.
inline constexpr int kHalfTagBits = 5;
/// Score of a centroid that fills up a tile: above every other, and the sum of two is finite.
inline constexpr float kHalfFar = 0x1p126F;

/// fp16 bits of v / 256 for a whole number |v| < 2^24: to the nearest, halves to even.
COVEY_HOST_DEVICE inline std::uint16_t half_of_grid(std::int32_t v) {
  if (v == 0) return 0;
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(v < 0 ? -v : v));
  const std::uint32_t rounded = (bits + 0xFFFU + ((bits >> 13) & 1U)) >> 13;
  // Exponents: float32 has bias 127, fp16 has 15, and 256 is 2^8.
  return static_cast<std::uint16_t>((rounded - ((127U - 15U + 8U) << 10)) | (v < 0 ? 0x8000U : 0U));
}

/// 256 times an fp16 number that half_of_grid made: a whole number.
COVEY_HOST_DEVICE inline std::int32_t grid_of_half(std::uint16_t half) {
  const std::uint32_t size = half & 0x7FFFU;
  if (size == 0) return 0;
  const auto v =
      static_cast<std::int32_t>(std::bit_cast<float>((size << 13) + ((127U - 15U + 8U) << 23)));
  return (half & 0x8000U) != 0 ? -v : v;
}

/// A product a.b of d features of fp16, made by matrix units, is taken to err by at most this times
/// |a| |b|. Their rounding is not documented; a probe measures it (cuda/matrix_probe.h).
COVEY_HOST_DEVICE constexpr double product_error(int d) { return (d + 16) * 0x1p-22; }

/// Squares of a vector's length, of 256 h and of r.
struct HalfSquares {
  std::int64_t whole = 0, high = 0, rest = 0;

  COVEY_HOST_DEVICE void add(std::int32_t v) {
    const std::int32_t h = grid_of_half(half_of_grid(v)), r = v - h;
    whole += static_cast<std::int64_t>(v) * v;
    high += static_cast<std::int64_t>(h) * h;
    rest += static_cast<std::int64_t>(r) * r;
  }
};

/// A centroid's part: its score is half - x'.c', and `back` is twice what the bias took off.
struct HalfCentroid {
  float half, back;
};

/// The bound of one set of points, by d and by how well fp16 holds them.
struct HalfBound {
  double of_rest = 0;      ///< t1: parts |r of x| |c|
  double of_high = 0;      ///< t2: parts |x'| (|r of c| + g |c'|)
  double of_products = 0;  ///< g: accumulation, and rounding in proportion to the product

  /// `ratio`: about the largest |r| / |256 h| of a point. Any value is right; a good one makes the
  /// bound tight.
  COVEY_HOST_DEVICE HalfBound(int d, double ratio) {
    const double accumulation = product_error(d);
    of_rest = ratio < 0x1p-20 ? 0x1p-20 : ratio > 0x1p-10 ? 0x1p-10 : ratio;
    of_products = accumulation + kOfScore * (1 + accumulation);
    of_high = of_rest + of_products;
  }

  /// 2 A, rounded up.
  COVEY_HOST_DEVICE float allowance(const HalfSquares& point) const {
    return allowance(static_cast<float>(point.rest), static_cast<float>(point.high));
  }
  COVEY_HOST_DEVICE float allowance(float rest, float high) const {
    const double twice =
        static_cast<double>(rest) * (1 / of_rest) + static_cast<double>(high) * of_high;
    return static_cast<float>(twice * (kUnit * kUp) + 0x1p-100);
  }

  COVEY_HOST_DEVICE HalfCentroid centroid(const HalfSquares& centroid) const {
    const double square = static_cast<double>(centroid.whole), exact = square * 0.5;
    const double rest = std::sqrt(static_cast<double>(centroid.rest)) +
                        of_products * std::sqrt(static_cast<double>(centroid.high));
    const double parts = (of_rest * square + rest * rest / of_high) * 0.5;
    const double bias = (parts + kOfScore * exact) / (1 - kOfScore) * kUp;
    const auto half = static_cast<float>((exact - bias - 0x1p-22 * (exact + bias)) * kUnit);
    const double taken = exact * kUnit - static_cast<double>(half);
    return {half, static_cast<float>(2 * taken * kUp)};
  }

  /// In units of 2^-24 of itself: a score is rounded (1), its tag changes it (62 at most), and the
  /// second best is made by sums (3, of it or of the best). This is 68.
  static constexpr double kOfScore = 0x1p-18 * 1.0625;
  static_assert(kHalfTagBits == 5);
  static constexpr double kUnit = 0x1p-16;
  static constexpr double kUp = 1 + 0x1p-20;  ///< more than a few roundings of float32
};

/// |x|^2 rounded up, in the unit of scores.
COVEY_HOST_DEVICE inline float half_square(std::int64_t whole) {
  return static_cast<float>(static_cast<double>(whole) * (0x1p-16 * (1 + 0x1p-22)));
}

/// The best score's centroid is certified where second - best > half_need.
COVEY_HOST_DEVICE inline float half_need(float allowance, float back) { return allowance + back; }

/// Where it is not, no centroid whose score exceeds this is nearest, nor as near as the nearest.
COVEY_HOST_DEVICE inline float half_threshold(float best, float need) {
  const float sum = best + need;
  return sum + 0x1p-22F * (sum < 0 ? -sum : sum);
}

/// A lower bound of the distance to the second nearest less that to the nearest, grid units; 0
/// where the label is not certified. `square`: half_square of the point.
COVEY_HOST_DEVICE inline float half_slack(float best, float second, float allowance, float back,
                                          float square) {
  const float gap = second - best, need = half_need(allowance, back);
  const float apart = 2 * (gap * (1 - 0x1p-22F) - need * (1 + 0x1p-22F));
  if (!(gap > need) || !(apart > 0)) return 0;
  const float size = square + 2 * (best < 0 ? -best : best) + allowance + 2 * back;
  const float nearest = (square + 2 * best + allowance + 2 * back) + 0x1p-21F * size;
  const float up = nearest > 0 ? nearest : 0;
  return apart / (std::sqrt(up + apart) + std::sqrt(up)) * (256 * (1 - 0x1p-20F));
}

}  // namespace covey
