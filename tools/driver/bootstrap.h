// Whether personas come back when other sessions of the same kind are drawn.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "covey/backend.h"
#include "covey/kmeans.h"
#include "covey/sample.h"

namespace covey::driver {

struct BootstrapOptions {
  int samples = 20;
  int restarts = 2;
  std::uint64_t seed = 1;
};

/// Of one model: means over the bootstrap samples.
struct Stability {
  std::vector<double> jaccard;  ///< by cluster
  double ari = 0;
};

/// Multiplicities of bootstrap sample number `sample`: as many draws with replacement as the
/// sessions that `multiplicity` counts, so a multinomial distribution. Some are 0.
std::vector<std::uint32_t> bootstrap_multiplicities(std::span<const std::uint32_t> multiplicity,
                                                    std::uint32_t sample, std::uint64_t seed);

/// Clusters each bootstrap sample anew for the k of every model, labels the sample by the model and
/// by the new one, and compares. `models`: centroids in the sample's grid units, k rising.
std::vector<Stability> bootstrap_stability(const Backend& backend, const PointSample& sample,
                                           Points& points, std::span<const Centroids> models,
                                           const BootstrapOptions& options);

}  // namespace covey::driver
