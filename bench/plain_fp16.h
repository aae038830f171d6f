// What an engine does that trusts the matrix units: coordinates rounded to fp16, scores by a
// product of cuBLAS, the least score of each row by a kernel. Its time is the baseline for
// assignment at large d and k; its labels show how many such an engine gets wrong.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace covey::bench {

struct PlainLabels {
  std::vector<std::int32_t> label;  ///< of every row
  double seconds = 0;  ///< of one pass over points that lie on the device as fp16, the median
  std::string reason;  ///< why there are none; empty where there are
};

/// `points`: rows x d values, row-major; `centroids`: k x d. Norms are those of the rounded
/// centroids.
PlainLabels plain_fp16_labels(std::span<const float> points, std::span<const float> centroids,
                              int d);

}  // namespace covey::bench
