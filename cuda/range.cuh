// Smallest and largest of many doubles, found by integer atomics on their ordered bits.
#pragma once

#include <bit>
#include <vector>

#include "covey/grid.h"
#include "device.h"
#include "kernel.h"

namespace covey::cuda {

/// Ranges in device memory as ordered bits.
struct RangeBits {
  Buffer<std::uint64_t> low, high;

  /// All empty.
  explicit RangeBits(std::int64_t count) : low(count), high(count) {
    low.fill_bytes(0xFF);
    high.fill_bytes(0);
  }
  /// Only after add_block_range on each.
  std::vector<Range> ranges() const {
    const std::vector<std::uint64_t> lows = downloaded(low.data(), low.size());
    const std::vector<std::uint64_t> highs = downloaded(high.data(), high.size());
    std::vector<Range> found;
    for (std::size_t i = 0; i < lows.size(); ++i)
      found.push_back({from_ordered(lows[i]), from_ordered(highs[i])});
    return found;
  }

 private:
  /// The inverse of ordered_bits.
  static double from_ordered(std::uint64_t bits) {
    return std::bit_cast<double>((bits >> 63) != 0 ? bits ^ (1ULL << 63) : ~bits);
  }
};

__device__ inline std::uint64_t warp_min(std::uint64_t value) {
  for (int offset = 16; offset > 0; offset /= 2) {
    const std::uint64_t other = __shfl_xor_sync(kAllLanes, value, offset);
    if (other < value) value = other;
  }
  return value;
}

/// The smaller of *least and the block's values. All threads of the block call.
__device__ inline void take_block_min(std::uint64_t value, std::uint64_t* least) {
  value = warp_min(value);
  if (threadIdx.x % 32 == 0)
    atomicMin(reinterpret_cast<unsigned long long*>(least), static_cast<unsigned long long>(value));
}

/// Widens a range by the ranges of the block's threads, empty ones included. All call.
__device__ inline void add_block_range(const Range& range, std::uint64_t* low,
                                       std::uint64_t* high) {
  take_block_min(ordered_bits(range.low), low);
  const std::uint64_t largest = ~warp_min(~ordered_bits(range.high));
  if (threadIdx.x % 32 == 0)
    atomicMax(reinterpret_cast<unsigned long long*>(high),
              static_cast<unsigned long long>(largest));
}

}  // namespace covey::cuda
