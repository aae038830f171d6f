// Sums of labelled points: what changes when some points take another cluster.
#pragma once

#include <cstdint>
#include <vector>

#include "assign.h"
#include "blocks.h"
#include "boxes.h"
#include "rules.h"

namespace covey::internal {

/// Moves the changed points of block b from cluster `before` (-1: none) to their label in the sums;
/// `before` becomes the label. `rows` is room to work in.
void move_points(const Kernels& kernels, const Blocks& blocks, std::int64_t b,
                 const BlockLabels& labels, std::int32_t* before, ClusterSums& sums,
                 std::vector<std::int32_t>& rows);

/// By cluster: how far its centroid and the one of the others that moves most have moved together,
/// rounded up.
std::vector<float> moves(const Centroids& before, const Centroids& after);

/// Moves all points of block b from cluster `from` (-1: none) to cluster `to`.
void move_block(const Boxes& boxes, std::int64_t b, std::int32_t from, std::int32_t to,
                ClusterSums& sums);

/// Moves the points of block b from their clusters `before` to cluster `to`.
void gather_points(const Blocks& blocks, std::int64_t b, const std::int32_t* before,
                   std::int32_t to, ClusterSums& sums);

/// The `count` points of `distinct` farthest from their nearest centroid, by distance, then
/// coordinates; one row of d coordinates each. distance[i] belongs to point i.
std::vector<std::int32_t> farthest_points(const Blocks& distinct,
                                          const std::vector<std::int64_t>& distance, int count);

}  // namespace covey::internal
