// Seeding on the device: starts drawn from the sketch, the same for every order of the points.
#pragma once

#include <vector>

#include "parts.h"

namespace covey::cuda {

/// The starts of a seeded plan: for each k of plan.k, one a restart, in plan order. One seeding a
/// restart serves every k whose sketch has the same size. All of it is done by the first device.
std::vector<Centroids> seed_starts(Parts& parts, const FitPlan& plan, std::uint64_t hash_mask);

}  // namespace covey::cuda
