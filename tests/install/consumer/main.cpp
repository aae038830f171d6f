#include <iostream>
#include <vector>

#include "covey/backend.h"

int main() {
  const std::vector<double> rows = {0, 0, 0, 1, 1, 0, 9, 9, 9, 8};
  const auto backend = covey::open_backend();
  const auto points = covey::load_points(*backend, covey::Columns::row_major(rows, 2));
  const auto models = covey::fit_kmeans(*points, {.k = {2}});
  for (const auto count : models[0].counts) std::cout << count << "\n";
}
