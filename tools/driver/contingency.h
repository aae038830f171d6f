// Whether two classifications of the sessions have to do with one another. Sources and
// assumptions: docs/statistics.md.
#pragma once

#include <cstdint>
#include <vector>

#include "findings.h"

namespace covey::driver {

/// Sessions by row category and column category, multiplicities counted.
struct ContingencyTable {
  int rows = 0, columns = 0;
  std::vector<std::int64_t> counts;  ///< row-major, none negative; total below 2^62
};

/// Pearson's chi-square test of independence, and Cramer's V with its 95 % interval from the
/// non-central chi-square distribution (Smithson 2003). Fills all of Association but the names.
/// Categories without sessions are left out. Where an expected count is below 5, p is simulated
/// from 9,999 tables with the same margins, drawn by Philox from the seed: the same p on any number
/// of threads, for categories in the same order. `differs`: p below 0.05. With fewer than two
/// categories on a side: statistic 0, 0 degrees, p 1, V 0 from 0 to 0.
Association chi_square_test(const ContingencyTable& table, std::uint64_t seed);

}  // namespace covey::driver
