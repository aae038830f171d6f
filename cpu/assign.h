// Labels of one block by float distances with a proven error bound; what that does not certify is
// recomputed exactly.
#pragma once

#include <cstdint>
#include <vector>

#include "blocks.h"
#include "covey/kmeans.h"
#include "int8_screen.h"
#include "kernels.h"

namespace covey::internal {

/// Centroids without repeats, in both number formats.
struct DistinctCentroids {
  int k = 0;
  int d = 0;
  AlignedVector<float> f;
  std::vector<float> half;  // half_norm of each
  std::vector<std::int32_t> q;
  std::vector<std::int32_t> cluster;  // of each position; empty where that is the position itself
  Int8Centroids int8;                 // where the points that they label have bytes

  DistinctCentroids() = default;
  DistinctCentroids(const Centroids& centroids, const Blocks& points);
};

/// Labels of one block.
struct BlockLabels {
  alignas(64) std::int32_t label[kBlock];
  std::uint16_t changed[kBlock];  // points whose label is not what it was, rising
  int changes = 0;
  int rechecked = 0;  // labels that were recomputed exactly
  Int8Scratch int8;
};

/// Cluster of each point of block b; `before` holds 256 labels; `bounds`: what is remembered of
/// the block's points.
void assign_block(const Kernels& kernels, const Blocks& blocks, std::int64_t b,
                  const DistinctCentroids& centroids, bool certify, const std::int32_t* before,
                  BlockLabels& labels, LabelBounds bounds = {});

}  // namespace covey::internal
