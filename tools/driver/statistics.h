// Statistics of counts. Sources and assumptions: docs/statistics.md.
#pragma once

#include <cstdint>

#include "results.h"

namespace covey::driver {

/// The 0.975 quantile of the standard normal distribution, correctly rounded, so that intervals
/// have the same bits whatever mathematics library is installed.
inline constexpr double kNormal975 = 1.959963984540054;

/// The proportion with its 95 % score interval (Wilson 1927), without continuity correction. 0 <=
/// successes <= trials. The interval of 0 of n begins at exactly 0, that of n of n ends at exactly
/// 1; that of no trials is 0 to 1.
Rate wilson(std::int64_t successes, std::int64_t trials);

/// Adjusted standardised residual of one cell of a contingency table (Haberman 1973): (O - E) /
/// sqrt(E (1 - r/n) (1 - c/n)) with E = r c / n. 0 where a margin is empty or holds everything.
double adjusted_residual(std::int64_t observed, std::int64_t row_total, std::int64_t column_total,
                         std::int64_t total);

}  // namespace covey::driver
