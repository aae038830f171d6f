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

/// The same without the winner's half_norm: certified where
/// second - best > product_unit(d) * (9 |x|^2 + 8 best).
COVEY_HOST_DEVICE inline float product_unit(int d) {
  return static_cast<float>(d + 4) * 0x1p-24F * 1.015625F;
}

}  // namespace covey
