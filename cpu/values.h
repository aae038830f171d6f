// One cell on its way to the grid: the checks and the transform that every host path applies alike.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "covey/error.h"
#include "covey/grid.h"
#include "covey/points.h"

namespace covey::internal {

COVEY_HOST_DEVICE inline double transformed(double x, bool log1p) {
  return log1p ? log1p_exactly(x) : x;
}

/// The smallest value that the contract takes; the largest is kMaxValue.
COVEY_HOST_DEVICE inline double least_value(bool log1p) {
  return log1p ? -0x1.fffffffffffffp-1 : -kMaxValue;
}

/// Throws Error (data) for a value that the contract refuses.
[[noreturn]] void refuse_value(double x, bool log1p, std::int64_t row, int feature);

/// The transformed value of a finite cell within +-kMaxValue (and above -1 under log1p).
inline double checked_value(double x, bool log1p, std::int64_t row, int feature) {
  const bool fine = x >= least_value(log1p) && x <= kMaxValue;
  if (!fine) refuse_value(x, log1p, row, feature);
  return transformed(x, log1p);
}

/// Throws Error (data) where batches do not have the grid's features, or hold values that are not
/// finite.
void check_shape(std::span<const Columns> batches, const Grid& grid);

}  // namespace covey::internal
