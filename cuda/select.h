// The smallest points by (key, coordinates): the farthest points, the sketch and random starts are
// all chosen so. A radix selection: no sort, and no order of the points in memory can matter.
#pragma once

#include <vector>

#include "points.h"

namespace covey::cuda {

/// Indices, in no particular order, of the `count` points with the smallest keys; among equal keys
/// those that come first lexicographically. The points are distinct; 1 <= count <= points.count.
Buffer<std::uint32_t> smallest_points(const Device& device, const PointsView& points,
                                      const Buffer<std::uint64_t>& key, std::int64_t count);

/// Points on the host: rows of d coordinates, with their keys.
struct ChosenRows {
  std::vector<std::int32_t> rows;
  std::vector<std::uint64_t> keys;

  void add(const ChosenRows& more);
  /// Orders them, smallest first, and keeps the first `count`.
  void sort(int d, std::int64_t count);
};

/// The same points as rows, smallest first.
ChosenRows smallest_rows(const Device& device, const PointsView& points,
                         const Buffer<std::uint64_t>& key, std::int64_t count);

/// Keys by which the largest value comes first. Values >= 0.
Buffer<std::uint64_t> falling_keys(const Device& device, const Buffer<std::int64_t>& value);

}  // namespace covey::cuda
