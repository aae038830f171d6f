// Arithmetic that every back end inlines, so that one definition gives one answer: wide integers,
// rounding, exact distances, ties, and a logarithm that has the same bits on every machine. No
// loops over points here.
//
// Floating point in this file is double with plain multiply, add, divide in written order. Compile
// with -ffp-contract=off (nvcc: --fmad=false); the CMake target covey::covey asks for it.
#pragma once

#include <bit>
#include <cstdint>

#ifdef __CUDACC__
#define COVEY_HOST_DEVICE __host__ __device__
#else
#define COVEY_HOST_DEVICE
#endif

namespace covey {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

/// Largest |q| on the grid: three signed int8 limbs, 127 * (2^16 + 2^8 + 1).
inline constexpr std::int32_t kGridLimit = 8'355'711;

/// Nearest integer, halves to even, for |t| < 2^51: adding 1.5 * 2^52 leaves no room for fraction
/// bits.
COVEY_HOST_DEVICE inline double round_half_even(double t) {
  constexpr double kShift = 6755399441055744.0;
  return (t + kShift) - kShift;
}

/// numerator / denominator to the nearest integer, halves to even; denominator > 0, |numerator| <
/// 2^62.
COVEY_HOST_DEVICE inline std::int64_t divide_half_even(std::int64_t numerator,
                                                       std::int64_t denominator) {
  std::int64_t quotient = numerator / denominator;
  std::int64_t remainder = numerator % denominator;
  if (remainder < 0) {
    remainder += denominator;
    --quotient;
  }
  const std::int64_t rest = denominator - remainder;
  if (remainder > rest || (remainder == rest && (quotient & 1) != 0)) ++quotient;
  return quotient;
}

/// Exact squared Euclidean distance of two grid points of d <= 4096 features, at most 2^60.
COVEY_HOST_DEVICE inline std::int64_t squared_distance(const std::int32_t* a, const std::int32_t* b,
                                                       int d) {
  std::int64_t sum = 0;
  for (int f = 0; f < d; ++f) {
    const std::int64_t difference = static_cast<std::int64_t>(a[f]) - b[f];
    sum += difference * difference;
  }
  return sum;
}

/// -1, 0 or 1: lexicographic order of two grid points, the order that breaks every tie.
COVEY_HOST_DEVICE inline int compare_points(const std::int32_t* a, const std::int32_t* b, int d) {
  for (int f = 0; f < d; ++f) {
    if (a[f] != b[f]) return a[f] < b[f] ? -1 : 1;
  }
  return 0;
}

/// Natural logarithm of a positive, normal, finite double; within 3 ulp.
/// x = m 2^e with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh(s), s = (m - 1) / (m + 1), by its odd
/// power series up to s^23 (|s| < 0.1716, so the first term left out is below 2^-63 of the sum). ln
/// 2 in two parts.
COVEY_HOST_DEVICE inline double natural_log(double x) {
  constexpr double kLn2High = 0x1.62e42fefa38p-1;  // 42 bits: times an exponent it is exact
  constexpr double kLn2Low = 0x1.ef35793c7673p-45;
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m > 1.4142135623730951) {
    m = m * 0.5;
    ++exponent;
  }
  const double s = (m - 1.0) / (m + 1.0);
  const double z = s * s;
  double tail = 1.0 / 23.0;
  tail = tail * z + 1.0 / 21.0;
  tail = tail * z + 1.0 / 19.0;
  tail = tail * z + 1.0 / 17.0;
  tail = tail * z + 1.0 / 15.0;
  tail = tail * z + 1.0 / 13.0;
  tail = tail * z + 1.0 / 11.0;
  tail = tail * z + 1.0 / 9.0;
  tail = tail * z + 1.0 / 7.0;
  tail = tail * z + 1.0 / 5.0;
  tail = tail * z + 1.0 / 3.0;
  const double e = static_cast<double>(exponent);
  return e * kLn2High + (2.0 * s + (2.0 * s * z * tail + e * kLn2Low));
}

/// ln(1 + x) for finite x > -1, within 4 ulp: the rounding of 1 + x is put back to first order.
COVEY_HOST_DEVICE inline double log1p_exactly(double x) {
  const double u = 1.0 + x;
  if (u == 1.0) return x;
  const double lost = x > 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
  return natural_log(u) + lost / u;
}

}  // namespace covey
