#include "sort.h"

#include <thrust/device_ptr.h>
#include <thrust/execution_policy.h>
#include <thrust/scan.h>
#include <thrust/sort.h>
#include <thrust/system_error.h>

#include <cstddef>

namespace covey::cuda {
namespace {

/// Thrust's temporary memory.
struct Scratch {
  using value_type = char;

  char* allocate(std::ptrdiff_t bytes) {
    return static_cast<char*>(device_memory(static_cast<std::size_t>(bytes)));
  }
  void deallocate(char* memory, std::size_t) { (void)cudaFree(memory); }
};

struct ByHashThenCoordinates {
  PointsView points;
  const std::uint64_t* hash;

  __host__ __device__ bool operator()(std::uint32_t a, std::uint32_t b) const {
    if (hash[a] != hash[b]) return hash[a] < hash[b];
    for (int f = 0; f < points.d; ++f) {
      const float* q = points.q + f * points.stride;
      if (q[a] != q[b]) return q[a] < q[b];
    }
    return false;
  }
};

/// What Thrust throws becomes the back end's own error.
template <class Run>
void with_thrust(const char* what, const Run& run) {
  try {
    Scratch scratch;
    run(thrust::device(scratch));
  } catch (const thrust::system_error& error) {
    refuse(static_cast<cudaError_t>(error.code().value()), what);
  }
}

template <class Key>
void sort_by_key(Key* keys, std::uint32_t* values, std::int64_t count) {
  with_thrust("a sort by key", [&](const auto& policy) {
    const auto begin = thrust::device_pointer_cast(keys);
    thrust::sort_by_key(policy, begin, begin + count, thrust::device_pointer_cast(values));
  });
}

}  // namespace

void sort_values(std::int32_t* values, std::int64_t count) {
  with_thrust("a sort", [&](const auto& policy) {
    const auto begin = thrust::device_pointer_cast(values);
    thrust::sort(policy, begin, begin + count);
  });
}

void sort_pairs(std::int32_t* keys, std::uint32_t* values, std::int64_t count) {
  sort_by_key(keys, values, count);
}

void sort_pairs(std::uint64_t* keys, std::uint32_t* values, std::int64_t count) {
  sort_by_key(keys, values, count);
}

void sort_points(std::uint32_t* order, const PointsView& points, const std::uint64_t* hash,
                 std::int64_t count) {
  with_thrust("a sort of points", [&](const auto& policy) {
    const auto begin = thrust::device_pointer_cast(order);
    thrust::sort(policy, begin, begin + count, ByHashThenCoordinates{points, hash});
  });
}

void running_sums(std::uint32_t* values, std::int64_t count) {
  with_thrust("a running sum", [&](const auto& policy) {
    const auto begin = thrust::device_pointer_cast(values);
    thrust::inclusive_scan(policy, begin, begin + count, begin);
  });
}

}  // namespace covey::cuda
