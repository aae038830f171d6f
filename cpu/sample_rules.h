// What the host halves of all back ends make of the points that a sample keeps.
#pragma once

#include <cstdint>
#include <span>

#include "covey/sample.h"

namespace covey::internal {

/// The sample of these distinct points, row-major, each kept `kept` times, in lexicographic order.
PointSample sorted_sample(int d, std::span<const std::int32_t> rows,
                          std::span<const std::uint32_t> kept);

}  // namespace covey::internal
