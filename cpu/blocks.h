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

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

inline std::align_val_t alignment(std::size_t bytes) {
  return std::align_val_t{bytes >= 2 * kHugePage ? kHugePage : 64};
}
void* allocate_aligned(std::size_t bytes);

/// Memory that starts on a cache line, for vectors that SIMD reads; large pieces in huge pages
/// where the system has them. resize() leaves new numbers unset.
template <class T>
struct CacheLineAllocator {
  using value_type = T;
  CacheLineAllocator() = default;
  template <class U>
  explicit CacheLineAllocator(const CacheLineAllocator<U>&) noexcept {}
  T* allocate(std::size_t count) { return static_cast<T*>(allocate_aligned(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept {
    ::operator delete(memory, alignment(count * sizeof(T)));
  }
  template <class U>
  void construct(U* at) noexcept {
    ::new (static_cast<void*>(at)) U;
  }
  template <class U, class Source>
  void construct(U* at, const Source& source) noexcept {
    ::new (static_cast<void*>(at)) U(static_cast<U>(source));
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
  /// Points are yet to be set; padding is 0.
  Blocks(int dimensions, std::int64_t count) : d(dimensions), points(count) {
    const auto padded = static_cast<std::size_t>(blocks()) * kBlock;
    q.resize(padded * static_cast<std::size_t>(d));
    multiplicities.resize(padded);
    std::fill(q.end() - (count > 0 ? d * kBlock : 0), q.end(), 0.0F);
    std::fill(multiplicities.end() - (count > 0 ? kBlock : 0), multiplicities.end(), 0U);
  }

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
