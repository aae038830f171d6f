// Are the sums that this device's matrix units make as exact as the screen's bounds take them to
// be? How they round is not documented, so it is measured, on vectors made to bring out the worst.
#pragma once

#include "covey/half_screen.h"
#include "device.h"

namespace covey::cuda {

/// Part of product_error() that the errors found may take. The vectors bring out what is lost of
/// terms; cutting off the sums, which is lost beside that, costs half of product_error() at most
/// (docs/exactness.md). Terms that are kept to 24, 25 and 23 bits behind the first of the largest
/// are found at 1/4 (compute capability 8.0), 1/8 (9.0) and 1/2, at 22 bits at 1.
inline constexpr double kErrorFound = 0.5;

/// Whether the code that the device runs of this build has wgmma (see covey_matrix.h).
bool device_has_wgmma(const Device& device);

/// The largest error found over product_error() |a| |b|, of mma and, where it is there, of wgmma;
/// infinite where a sum is no number. Takes some milliseconds.
double largest_product_error(const Device& device);

inline bool matrix_units_hold(const Device& device) {
  return largest_product_error(device) <= kErrorFound;
}

}  // namespace covey::cuda
