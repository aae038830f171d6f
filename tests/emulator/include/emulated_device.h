// What the threads of a kernel do together: barriers, warp operations, atomics. Sums of floats by
// atomics are left out on purpose.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "emulated_types.h"
#include "emulator/blocks.h"

// NOLINTBEGIN: the names are CUDA's.
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
inline constexpr int warpSize = 32;

namespace covey::emulator {

/// The bits of a value that a lane hands to others.
template <class T>
std::uint64_t to_bits(T value) {
  static_assert(std::is_arithmetic_v<T> && sizeof(T) <= 8);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}
template <class T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

template <class T>
T shuffle(unsigned mask, T value, unsigned source, const Where& where) {
  return from_bits<T>(sync_warp(WarpOp::kShuffle, mask, to_bits(value), source, where));
}

/// Reads, lets `change` make the new value, writes; returns the old one.
template <class T, class Change>
T atomic(T* at, Change change) {
  maybe_yield();
  const T old = *at;
  *at = change(old);
  return old;
}

/// Integers that wrap round.
template <class T>
T wrapped_sum(T a, T b) {
  using Unsigned = std::make_unsigned_t<T>;
  return static_cast<T>(static_cast<Unsigned>(a) + static_cast<Unsigned>(b));
}

}  // namespace covey::emulator

inline void __syncthreads(covey::emulator::Where where = covey::emulator::Where::current()) {
  covey::emulator::sync_threads(false, where);
}
inline int __syncthreads_count(int predicate,
                               covey::emulator::Where where = covey::emulator::Where::current()) {
  return covey::emulator::sync_threads(predicate != 0, where);
}
inline int __syncthreads_or(int predicate,
                            covey::emulator::Where where = covey::emulator::Where::current()) {
  return covey::emulator::sync_threads(predicate != 0, where) > 0;
}
inline int __syncthreads_and(int predicate,
                             covey::emulator::Where where = covey::emulator::Where::current()) {
  return covey::emulator::sync_threads(predicate == 0, where) == 0;
}

inline void __syncwarp(unsigned mask = 0xFFFFFFFFU,
                       covey::emulator::Where where = covey::emulator::Where::current()) {
  covey::emulator::sync_warp(covey::emulator::WarpOp::kSync, mask, 0, 0, where);
}
template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32,
              covey::emulator::Where where = covey::emulator::Where::current()) {
  const unsigned lane = covey::emulator::lane(), group = static_cast<unsigned>(width) - 1;
  return covey::emulator::shuffle(mask, value,
                                  (lane & ~group) | (static_cast<unsigned>(source) & group), where);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32,
                 covey::emulator::Where where = covey::emulator::Where::current()) {
  const unsigned lane = covey::emulator::lane(), group = static_cast<unsigned>(width) - 1;
  return covey::emulator::shuffle(mask, value, (lane & group) < delta ? lane : lane - delta, where);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32,
                   covey::emulator::Where where = covey::emulator::Where::current()) {
  const unsigned lane = covey::emulator::lane(), group = static_cast<unsigned>(width) - 1;
  return covey::emulator::shuffle(mask, value, (lane & group) + delta > group ? lane : lane + delta,
                                  where);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32,
                  covey::emulator::Where where = covey::emulator::Where::current()) {
  const unsigned lane = covey::emulator::lane(), group = static_cast<unsigned>(width) - 1;
  const unsigned source = lane ^ static_cast<unsigned>(lanes);
  return covey::emulator::shuffle(mask, value, source > (lane | group) ? lane : source, where);
}
inline unsigned __ballot_sync(unsigned mask, int predicate,
                              covey::emulator::Where where = covey::emulator::Where::current()) {
  return static_cast<unsigned>(
      covey::emulator::sync_warp(covey::emulator::WarpOp::kBallot, mask, predicate != 0, 0, where));
}
inline int __any_sync(unsigned mask, int predicate,
                      covey::emulator::Where where = covey::emulator::Where::current()) {
  return __ballot_sync(mask, predicate, where) != 0;
}
inline int __all_sync(unsigned mask, int predicate,
                      covey::emulator::Where where = covey::emulator::Where::current()) {
  return __ballot_sync(mask, predicate, where) == mask;
}
template <class T>
unsigned __match_any_sync(unsigned mask, T value,
                          covey::emulator::Where where = covey::emulator::Where::current()) {
  return static_cast<unsigned>(covey::emulator::sync_warp(
      covey::emulator::WarpOp::kMatch, mask, covey::emulator::to_bits(value), 0, where));
}
inline unsigned __reduce_add_sync(
    unsigned mask, unsigned value,
    covey::emulator::Where where = covey::emulator::Where::current()) {
  return static_cast<unsigned>(
      covey::emulator::sync_warp(covey::emulator::WarpOp::kAdd, mask, value, 0, where));
}
inline int __reduce_add_sync(unsigned mask, int value,
                             covey::emulator::Where where = covey::emulator::Where::current()) {
  return static_cast<int>(__reduce_add_sync(mask, static_cast<unsigned>(value), where));
}
inline unsigned __reduce_min_sync(
    unsigned mask, unsigned value,
    covey::emulator::Where where = covey::emulator::Where::current()) {
  return static_cast<unsigned>(
      covey::emulator::sync_warp(covey::emulator::WarpOp::kMinimum, mask, value, 0, where));
}
inline unsigned __reduce_max_sync(
    unsigned mask, unsigned value,
    covey::emulator::Where where = covey::emulator::Where::current()) {
  return static_cast<unsigned>(
      covey::emulator::sync_warp(covey::emulator::WarpOp::kMaximum, mask, value, 0, where));
}

inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __nanosleep(unsigned) { covey::emulator::yield(); }

#define COVEY_EMULATED_ATOMICS(T)                                                             \
  inline T atomicAdd(T* at, T value) {                                                        \
    return covey::emulator::atomic(                                                           \
        at, [=](T old) { return covey::emulator::wrapped_sum(old, value); });                 \
  }                                                                                           \
  inline T atomicExch(T* at, T value) {                                                       \
    return covey::emulator::atomic(at, [=](T) { return value; });                             \
  }                                                                                           \
  inline T atomicCAS(T* at, T expected, T value) {                                            \
    return covey::emulator::atomic(at, [=](T old) { return old == expected ? value : old; }); \
  }                                                                                           \
  inline T atomicAnd(T* at, T value) {                                                        \
    return covey::emulator::atomic(at, [=](T old) { return old & value; });                   \
  }                                                                                           \
  inline T atomicOr(T* at, T value) {                                                         \
    return covey::emulator::atomic(at, [=](T old) { return old | value; });                   \
  }                                                                                           \
  inline T atomicXor(T* at, T value) {                                                        \
    return covey::emulator::atomic(at, [=](T old) { return old ^ value; });                   \
  }
COVEY_EMULATED_ATOMICS(int)
COVEY_EMULATED_ATOMICS(unsigned)
COVEY_EMULATED_ATOMICS(unsigned long long)
#undef COVEY_EMULATED_ATOMICS

#define COVEY_EMULATED_ATOMIC_MIN_MAX(T)                                                  \
  inline T atomicMin(T* at, T value) {                                                    \
    return covey::emulator::atomic(at, [=](T old) { return value < old ? value : old; }); \
  }                                                                                       \
  inline T atomicMax(T* at, T value) {                                                    \
    return covey::emulator::atomic(at, [=](T old) { return old < value ? value : old; }); \
  }
COVEY_EMULATED_ATOMIC_MIN_MAX(int)
COVEY_EMULATED_ATOMIC_MIN_MAX(unsigned)
COVEY_EMULATED_ATOMIC_MIN_MAX(long long)
COVEY_EMULATED_ATOMIC_MIN_MAX(unsigned long long)
#undef COVEY_EMULATED_ATOMIC_MIN_MAX
inline int atomicSub(int* at, int value) { return atomicAdd(at, -value); }
inline unsigned atomicSub(unsigned* at, unsigned value) { return atomicAdd(at, 0U - value); }

template <class T>
T __ldg(const T* at) {
  return *at;
}
template <class T>
T __ldcg(const T* at) {
  return *at;
}
template <class T>
T __ldcs(const T* at) {
  return *at;
}
template <class T>
void __stcs(T* at, T value) {
  *at = value;
}
template <class T>
void __stcg(T* at, T value) {
  *at = value;
}
// NOLINTEND
