// Bounds of the float32 fast paths: when may a label that was found in floats stand? Derived in
// docs/exactness.md. Whatever they do not certify is recomputed.
#pragma once

#include <cstdint>

#include "covey/arithmetic.h"

namespace covey {

/// Differences: distances summed as fma(x - c, x - c, sum). The nearest is certified where
/// second - best > difference_bound(d) * second.
COVEY_HOST_DEVICE inline float difference_bound(int d) {
  return static_cast<float>(2 * d + 8) * 0x1p-24F;
}

/// |c|^2 of a grid point, exact.
COVEY_HOST_DEVICE inline std::int64_t square_of(const std::int32_t* point, int d) {
  std::int64_t sum = 0;
  for (int f = 0; f < d; ++f) sum += static_cast<std::int64_t>(point[f]) * point[f];
  return sum;
}

/// Products: scores summed as fma(-x, c, sum) from half_norm on, half the work of differences. A
/// score is |c|^2 / 2 - x.c, less a bias that makes the bound depend on the winner alone.
/// `square`: |c|^2.
COVEY_HOST_DEVICE inline float half_norm(std::int64_t square, int d) {
  const double unit = static_cast<double>(d + 4) * 0x1p-24;
  return static_cast<float>(static_cast<double>(square) * (0.5 - unit));
}

/// The best score is certified where second - best > product_bound(half_norm of the best's
/// centroid, |x|^2 in float32).
COVEY_HOST_DEVICE inline float product_bound(float half, float square, int d) {
  return static_cast<float>(d + 16) * 0x1p-24F * (4.0F * half + square);
}

/// Bits that hold a position among k, or among 64 at a time.
COVEY_HOST_DEVICE inline int tag_bits(int k) {
  int bits = 0;
  while (bits < 6 && (1 << bits) < k) ++bits;
  return bits;
}

/// Scores whose low bits hold a position: certified where
/// second - best > of_best * best + of_square * |x|^2, without the winner's half_norm.
struct TaggedBound {
  float of_best, of_square;
};
COVEY_HOST_DEVICE inline TaggedBound tagged_bound(int d, int bits) {
  const double unit = static_cast<double>(d + 4) * 0x1p-24 * 1.03125;
  const double tag = static_cast<double>(1 << bits) * 0x1p-22 * 1.03125;
  return {static_cast<float>(8 * unit + tag), static_cast<float>(9 * unit + 1.25 * tag)};
}

}  // namespace covey
