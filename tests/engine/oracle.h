// A second opinion: Lloyd's algorithm from the contract's text, on vectors of wide integers. It
// shares no code with the engine, and is as slow as it is plain.
#pragma once

#include <cstdint>
#include <vector>

#include "covey/kmeans.h"

namespace covey::test {

/// From a given start on the unit grid; tolerance 0. `multiplicity` empty: all 1.
KMeansModel oracle_fit(const std::vector<std::int32_t>& q,
                       const std::vector<std::uint32_t>& multiplicity, const Centroids& start,
                       int max_iterations);
Labels oracle_label(const std::vector<std::int32_t>& q,
                    const std::vector<std::uint32_t>& multiplicity, const Centroids& centroids);

}  // namespace covey::test
