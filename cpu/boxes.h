// What is known of each block of 256 points as a whole: its bounding box, its sums and its largest
// |x|^2. A block whose box leaves one centroid takes that label without a look at its points.
#pragma once

#include <cstdint>
#include <vector>

#include "blocks.h"
#include "covey/arithmetic.h"
#include "order.h"
#include "threads.h"

namespace covey::internal {

struct Boxes {
  int d = 0;
  std::vector<double> ends, widths;   // block, feature: low + high, high - low
  std::vector<std::int64_t> sums;     // block, feature: sum m q_f
  std::vector<std::int64_t> weights;  // block: sum m
  std::vector<float> largest_square;  // block: at least |x|^2 of each point

  std::vector<Int128> feature_squares;  // of all points: sum m q_f^2

  Boxes() = default;
  Boxes(const Threads& threads, const Blocks& points);

  /// Whether boxes are worth a look: in few features.
  bool narrow() const { return d <= kMaxBoxDimensions; }
  const std::int64_t* sums_of(std::int64_t b) const { return sums.data() + b * d; }
};

}  // namespace covey::internal
