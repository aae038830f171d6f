// How good a clustering is, from exact sums.
#pragma once

#include <cstdint>

#include "covey/arithmetic.h"
#include "covey/pca.h"

namespace covey {

/// Sum over points of multiplicity * squared distance to the mean, grid units: total sum of
/// squares.
double total_scatter(const Gram& gram);

/// Calinski and Harabasz 1974: ((T - I) / (k - 1)) / (I / (W - k)). 0 for k = 1; infinity where I =
/// 0 < T.
double calinski_harabasz(double total_scatter, Int128 inertia, int k, std::int64_t weight);

}  // namespace covey
