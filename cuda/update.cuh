// The update step on the device: which models still run, sums of moved points, new centroids, the
// stop rules. Included by the two Lloyd kernels.
#pragma once

#include <cooperative_groups.h>

#include <type_traits>

#include "covey/screen.h"
#include "distance.cuh"
#include "kernel.h"
#include "launch.h"
#include "lloyd.h"

namespace covey::cuda {

/// Numbers of the models that still run, in shared memory: how many, then which, rising. Every
/// block makes the same list, because blocks share out tiles and models by it.
struct ActiveModels {
  int* list;

  __device__ int count() const { return list[0]; }
  __device__ int operator[](int a) const { return list[1 + a]; }
  /// All threads call; one warp makes the list.
  __device__ void find(const LloydView& view) const {
    const int lane = static_cast<int>(threadIdx.x);
    if (lane < kWarp) {
      int found = 0;
      for (int first = 0; first < view.model_count; first += kWarp) {
        const int m = first + lane;
        const bool active = m < view.model_count && is_active(view.models[m].phase);
        const unsigned lanes = __ballot_sync(kAllLanes, active);
        if (active) list[1 + found + __popc(lanes & ((1U << lane) - 1))] = m;
        found += __popc(lanes);
      }
      if (lane == 0) list[0] = found;
    }
    __syncthreads();
  }
};

/// Sums of clusters in shared memory as pairs of words: all low words, then all high ones, `stride`
/// for a cluster (d coordinates, then the count). An odd stride spreads clusters over the banks.
struct SharedSums {
  std::uint32_t* low;
  int high;  ///< words from a low word to its high one
  int stride;

  __device__ void clear(int clusters) const {
    for (int i = static_cast<int>(threadIdx.x); i < clusters * stride; i += kThreads)
      low[i] = low[high + i] = 0;
  }
  __device__ void add(int cluster, int f, std::int64_t value) const {
    const int at = cluster * stride + f;
    add_in_words(low + at, low + high + at, value);
  }
  /// To global memory, one atomic for each sum that changed.
  __device__ void flush(std::int64_t* sums, int clusters, int d) const {
    for (int i = static_cast<int>(threadIdx.x); i < clusters * (d + 1); i += kThreads) {
      const int at = i / (d + 1) * stride + i % (d + 1);
      const std::int64_t value = from_words(low[at], low[high + at]);
      if (value != 0) atomic_add(sums + i, value);
    }
  }
};

/// An unsigned integer of so many bytes.
template <int kBytes>
using Word = std::conditional_t<kBytes == 2, std::uint16_t,
                                std::conditional_t<kBytes == 4, std::uint32_t, std::uint64_t>>;

/// The label of a number whose bits are all set where there is none yet.
template <int kBits>
__device__ inline int label_of(std::uint64_t bits) {
  constexpr std::uint64_t kNone = (1ULL << kBits) - 1;
  return (bits & kNone) == kNone ? -1 : static_cast<int>(bits & kNone);
}

/// Labels of kPoints (2 or 4) points from i on, a multiple of kPoints; -1 where there is none yet.
template <int kPoints>
__device__ inline void load_labels(const DeviceModel& model, std::int64_t i,
                                   int (&label)[kPoints]) {
  if (model.label_bytes == 1) {
    const auto word = *reinterpret_cast<const Word<kPoints>*>(model.label + i);
#pragma unroll
    for (int p = 0; p < kPoints; ++p) label[p] = label_of<8>(word >> (8 * p));
  } else if (model.label_bytes == 2) {
    const auto word = *reinterpret_cast<const Word<2 * kPoints>*>(model.label + 2 * i);
#pragma unroll
    for (int p = 0; p < kPoints; ++p) label[p] = label_of<16>(word >> (16 * p));
  } else {
    const auto* labels = reinterpret_cast<const std::int32_t*>(model.label) + i;
#pragma unroll
    for (int p = 0; p < kPoints; ++p) label[p] = labels[p];
  }
}

template <int kPoints>
__device__ inline void store_labels(const DeviceModel& model, std::int64_t i,
                                    const int (&label)[kPoints]) {
  std::uint64_t word = 0;
  if (model.label_bytes == 1) {
#pragma unroll
    for (int p = 0; p < kPoints; ++p)
      word |= static_cast<std::uint64_t>(label[p] & 0xFF) << (8 * p);
    *reinterpret_cast<Word<kPoints>*>(model.label + i) = static_cast<Word<kPoints>>(word);
  } else if (model.label_bytes == 2) {
#pragma unroll
    for (int p = 0; p < kPoints; ++p)
      word |= static_cast<std::uint64_t>(label[p] & 0xFFFF) << (16 * p);
    *reinterpret_cast<Word<2 * kPoints>*>(model.label + 2 * i) =
        static_cast<Word<2 * kPoints>>(word);
  } else {
    auto* labels = reinterpret_cast<std::int32_t*>(model.label) + i;
#pragma unroll
    for (int p = 0; p < kPoints; ++p) labels[p] = label[p];
  }
}

/// Shared memory of advance_model.
struct AdvanceScratch {
  unsigned long long shift_low, shift_high;
  int empty;
};

/// Step 7 after new centroids: squared shift low + 2^32 high. One thread calls.
__device__ inline void settle(const LloydView& view, DeviceModel& model, unsigned long long low,
                              unsigned long long high) {
  const UInt128 shift = (static_cast<UInt128>(high) << 32) + low;
  const UInt128 limit = (static_cast<UInt128>(view.limit_high) << 64) + view.limit_low;
  ++model.iterations;
  if (shift == 0) {
    model.stop = Stop::kFixedPoint;
    model.phase = Phase::kDone;
    return;
  }
  model.stop = shift <= limit ? Stop::kTolerance : Stop::kLimit;
  if (model.stop == Stop::kTolerance || model.iterations == view.max_iterations)
    model.phase = Phase::kLastPass;
}

/// After a pass: steps 5 and 7 of the contract for one model, by one block. All threads call.
/// `needs_half`: keep view.half in step with the centroids.
__device__ inline void advance_model(const LloydView& view, DeviceModel& model, bool needs_half,
                                     AdvanceScratch& scratch) {
  __syncthreads();  // the scratch is free
  const Phase phase = model.phase;
  __syncthreads();  // every thread has read the phase
  if (phase == Phase::kLastPass && threadIdx.x == 0) model.phase = Phase::kDone;
  if (phase != Phase::kRunning) return;
  const int d = view.points.d;
  const int thread = static_cast<int>(threadIdx.x);
  const std::int64_t* sums = view.sums + static_cast<std::int64_t>(model.first) * (d + 1);
  if (thread == 0) {
    scratch.shift_low = scratch.shift_high = 0;
    scratch.empty = 0;
  }
  __syncthreads();
  for (int j = thread; j < model.k; j += kThreads)
    if (sums[static_cast<std::int64_t>(j) * (d + 1) + d] == 0) scratch.empty = 1;
  __syncthreads();
  if (scratch.empty != 0) {
    if (thread == 0) model.phase = Phase::kEmpty;
    return;
  }

  std::int32_t* centroids = view.centroids + static_cast<std::int64_t>(model.first) * d;
  std::int64_t low = 0, high = 0;  // squares of at most 2^48, split at bit 32
  const std::int64_t coordinates = static_cast<std::int64_t>(model.k) * d;
  for (std::int64_t e = thread; e < coordinates; e += kThreads) {
    const std::int64_t* of_cluster = sums + e / d * (d + 1);
    const std::int64_t next = divide_half_even(of_cluster[e % d], of_cluster[d]);
    const std::int64_t change = next - centroids[e];
    centroids[e] = static_cast<std::int32_t>(next);
    low += (change * change) & 0xFFFFFFFFLL;
    high += (change * change) >> 32;
  }
  low = warp_sum(low);
  high = warp_sum(high);
  if (needs_half) {
    __syncthreads();  // the new centroids are written
    for (int j = thread; j < model.k; j += kThreads)
      view.half[model.first + j] =
          half_norm(square_of(centroids + static_cast<std::int64_t>(j) * d, d), d);
  }
  if (thread % kWarp == 0) {
    atomicAdd(&scratch.shift_low, static_cast<unsigned long long>(low));
    atomicAdd(&scratch.shift_high, static_cast<unsigned long long>(high));
  }
  __syncthreads();
  if (thread != 0) return;
  settle(view, model, scratch.shift_low, scratch.shift_high);
}

/// Every model by one block.
__device__ inline void advance_models(const LloydView& view, bool needs_half,
                                      AdvanceScratch& scratch) {
  for (int m = static_cast<int>(blockIdx.x); m < view.model_count; m += static_cast<int>(gridDim.x))
    advance_model(view, view.models[m], needs_half, scratch);
}

}  // namespace covey::cuda
