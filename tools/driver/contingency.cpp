#include "contingency.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "contingency_simulation.h"
#include "distributions.h"
#include "multiple_tests.h"

namespace covey::driver {

namespace {

/// The table without categories that hold no session.
ContingencyTable without_empty(const ContingencyTable& table) {
  std::vector<int> rows, columns;
  const auto count = [&](int row, int column) {
    return table.counts[static_cast<std::size_t>(row) * table.columns + column];
  };
  for (int row = 0; row < table.rows; ++row) {
    for (int column = 0; column < table.columns; ++column) {
      if (count(row, column) == 0) continue;
      rows.push_back(row);
      break;
    }
  }
  for (int column = 0; column < table.columns; ++column) {
    if (std::any_of(rows.begin(), rows.end(), [&](int row) { return count(row, column) > 0; }))
      columns.push_back(column);
  }
  ContingencyTable kept{static_cast<int>(rows.size()), static_cast<int>(columns.size()), {}};
  for (const int row : rows) {
    for (const int column : columns) kept.counts.push_back(count(row, column));
  }
  return kept;
}

/// V with n sessions and the smaller number of categories less 1; at most 1.
double cramers_v(double statistic, double n, int smaller) {
  return std::min(1.0, std::sqrt(statistic / (n * smaller)));
}

}  // namespace

Association chi_square_test(const ContingencyTable& table, std::uint64_t seed) {
  Association result;
  const ContingencyTable kept = without_empty(table);
  if (kept.rows < 2 || kept.columns < 2) return result;
  const PearsonStatistic statistic(kept);
  result.statistic = statistic.of(kept);
  result.degrees = (kept.rows - 1) * (kept.columns - 1);
  result.sparse_cells = statistic.sparse_cells();
  result.simulated = result.sparse_cells > 0;
  result.p = result.simulated ? simulated_p(statistic, result.statistic, seed)
                              : chi_square_upper(result.statistic, result.degrees);
  result.differs = result.p < kLevel;
  const auto lambda = chi_square_noncentrality(result.statistic, result.degrees);
  const double n = static_cast<double>(statistic.sessions());
  const int smaller = std::min(kept.rows, kept.columns) - 1;
  result.cramers_v = {cramers_v(result.statistic, n, smaller), cramers_v(lambda.low, n, smaller),
                      cramers_v(std::max(lambda.high, result.statistic), n, smaller)};
  return result;
}

}  // namespace covey::driver
