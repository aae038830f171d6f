// How much of the scatter of points a clustering takes away in every direction: Wilks' lambda.
#pragma once

#include <optional>

#include "covey/kmeans.h"
#include "covey/pca.h"

namespace covey::driver {

/// ln(|S| / |S - B|) with S = 1.01 T: T is the scatter matrix of the points (of which `gram` holds
/// the sums), B that between the model's clusters. 0 for one cluster. The hundredth keeps a feature
/// that does not vary within clusters from being all: one direction gives at most ln 101. Free of
/// the features' units and of turns between them. Absent where the clusters' centres say no more
/// than T can hold (a fit that was stopped early).
std::optional<double> log_wilks(const Gram& gram, const KMeansModel& model);

}  // namespace covey::driver
