#include "statistics.h"

#include <cmath>

#include "covey/arithmetic.h"

namespace covey::driver {

Rate wilson(std::int64_t successes, std::int64_t trials) {
  if (trials == 0) return {0, 0, 0.0, 0.0, 1.0};
  constexpr double kSquare = kNormal975 * kNormal975;
  const double n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double shrink = 1.0 + kSquare / n;
  const double centre = (p + kSquare / (2.0 * n)) / shrink;
  const double variance = p * (1.0 - p) / n + kSquare / (4.0 * n * n);
  const double half_width = kNormal975 * std::sqrt(variance) / shrink;
  Rate rate{successes, trials, p, centre - half_width, centre + half_width};
  if (successes == 0) rate.low = 0.0;
  if (successes == trials) rate.high = 1.0;
  return rate;
}

double adjusted_residual(std::int64_t observed, std::int64_t row_total, std::int64_t column_total,
                         std::int64_t total) {
  // With both sides multiplied by n: (n O - r c) / sqrt(r c (n - r) (n - c) / n), whose numerator
  // is exact.
  const Int128 difference = Int128{total} * observed - Int128{row_total} * column_total;
  const double expected = static_cast<double>(row_total) * static_cast<double>(column_total);
  const double rest =
      static_cast<double>(total - row_total) * static_cast<double>(total - column_total);
  const double square = expected * (rest / static_cast<double>(total));
  return square > 0.0 ? static_cast<double>(difference) / std::sqrt(square) : 0.0;
}

}  // namespace covey::driver
