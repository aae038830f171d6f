// What kernels share: shared memory, sums that come out the same in any order, reductions.
#pragma once

#include <covey_shared_memory.h>
#include <cuda_runtime.h>

#include <cstdint>

#include "covey/arithmetic.h"

namespace covey::cuda {

inline constexpr unsigned kAllLanes = 0xFFFFFFFFU;

__device__ inline std::int64_t first_item() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}
__device__ inline std::int64_t item_stride() {
  return static_cast<std::int64_t>(gridDim.x) * blockDim.x;
}

__device__ inline void atomic_add(std::int64_t* to, std::int64_t value) {
  atomicAdd(reinterpret_cast<unsigned long long*>(to), static_cast<unsigned long long>(value));
}

/// Adds to a 64-bit sum in shared memory that is kept as two words, because hardware has no 64-bit
/// add there. Whoever sees the low word wrap round carries; all orders give the same sum.
__device__ inline void add_in_words(std::uint32_t* low, std::uint32_t* high, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  const auto low_bits = static_cast<std::uint32_t>(bits);
  auto high_bits = static_cast<std::uint32_t>(bits >> 32);
  const std::uint32_t before = atomicAdd(low, low_bits);
  if (before + low_bits < low_bits) ++high_bits;
  if (high_bits != 0) atomicAdd(high, high_bits);
}

__device__ inline std::int64_t from_words(std::uint32_t low, std::uint32_t high) {
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(high) << 32) | low);
}

/// The sum over the warp, in every lane. All lanes call.
__device__ inline std::int64_t warp_sum(std::int64_t value) {
  for (int offset = 16; offset > 0; offset /= 2) value += __shfl_xor_sync(kAllLanes, value, offset);
  return value;
}

/// Takes `count` of the numbers that *counter counts, by one atomic a warp; the first of them. No
/// order of the lanes' shares but that of the lanes within a warp. All lanes call.
__device__ inline std::uint32_t take_places(std::uint32_t* counter, std::uint32_t count) {
  const auto lane = static_cast<int>(threadIdx.x) % 32;
  std::uint32_t end = count;  // of this lane's among those of the warp
  for (int offset = 1; offset < 32; offset *= 2) {
    const std::uint32_t other = __shfl_up_sync(kAllLanes, end, static_cast<unsigned>(offset));
    if (lane >= offset) end += other;
  }
  std::uint32_t first = 0;
  if (lane == 31 && end > 0) first = atomicAdd(counter, end);
  return __shfl_sync(kAllLanes, first, 31) + end - count;
}

/// Adds the block's values to *total in global memory, one atomic a warp. All threads of the block
/// call.
__device__ inline void add_block_sum(std::int64_t value, std::int64_t* total) {
  value = warp_sum(value);
  if (threadIdx.x % 32 == 0 && value != 0) atomic_add(total, value);
}

/// Doubles as integers in the same order, for atomicMin and atomicMax and for sorting; not NaN.
__device__ inline std::uint64_t ordered_bits(double x) {
  const auto bits = static_cast<std::uint64_t>(__double_as_longlong(x));
  return (bits >> 63) != 0 ? ~bits : bits | (1ULL << 63);
}

}  // namespace covey::cuda
