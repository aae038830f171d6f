#include "values.h"

#include <cmath>

namespace covey::internal {

void refuse_value(double x, bool log1p, std::int64_t row, int feature) {
  const std::string where = "row " + std::to_string(row) + ", feature " + std::to_string(feature);
  if (!std::isfinite(x))
    throw Error(ErrorKind::kData, "a value that is not finite", where, "leave this row out");
  if (std::abs(x) > kMaxValue)
    throw Error(ErrorKind::kData, "a magnitude above 1e300", where, "choose a larger unit");
  if (log1p)
    throw Error(ErrorKind::kData, "log1p of " + std::to_string(x), where,
                "give values above -1, or leave this feature out of log1p");
  throw Error(ErrorKind::kInternal, "a value refused without a reason", where);
}

void check_shape(std::span<const Columns> batches, const Grid& grid) {
  std::int64_t first_row = 0;
  for (const Columns& batch : batches) {
    if (batch.dimensions() != grid.dimensions())
      throw Error(ErrorKind::kData,
                  std::to_string(batch.dimensions()) + " features for a grid of " +
                      std::to_string(grid.dimensions()),
                  "points", "give the features that the grid was made for");
    first_row += batch.rows;
  }
  if (first_row == 0) throw Error(ErrorKind::kData, "no rows", "points", "give at least one");
}

}  // namespace covey::internal
