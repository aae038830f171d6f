// Exact squared distances between grid points in device memory, and the order of ties.
#pragma once

#include <cstdint>

#include "points.h"

namespace covey::cuda {

/// Exact squared distance of point i to a centroid, whose coordinate f is centroid[f].
template <class Coordinate>
__device__ inline std::int64_t exact_distance(const PointsView& points, std::int64_t i,
                                              const Coordinate* centroid) {
  std::int64_t sum = 0;
  for (int f = 0; f < points.d; ++f) {
    const int difference =
        static_cast<int>(points.q[f * points.stride + i]) - static_cast<int>(centroid[f]);
    sum += static_cast<std::int64_t>(difference) * difference;
  }
  return sum;
}

/// Whether centroid a goes before b where both are equally near: lexicographic order, then index.
template <class Coordinate>
__device__ inline bool wins_tie(const Coordinate* a, const Coordinate* b, int d, bool a_is_first) {
  for (int f = 0; f < d; ++f)
    if (a[f] != b[f]) return a[f] < b[f];
  return a_is_first;
}

/// Exact squared distance of points a and b.
__device__ inline std::int64_t point_distance(const PointsView& points, std::int64_t a,
                                              std::int64_t b) {
  std::int64_t sum = 0;
  for (int f = 0; f < points.d; ++f) {
    const float* q = points.q + f * points.stride;
    const int difference = static_cast<int>(q[a]) - static_cast<int>(q[b]);
    sum += static_cast<std::int64_t>(difference) * difference;
  }
  return sum;
}

}  // namespace covey::cuda
