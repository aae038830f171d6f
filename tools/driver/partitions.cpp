#include "partitions.h"

#include <algorithm>

#include "covey/arithmetic.h"

namespace covey::driver {
namespace {

/// Pairs among n sessions; exact in 128 bits for sums over clusters.
Int128 pairs(std::int64_t n) { return static_cast<Int128>(n) * (n - 1) / 2; }

struct Margins {
  std::vector<std::int64_t> rows, columns;
  std::int64_t total = 0;
};

Margins margins_of(const CrossTable& table) {
  Margins margins;
  margins.rows.assign(static_cast<std::size_t>(table.rows), 0);
  margins.columns.assign(static_cast<std::size_t>(table.columns), 0);
  for (int row = 0; row < table.rows; ++row) {
    for (int column = 0; column < table.columns; ++column) {
      margins.rows[static_cast<std::size_t>(row)] += table.at(row, column);
      margins.columns[static_cast<std::size_t>(column)] += table.at(row, column);
      margins.total += table.at(row, column);
    }
  }
  return margins;
}

}  // namespace

CrossTable cross_table(std::span<const std::int32_t> a, int clusters_a,
                       std::span<const std::int32_t> b, int clusters_b,
                       std::span<const std::uint32_t> weight) {
  CrossTable table{clusters_a, clusters_b, {}};
  table.counts.assign(static_cast<std::size_t>(clusters_a) * static_cast<std::size_t>(clusters_b),
                      0);
  for (std::size_t point = 0; point < a.size(); ++point)
    table.counts[static_cast<std::size_t>(a[point]) * static_cast<std::size_t>(clusters_b) +
                 static_cast<std::size_t>(b[point])] += weight.empty() ? 1 : weight[point];
  return table;
}

std::vector<double> best_jaccard(const CrossTable& table) {
  const Margins margins = margins_of(table);
  std::vector<double> best(static_cast<std::size_t>(table.rows), 0.0);
  for (int row = 0; row < table.rows; ++row) {
    for (int column = 0; column < table.columns; ++column) {
      const std::int64_t both = table.at(row, column);
      if (both == 0) continue;
      const std::int64_t either = margins.rows[static_cast<std::size_t>(row)] +
                                  margins.columns[static_cast<std::size_t>(column)] - both;
      double& jaccard = best[static_cast<std::size_t>(row)];
      jaccard = std::max(jaccard, static_cast<double>(both) / static_cast<double>(either));
    }
  }
  return best;
}

double adjusted_rand_index(const CrossTable& table) {
  const Margins margins = margins_of(table);
  Int128 both = 0, in_rows = 0, in_columns = 0;
  for (const std::int64_t count : table.counts) both += pairs(count);
  for (const std::int64_t count : margins.rows) in_rows += pairs(count);
  for (const std::int64_t count : margins.columns) in_columns += pairs(count);
  const Int128 all = pairs(margins.total);
  if (in_rows == in_columns && (in_rows == 0 || in_rows == all)) return 1;
  const double expected =
      static_cast<double>(in_rows) * (static_cast<double>(in_columns) / static_cast<double>(all));
  const double most = static_cast<double>(in_rows + in_columns) / 2;
  return (static_cast<double>(both) - expected) / (most - expected);
}

}  // namespace covey::driver
