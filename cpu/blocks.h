// Grid points in the layout that the kernels read: blocks of 256 points, feature by feature, as
// floats. Every grid coordinate is exact in float32. A block of d features is d * 1 KiB in one
// piece, whatever d is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

namespace covey::internal {

inline constexpr int kBlock = 256;  // points; a multiple of every SIMD width

/// Memory that starts on a cache line, for vectors that SIMD reads.
template <class T>
struct CacheLineAllocator {
  using value_type = T;
  CacheLineAllocator() = default;
  template <class U>
  explicit CacheLineAllocator(const CacheLineAllocator<U>&) noexcept {}
  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{64}));
  }
  void deallocate(T* memory, std::size_t) noexcept {
    ::operator delete (memory, std::align_val_t{64});
  }
  template <class U>
  bool operator==(const CacheLineAllocator<U>&) const noexcept {
    return true;
  }
};

template <class T>
using AlignedVector = std::vector<T, CacheLineAllocator<T>>;

struct Int8Points;

struct Blocks {
  int d = 0;
  std::int64_t points = 0;
  AlignedVector<float> q;                       // block, feature, point; padding is 0
  AlignedVector<std::uint32_t> multiplicities;  // padding is 0
  std::shared_ptr<const Int8Points> int8;       // the same as bytes, where that pays

  Blocks() = default;
  Blocks(int dimensions, std::int64_t count)
      : d(dimensions),
        points(count),
        q(static_cast<std::size_t>(blocks()) * static_cast<std::size_t>(d) * kBlock, 0.0F),
        multiplicities(static_cast<std::size_t>(blocks()) * kBlock, 0U) {}

  std::int64_t blocks() const { return (points + kBlock - 1) / kBlock; }
  int filled(std::int64_t block) const {
    return static_cast<int>(std::min<std::int64_t>(kBlock, points - block * kBlock));
  }
  const float* block(std::int64_t b) const { return q.data() + b * d * kBlock; }
  float* block(std::int64_t b) { return q.data() + b * d * kBlock; }
  const std::uint32_t* weights(std::int64_t b) const { return multiplicities.data() + b * kBlock; }

  /// Coordinates of one point, gathered.
  void point(std::int64_t i, std::int32_t* out) const {
    const float* at = block(i / kBlock) + i % kBlock;
    for (std::int64_t f = 0; f < d; ++f) out[f] = static_cast<std::int32_t>(at[f * kBlock]);
  }
  void set(std::int64_t i, const std::int32_t* coordinates, std::uint32_t multiplicity) {
    float* at = block(i / kBlock) + i % kBlock;
    for (std::int64_t f = 0; f < d; ++f) at[f * kBlock] = static_cast<float>(coordinates[f]);
    multiplicities[static_cast<std::size_t>(i)] = multiplicity;
  }
  std::uint32_t weight(std::int64_t i) const { return multiplicities[static_cast<std::size_t>(i)]; }
};

}  // namespace covey::internal
