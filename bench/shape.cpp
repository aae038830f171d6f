#include "shape.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace covey::bench {

void append_coordinates(const Columns& data, const Grid& grid, std::int64_t row,
                        std::vector<std::int32_t>& coordinates) {
  bool saturated = false;
  for (int f = 0; f < data.dimensions(); ++f)
    coordinates.push_back(Grid::quantise(data.features[static_cast<std::size_t>(f)][row],
                                         grid.features[static_cast<std::size_t>(f)].offset,
                                         grid.factor(f), saturated));
}

Centroids start_of(const Columns& data, const Grid& grid, int k) {
  Centroids start{k, data.dimensions(), {}};
  for (int row = 0; row < k; ++row) append_coordinates(data, grid, row, start.q);
  return start;
}

KMeansModel fit_from(Points& points, const Centroids& start, int iterations) {
  KMeansOptions options;
  options.max_iterations = iterations;
  return fit_kmeans_from(points, start, options);
}

bool same(const KMeansModel& a, const KMeansModel& b) {
  return a.centroids == b.centroids && a.counts == b.counts && a.inertia == b.inertia &&
         a.iterations == b.iterations;
}

std::int64_t take_shrink(int& argc, char** argv) {
  constexpr std::string_view kShrink = "--shrink=";
  if (argc < 2 || !std::string_view(argv[1]).starts_with(kShrink)) return 1;
  const std::int64_t shrink = std::max(1LL, std::stoll(argv[1] + kShrink.size()));
  std::rotate(argv + 1, argv + 2, argv + argc);
  --argc;
  return shrink;
}

}  // namespace covey::bench
