#include "sample_points.h"

#include <utility>

namespace covey::driver {

std::unique_ptr<Points> load_coordinates(const Backend& backend, int d,
                                         std::span<const double> coordinates,
                                         std::span<const std::uint32_t> multiplicity) {
  Grid grid;
  grid.scaling = Scaling::kNone;
  grid.features.assign(static_cast<std::size_t>(d), {.offset = 0, .scale = 1});
  Columns columns = Columns::row_major(coordinates, d);
  columns.multiplicity = multiplicity;
  return backend.load({&columns, 1}, grid, {});
}

KMeansOptions sample_fits(std::vector<int> k, int restarts, std::uint64_t seed) {
  KMeansOptions options;
  options.k = std::move(k);
  options.restarts = restarts;
  options.seed = seed;
  options.tolerance = 1e-4;
  return options;
}

}  // namespace covey::driver
