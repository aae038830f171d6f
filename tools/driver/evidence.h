// Evidence on the number of personas: figures over all sessions for each model, and what is too
// costly for that, gap and bootstrap, on a sample.
#pragma once

#include <vector>

#include "covey/backend.h"
#include "covey/kmeans.h"
#include "part_clock.h"
#include "results.h"

namespace covey::driver {

/// A row for each model: inertia, Calinski-Harabasz, Davies-Bouldin, silhouettes.
std::vector<KChoice> indices_of(Points& points, const std::vector<KMeansModel>& models);

/// Fills in gap and stability of each row; returns what they ran on. `models`: k rising.
ChoiceOfK add_evidence(const Backend& backend, Points& points,
                       const std::vector<KMeansModel>& models, std::uint64_t seed, PartClock& clock,
                       std::vector<KChoice>& choices);

}  // namespace covey::driver
