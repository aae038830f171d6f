// An order of points in which neighbours lie near each other, so that a block of 256 has a small
// bounding box. Which order that is changes costs, never a result.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace covey::internal {

/// Beyond this many features boxes of 256 points are too wide to be worth an order, and sums of
/// boxes.cpp would no longer be exact in doubles.
inline constexpr int kMaxBoxDimensions = 16;

/// A k-d tree with a leaf of about equally many points everywhere: 2^levels leaves, of which
/// neighbours in number are neighbours in space. Nodes lie as in a heap, from 1 on.
class SpatialTree {
 public:
  /// `sample`: row-major rows of d coordinates.
  SpatialTree(const std::vector<std::int32_t>& sample, int d, int levels);

  /// The leaf of a point; a function of its coordinates alone.
  std::uint32_t leaf(const std::int32_t* q) const {
    std::uint32_t node = 1;
    for (int level = 0; level < levels_; ++level) {
      const Split& split = splits_[node];
      node = 2 * node + static_cast<std::uint32_t>(q[split.feature] > split.last_left);
    }
    return node - (1U << levels_);
  }

 private:
  struct Split {
    std::int32_t feature;
    std::int32_t last_left;  // coordinates up to this one go left
  };

  int levels_;
  std::vector<Split> splits_;
};

/// Rearranges `order`, numbers of row-major rows, whose first will be point `start` of the blocks:
/// halves along the widest feature, cut where blocks begin, until each piece is within one block.
void order_within_blocks(const std::vector<std::int32_t>& rows, int d, std::int64_t start,
                         std::span<std::uint32_t> order);

}  // namespace covey::internal
