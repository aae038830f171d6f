#include "contingency_simulation.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include <cstddef>
#include <functional>

#include "covey/arithmetic.h"
#include "hypergeometric.h"

namespace covey::driver {

namespace {

/// Enough for p to a few thousandths, few enough for the largest to take about a second.
std::uint32_t tables_to_draw(std::size_t cells) {
  constexpr std::size_t kCells = 10'000'000;
  for (const std::uint32_t tables : {9'999U, 999U}) {
    if (cells * tables <= kCells) return tables;
  }
  return 99;
}

/// Statistic of one random table with the margins, cell by cell: each count is hypergeometric given
/// those before it (as in W. M. Patefield, Applied Statistics 30 (1981), 91-97). `left`: room for a
/// count by column.
double random_statistic(const PearsonStatistic& margins, CountKey key,
                        std::vector<std::int64_t>& left) {
  left = margins.columns();
  std::int64_t sessions_left = margins.sessions();
  double sum = 0.0;
  for (std::size_t row = 0; row < margins.rows().size(); ++row) {
    std::int64_t sample = margins.rows()[row];
    std::int64_t pool = sessions_left;
    sessions_left -= sample;
    for (std::size_t column = 0; column < left.size(); ++column) {
      pool -= left[column];
      const std::int64_t count = hypergeometric(left[column], pool, sample, key);
      sum += margins.term(row, column, count);
      left[column] -= count;
      sample -= count;
      ++key.cell;
    }
  }
  return sum;
}

}  // namespace

PearsonStatistic::PearsonStatistic(const ContingencyTable& table)
    : rows_(table.rows, 0), columns_(table.columns, 0) {
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      const std::int64_t count = table.counts[row * columns_.size() + column];
      rows_[row] += count;
      columns_[column] += count;
      sessions_ += count;
    }
  }
}

double PearsonStatistic::term(std::size_t row, std::size_t column, std::int64_t observed) const {
  const double expected = static_cast<double>(rows_[row]) * static_cast<double>(columns_[column]);
  const auto difference =
      static_cast<double>(Int128{sessions_} * observed - Int128{rows_[row]} * columns_[column]);
  return difference * (difference / expected) / static_cast<double>(sessions_);
}

double PearsonStatistic::of(const ContingencyTable& table) const {
  double sum = 0.0;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    for (std::size_t column = 0; column < columns_.size(); ++column)
      sum += term(row, column, table.counts[row * columns_.size() + column]);
  }
  return sum;
}

int PearsonStatistic::sparse_cells() const {
  int cells = 0;
  for (const std::int64_t row : rows_) {
    for (const std::int64_t column : columns_)
      cells += Int128{row} * column < Int128{5} * sessions_ ? 1 : 0;
  }
  return cells;
}

double simulated_p(const PearsonStatistic& statistic, double observed, std::uint64_t seed) {
  const std::size_t cells = statistic.rows().size() * statistic.columns().size();
  const std::uint32_t tables = tables_to_draw(cells);
  // A term is off by up to 4 units in the last place, their sum by one more each.
  const double as_large = observed * (1.0 - static_cast<double>(cells + 8) * 0x1p-52);
  using Range = tbb::blocked_range<std::uint32_t>;
  const std::int64_t extreme = tbb::parallel_reduce(
      Range(0, tables, 16), std::int64_t{0},
      [&](const Range& range, std::int64_t count) {
        std::vector<std::int64_t> left;
        for (std::uint32_t table = range.begin(); table != range.end(); ++table)
          count += random_statistic(statistic, {seed, table, 0}, left) >= as_large ? 1 : 0;
        return count;
      },
      std::plus<>());
  return static_cast<double>(1 + extreme) / static_cast<double>(1 + tables);
}

}  // namespace covey::driver
