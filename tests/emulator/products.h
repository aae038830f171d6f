// Numbers of fp16, and the sums of products that matrix units make of them.
#pragma once

#include <cstdint>

namespace covey::emulator {

/// To the nearest, of two to the even one; infinite from 65,520 on; any NaN is 0x7FFF.
std::uint16_t to_half(float x);
float from_half(std::uint16_t bits);

/// sums[r][c] += the sum over f < 16 of a[r][f] * b[f][c], all row-major. How matrix units round is
/// not documented; what has been found out by experiments is that terms are shifted to the place of
/// the largest one and cut off there, and the sum is cut off to a float, whichever its sign (Fasi,
/// Higham, Mikaitis, Pranesh 2021, Numerical behavior of NVIDIA tensor cores). `fraction_bits`:
/// those kept below the leading bit of the largest term, at most 25; 0: the sum is made in double
/// and rounded once.
void add_products(float* sums, const float* a, const float* b, int rows, int columns,
                  int fraction_bits);

}  // namespace covey::emulator
