// Numbers of fp16, and the sums of products that matrix units make of them.
#pragma once

#include <bit>
#include <cstdint>

namespace covey::emulator {

/// To the nearest, of two to the even one; infinite from 65,520 on; any NaN is 0x7FFF.
std::uint16_t to_half(float x);
inline float from_half(std::uint16_t bits) {
  const std::uint32_t magnitude = bits & 0x7FFF, sign = (bits & 0x8000U) << 16;
  if (magnitude < 0x400)  // no implied leading bit
    return (sign != 0 ? -0x1p-24F : 0x1p-24F) * static_cast<float>(magnitude);
  const std::uint32_t rebased = (magnitude << 13) + (magnitude < 0x7C00 ? 112U << 23 : 224U << 23);
  return std::bit_cast<float>(sign | rebased);
}

// sums[r][c] += the sum over f < 16 of a[r][f] * b[f][c], all row-major, 16 or 64 rows and 8 or 128
// columns. How matrix units round is not documented. Experiments find that terms are shifted to the
// place of the largest one and cut off there, and the sum is cut off to a float, whichever its sign
// (Fasi, Higham, Mikaitis, Pranesh 2021, Numerical behavior of NVIDIA tensor cores). fraction_bits:
// those kept below the leading bit of the largest term, at most 25; 0: the sum is made in double
// and rounded once.
void add_products_16x8(float* sums, const float* a, const float* b, int fraction_bits);
void add_products_64x128(float* sums, const float* a, const float* b, int fraction_bits);

}  // namespace covey::emulator
