// Qualifiers and vector types of CUDA C++.
#pragma once

#include <cstddef>
#include <cstdint>

// NOLINTBEGIN: the names are CUDA's.
#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(bytes) alignas(bytes)
#define __launch_bounds__(...)

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

#define COVEY_EMULATED_VECTOR(T, name)                               \
  struct alignas(2 * sizeof(T)) name##2 {                            \
    T x, y;                                                          \
  };                                                                 \
  struct name##3 {                                                   \
    T x, y, z;                                                       \
  };                                                                 \
  struct alignas(4 * sizeof(T) < 16 ? 4 * sizeof(T) : 16) name##4 {  \
    T x, y, z, w;                                                    \
  };                                                                 \
  inline name##2 make_##name##2(T x, T y) { return {x, y}; }         \
  inline name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; } \
  inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }

COVEY_EMULATED_VECTOR(signed char, char)
COVEY_EMULATED_VECTOR(unsigned char, uchar)
COVEY_EMULATED_VECTOR(short, short)
COVEY_EMULATED_VECTOR(unsigned short, ushort)
COVEY_EMULATED_VECTOR(int, int)
COVEY_EMULATED_VECTOR(float, float)
COVEY_EMULATED_VECTOR(double, double)
COVEY_EMULATED_VECTOR(long long, longlong)
COVEY_EMULATED_VECTOR(unsigned long long, ulonglong)
#undef COVEY_EMULATED_VECTOR

struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint3 make_uint3(unsigned x, unsigned y, unsigned z) { return {x, y, z}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
// NOLINTEND
