// The p-value of a contingency table that is too sparse for the chi-square distribution.
#pragma once

#include <cstdint>

#include "contingency.h"

namespace covey::driver {

/// Margins of a table and what a cell adds to Pearson's statistic. With n sessions in all, r in the
/// row and c in the column: (n O - r c)^2 / (n r c), whose bracket is an exact integer.
class PearsonStatistic {
 public:
  /// No margin of the table may be 0.
  explicit PearsonStatistic(const ContingencyTable& table);

  double of(const ContingencyTable& table) const;
  double term(std::size_t row, std::size_t column, std::int64_t observed) const;

  std::int64_t sessions() const { return sessions_; }
  const std::vector<std::int64_t>& rows() const { return rows_; }
  const std::vector<std::int64_t>& columns() const { return columns_; }
  /// Cells with an expected count below 5.
  int sparse_cells() const;

 private:
  std::vector<std::int64_t> rows_, columns_;  ///< totals
  std::int64_t sessions_ = 0;
};

/// (1 + tables with a statistic of at least `observed`) / (B + 1) of B = 9,999 random tables with
/// these margins (999 beyond 1,000 cells, 99 beyond 10,000), on all threads. Statistics that
/// differ by no more than rounding can make them count as equal.
double simulated_p(const PearsonStatistic& statistic, double observed, std::uint64_t seed);

}  // namespace covey::driver
