// What device code computes: bits, rounding, minimum and maximum.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

// NOLINTBEGIN: the names are CUDA's.
using std::ceil, std::fabs, std::floor, std::fma, std::fmax, std::fmin, std::isfinite, std::isnan,
    std::rint, std::sqrt, std::trunc;

#define COVEY_EMULATED_MIN_MAX(T)                  \
  inline T min(T a, T b) { return b < a ? b : a; } \
  inline T max(T a, T b) { return a < b ? b : a; }
COVEY_EMULATED_MIN_MAX(int)
COVEY_EMULATED_MIN_MAX(unsigned)
COVEY_EMULATED_MIN_MAX(long)
COVEY_EMULATED_MIN_MAX(unsigned long)
COVEY_EMULATED_MIN_MAX(long long)
COVEY_EMULATED_MIN_MAX(unsigned long long)
#undef COVEY_EMULATED_MIN_MAX
inline float min(float a, float b) { return std::fmin(a, b); }
inline float max(float a, float b) { return std::fmax(a, b); }
inline double min(double a, double b) { return std::fmin(a, b); }
inline double max(double a, double b) { return std::fmax(a, b); }

namespace covey::emulator {

/// The float nearest to the exact a + rest or above it; `rest` is tiny beside a.
inline float rounded_up(double a, double rest) {
  const float nearest = static_cast<float>(a);
  const bool below = nearest < a || (nearest == a && rest > 0);
  return below ? std::nextafter(nearest, HUGE_VALF) : nearest;
}

}  // namespace covey::emulator

inline int __popc(unsigned x) { return std::popcount(x); }
inline int __popcll(unsigned long long x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
inline int __clzll(long long x) { return std::countl_zero(static_cast<unsigned long long>(x)); }
inline int __ffs(int x) { return x == 0 ? 0 : std::countr_zero(static_cast<unsigned>(x)) + 1; }
inline int __ffsll(long long x) {
  return x == 0 ? 0 : std::countr_zero(static_cast<unsigned long long>(x)) + 1;
}
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(static_cast<std::uint64_t>(a) * b >> 32);
}
__extension__ typedef __int128 covey_emulated_int128;
__extension__ typedef unsigned __int128 covey_emulated_uint128;
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return static_cast<unsigned long long>(static_cast<covey_emulated_uint128>(a) * b >> 64);
}
inline long long __mul64hi(long long a, long long b) {
  return static_cast<long long>(static_cast<covey_emulated_int128>(a) * b >> 64);
}

inline long long __double_as_longlong(double x) { return std::bit_cast<long long>(x); }
inline double __longlong_as_double(long long x) { return std::bit_cast<double>(x); }
inline unsigned __float_as_uint(float x) { return std::bit_cast<unsigned>(x); }
inline float __uint_as_float(unsigned x) { return std::bit_cast<float>(x); }
inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
inline float __int_as_float(int x) { return std::bit_cast<float>(x); }

inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline float __fmul_ru(float a, float b) {
  return covey::emulator::rounded_up(static_cast<double>(a) * b, 0);
}
inline float __fmul_rd(float a, float b) { return -__fmul_ru(-a, b); }
inline float __fadd_ru(float a, float b) {
  const double x = a, y = b, sum = x + y, part = sum - x;
  return covey::emulator::rounded_up(sum, (x - (sum - part)) + (y - part));
}
inline float __fadd_rd(float a, float b) { return -__fadd_ru(-a, -b); }
inline int __float2int_rn(float x) { return static_cast<int>(std::rint(x)); }
inline int __float2int_rz(float x) { return static_cast<int>(x); }
inline int __double2int_rn(double x) { return static_cast<int>(std::rint(x)); }
inline long long __double2ll_rn(double x) { return static_cast<long long>(std::rint(x)); }
inline float __int2float_rn(int x) { return static_cast<float>(x); }
inline double __ll2double_rn(long long x) { return static_cast<double>(x); }
// NOLINTEND
