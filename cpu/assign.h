// Labels of one block by float distances with a proven error bound; what that does not certify is
// recomputed exactly.
#pragma once

#include <cstdint>
#include <vector>

#include "blocks.h"
#include "covey/kmeans.h"
#include "kernels.h"

namespace covey::internal {

/// Centroids in lexicographic order without repeats, in both number formats, with their cluster
/// numbers.
struct RankedCentroids {
  int k = 0;
  int d = 0;
  AlignedVector<float> f;
  std::vector<std::int32_t> q;
  std::vector<std::int32_t> cluster;  // of each position; of equal centroids the lowest

  RankedCentroids() = default;
  explicit RankedCentroids(const Centroids& centroids);
};

/// Cluster of each point of block b. Returns the number of labels that were recomputed.
int assign_block(const Kernels& kernels, const Blocks& blocks, std::int64_t b,
                 const RankedCentroids& centroids, bool certify, std::int32_t* label);

}  // namespace covey::internal
