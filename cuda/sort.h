// Sorts and running sums by Thrust, with temporary memory from the same checked calls as all other
// memory. In one translation unit, because Thrust takes long to compile.
#pragma once

#include <cstdint>

#include "points.h"

namespace covey::cuda {

/// Rising.
void sort_values(std::int32_t* values, std::int64_t count);
/// Keys rising, each with its value.
void sort_pairs(std::int32_t* keys, std::uint32_t* values, std::int64_t count);
void sort_pairs(std::uint64_t* keys, std::uint32_t* values, std::int64_t count);
/// Numbers of points by hash, then by coordinates.
void sort_points(std::uint32_t* order, const PointsView& points, const std::uint64_t* hash,
                 std::int64_t count);

/// values[i] becomes values[0] + ... + values[i].
void running_sums(std::uint32_t* values, std::int64_t count);

}  // namespace covey::cuda
