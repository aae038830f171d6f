// Seeding: starts drawn from the sketch, the same for every order of the points.
#pragma once

#include <vector>

#include "blocks.h"
#include "covey/backend.h"
#include "cpu_points.h"
#include "kernels.h"
#include "threads.h"

namespace covey::internal {

/// The starts of a seeded plan: for each k of plan.k, one a restart, in plan order. The seeds for k
/// are the first k of those for a larger k with a sketch of the same size, so one seeding serves a
/// sweep.
std::vector<Centroids> seed_starts(const Threads& threads, const Kernels& kernels,
                                   const Collapsed& distinct, const Boxes& boxes,
                                   const FitPlan& plan);

}  // namespace covey::internal
