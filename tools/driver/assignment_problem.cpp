#include "assignment_problem.h"

#include <limits>
#include <utility>

namespace covey::driver {

std::vector<int> best_assignment(const std::vector<double>& scores, int n) {
  // Row n and column n are the start of each path. Costs are negated scores; the potentials keep
  // every reduced cost cost(r, c) - row_potential[r] - column_potential[c] at 0 or above, and 0 on
  // matched pairs.
  const auto cost = [&](int row, int column) { return -scores[row * n + column]; };
  std::vector<double> row_potential(n + 1, 0.0), column_potential(n + 1, 0.0);
  std::vector<int> row_of(n + 1, n);
  for (int row = 0; row < n; ++row) {
    row_of[n] = row;
    std::vector<double> shortest(n + 1, std::numeric_limits<double>::infinity());
    std::vector<int> previous(n + 1, n);
    std::vector<bool> reached(n + 1, false);
    int column = n;
    while (row_of[column] != n) {
      reached[column] = true;
      const int from = row_of[column];
      double step = std::numeric_limits<double>::infinity();
      int next = n;
      for (int c = 0; c < n; ++c) {
        if (reached[c]) continue;
        const double reduced = cost(from, c) - row_potential[from] - column_potential[c];
        if (reduced < shortest[c]) {
          shortest[c] = reduced;
          previous[c] = column;
        }
        if (shortest[c] < step) {
          step = shortest[c];
          next = c;
        }
      }
      for (int c = 0; c <= n; ++c) {
        if (reached[c]) {
          row_potential[row_of[c]] += step;
          column_potential[c] -= step;
        } else {
          shortest[c] -= step;
        }
      }
      column = next;
    }
    while (column != n) {
      row_of[column] = row_of[previous[column]];
      column = previous[column];
    }
  }
  std::vector<int> column_of(n);
  for (int c = 0; c < n; ++c) column_of[row_of[c]] = c;
  return column_of;
}

}  // namespace covey::driver
