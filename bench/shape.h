// What the benchmarks of both kinds of machine share: the shape of a case, its start and its fit,
// and how a run is made small.
#pragma once

#include <cstdint>
#include <vector>

#include "cloud.h"
#include "covey/backend.h"

namespace covey::bench {

struct Shape {
  Cloud cloud = Cloud::kMixture;
  std::int64_t rows = 0;
  int d = 4, k = 4;

  friend bool operator==(const Shape&, const Shape&) = default;
};

/// Appends the d coordinates of a row on the grid.
void append_coordinates(const Columns& data, const Grid& grid, std::int64_t row,
                        std::vector<std::int32_t>& coordinates);

/// The first k rows, on the grid.
Centroids start_of(const Columns& data, const Grid& grid, int k);

KMeansModel fit_from(Points& points, const Centroids& start, int iterations);

/// Equal bits.
bool same(const KMeansModel& a, const KMeansModel& b);

/// N of a first argument --shrink=N, which is taken out; else 1.
std::int64_t take_shrink(int& argc, char** argv);

}  // namespace covey::bench
