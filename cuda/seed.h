// Seeding on the device: starts drawn from the sketch, the same for every order of the points.
#pragma once

#include <vector>

#include "points.h"

namespace covey::cuda {

/// The starts of a seeded plan: for each k of plan.k, one a restart, in plan order. One seeding a
/// restart serves every k whose sketch has the same size.
std::vector<Centroids> seed_starts(const Device& device, const DevicePoints& distinct,
                                   const FitPlan& plan);

}  // namespace covey::cuda
