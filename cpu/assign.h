// Labels of one block by float distances with a proven error bound; what that does not certify is
// recomputed exactly.
#pragma once

#include <cstdint>
#include <vector>

#include "blocks.h"
#include "boxes.h"
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
  // For boxes, in few features (BoxArguments of kernels.h).
  AlignedVector<double> columns, squares;
  int stride = 0;

  DistinctCentroids() = default;
  DistinctCentroids(const Centroids& centroids, const Blocks& points);
};

/// Labels of one block.
struct BlockLabels {
  alignas(64) std::int32_t label[kBlock];
  std::uint16_t changed[kBlock];  // points whose label is not what it was, rising
  int changes = 0;
  int rechecked = 0;  // labels that were recomputed exactly
};

/// The centroids that one block is compared with: those that its box leaves.
class Shortlist {
 public:
  /// Looks at the box of block b; returns how many positions are left.
  int look(const Kernels& kernels, const Boxes& boxes, std::int64_t b,
           const DistinctCentroids& centroids);

  int size() const { return size_; }
  std::int32_t position(std::int32_t i) const { return positions_[static_cast<std::size_t>(i)]; }
  /// Cluster of entry i.
  std::int32_t cluster(const DistinctCentroids& centroids, std::int32_t i) const {
    const std::int32_t at = position(i);
    return centroids.cluster.empty() ? at : centroids.cluster[static_cast<std::size_t>(at)];
  }

  /// The entry nearest to the middle of the box.
  std::int32_t central() const;

  /// What the kernels read of the entries, in their order.
  struct Packed {
    AlignedVector<float> f;
    std::vector<float> half;
    std::vector<std::int32_t> cluster;
  };
  const Packed& pack(const DistinctCentroids& centroids);

 private:
  int size_ = 0;
  std::vector<std::int32_t> positions_;
  AlignedVector<double> score_;
  Packed packed_;
};

/// Kept by a worker from block to block, so that nothing is allocated on the way.
struct AssignScratch {
  Shortlist shortlist;
  Int8Scratch int8;
  std::vector<std::int32_t> rows;  // coordinates of points that move or are measured exactly
};

/// Cluster of each point of block b; `before` holds 256 labels. `shortlisted`: scratch.shortlist is
/// as look() left it for this block and these centroids; else the block is compared with all.
/// `bounds`: what is remembered of the block's points.
void assign_block(const Kernels& kernels, const Blocks& blocks, const Boxes& boxes, std::int64_t b,
                  const DistinctCentroids& centroids, bool certify, const std::int32_t* before,
                  AssignScratch& scratch, bool shortlisted, BlockLabels& labels,
                  LabelBounds bounds = {});

}  // namespace covey::internal
