// Sums of amounts of money: exact, and so the same in any order.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "covey/grid.h"

namespace covey::driver {

/// Fixed point of amounts whose magnitudes are at most `largest`. Its middle is 0, so that a sum
/// needs no count. It holds 62 bits of that range: cents of up to some ten million are exact as
/// doubles are.
inline FixedPoint amount_scale(double largest) { return fixed_point({-largest, largest}); }

/// The sum of amounts with these sums of limbs, rounded once.
inline double amount_sum(const FixedPoint& scale, std::int64_t sum_v, std::int64_t sum_r) {
  return scale.mean(sum_v, sum_r, 1) + 0.0;  // -0 becomes +0
}

/// The sum of at most 2^32 amounts.
inline double amount_sum(std::span<const double> amounts) {
  double largest = 0;
  for (const double amount : amounts) largest = std::max(largest, std::abs(amount));
  const FixedPoint scale = amount_scale(largest);
  Moments sums;
  for (const double amount : amounts) sums.add(scale.split(amount), 1);
  return amount_sum(scale, sums.sum_v, sums.sum_r);
}

}  // namespace covey::driver
