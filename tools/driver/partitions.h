// How alike two clusterings of the same sessions are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace covey::driver {

/// Sessions by their clusters in two clusterings, row-major.
struct CrossTable {
  int rows = 0, columns = 0;
  std::vector<std::int64_t> counts;

  std::int64_t at(int row, int column) const {
    return counts[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
                  static_cast<std::size_t>(column)];
  }
};

/// `weight`: sessions of each point, or empty: 1 each.
CrossTable cross_table(std::span<const std::int32_t> a, int clusters_a,
                       std::span<const std::int32_t> b, int clusters_b,
                       std::span<const std::uint32_t> weight);

/// By row: the largest Jaccard index |row and column| / |row or column| over columns; 0 for an
/// empty row. C. Hennig, "Cluster-wise assessment of cluster stability", Computational Statistics
/// and Data Analysis 52 (2007), 258-271.
std::vector<double> best_jaccard(const CrossTable& table);

/// Agreement on pairs of sessions, corrected for chance; 1 where both put all into one cluster, or
/// each into its own. L. Hubert, P. Arabie, "Comparing partitions", Journal of Classification 2
/// (1985), 193-218.
double adjusted_rand_index(const CrossTable& table);

}  // namespace covey::driver
