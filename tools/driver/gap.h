// The gap statistic: how much more k clusters gain on the data than on featureless data.
// R. Tibshirani, G. Walther, T. Hastie, "Estimating the number of clusters in a data set via the
// gap statistic", Journal of the Royal Statistical Society B 63 (2001), 411-423.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "covey/backend.h"

namespace covey::driver {

/// Features up to which determinants are compared: they cost d^3.
inline constexpr int kMostDeterminants = 64;

struct GapOptions {
  int references = 10;
  int restarts = 2;
  std::uint64_t seed = 1;
};

/// Of one k. Absent values: the sample's inertia is 0, so that its logarithm is not there.
struct Gap {
  int k = 0;
  std::optional<double> value;  ///< mean over references of ln W*_k, less ln W_k of the sample
  double error = 0;             ///< s_k = sd_k sqrt(1 + 1 / B), sd_k with divisor B
  /// Gap(k) - Gap(1): by how much k clusters shorten ln W more than they do in a reference.
  std::optional<double> gain;
  double gain_error = 0;  ///< as s_k, of the references' own ln W*_1 - ln W*_k
  /// The same of ln(|T| / |W|), the determinants of the scatter matrices in all and within clusters
  /// (Wilks 1932; Friedman and Rubin 1967): sees groups in few of many features. Absent above
  /// kMostDeterminants features.
  std::optional<double> wilks_gain;
  double wilks_error = 0;
};

/// For k = 1, then each further k of `k` (rising). References are uniform in a box along the
/// principal components of `sample` (above kMaxPcaDimensions features along the features), with
/// its variance along each, and have as many points as it has sessions; W is the inertia. The paper
/// spans the box by the range, which one outlier can stretch.
std::vector<Gap> gap_statistic(const Backend& backend, Points& sample, const std::vector<int>& k,
                               const GapOptions& options);

}  // namespace covey::driver
