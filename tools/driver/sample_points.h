// A sample of the sessions as a data set of its own, for what is too costly on all of them: the gap
// statistic and the bootstrap.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "covey/backend.h"
#include "covey/kmeans.h"

namespace covey::driver {

/// Points by their grid coordinates (row-major whole numbers, d a point), on a grid where every
/// coordinate is its own value. Multiplicities: at least 1 each, or empty.
std::unique_ptr<Points> load_coordinates(const Backend& backend, int d,
                                         std::span<const double> coordinates,
                                         std::span<const std::uint32_t> multiplicity = {});

/// How samples, references and bootstrap samples are fitted: all alike, so that what a fit falls
/// short of the best one is on both sides of a comparison.
KMeansOptions sample_fits(std::vector<int> k, int restarts, std::uint64_t seed);

}  // namespace covey::driver
