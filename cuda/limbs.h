// Sums of products of whole columns by the device's int8 matrix units.
#pragma once

#include <cstdint>
#include <vector>

#include "points.h"

namespace covey::cuda {

/// sum over points of q_f q_g at [f * d + g], exact. The points' multiplicities are all 1.
std::vector<Int128> products_by_limbs(const Device& device, const PointsView& points);

}  // namespace covey::cuda
