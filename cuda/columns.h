// Columns of doubles on their way through the device: chunk by chunk, gathered by the host while
// the device works on the chunk before.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>

#include "covey/arithmetic.h"
#include "covey/points.h"
#include "launch.h"

namespace covey::cuda {

/// Rows [first, first + rows) of a data set in device memory, feature by feature.
struct ColumnChunk {
  const double* values = nullptr;                 // d * stride
  const std::uint32_t* multiplicities = nullptr;  // null: all 1
  std::int64_t first = 0;                         // counted over all batches
  std::int64_t rows = 0;
  std::int64_t stride = 0;
  int d = 0;

  COVEY_HOST_DEVICE double value(int f, std::int64_t i) const { return values[f * stride + i]; }
  COVEY_HOST_DEVICE std::int64_t weight(std::int64_t i) const {
    return multiplicities == nullptr ? 1 : static_cast<std::int64_t>(multiplicities[i]);
  }
  /// Queues a copy to the chunk's place among those of all rows, in device memory.
  void copy_multiplicities(std::uint32_t* of_all_rows) const {
    COVEY_CUDA(cudaMemcpyAsync(of_all_rows + first, multiplicities,
                               static_cast<std::size_t>(rows) * sizeof(std::uint32_t),
                               cudaMemcpyDeviceToDevice));
  }
};

/// Calls visit for all rows of all batches, which have the same features, chunk after chunk. What
/// visit queues on the default stream finds the chunk in place. Chunks carry multiplicities where a
/// batch has some.
void for_chunks(const Device& device, std::span<const Columns> batches,
                const std::function<void(const ColumnChunk&)>& visit);

/// One feature of all batches.
std::vector<Columns> one_feature(std::span<const Columns> batches, int feature);

/// A launch in which each block works on one feature: blocks by feature, then by part of the rows.
inline Shape feature_blocks(const Device& device, int d, std::int64_t rows) {
  constexpr std::int64_t kRowsABlock = 4 * kThreads;
  const std::int64_t most = std::max(1, device.multiprocessors * 16 / d);
  return {d * std::clamp((rows + kRowsABlock - 1) / kRowsABlock, std::int64_t{1}, most)};
}
__device__ inline int own_feature(int d) { return static_cast<int>(blockIdx.x) % d; }
__device__ inline std::int64_t first_row(int d) {
  return static_cast<std::int64_t>(static_cast<int>(blockIdx.x) / d) * kThreads + threadIdx.x;
}
__device__ inline std::int64_t row_stride(int d) {
  return static_cast<std::int64_t>(static_cast<int>(gridDim.x) / d) * kThreads;
}

}  // namespace covey::cuda
