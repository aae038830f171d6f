#include "gpu_limits.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <vector>

namespace covey::bench {
namespace {

/// Seconds of one copy of `bytes` on the device, the median of several; 0 where a call fails.
double copy_seconds(void* to, const void* from, std::size_t bytes) {
  constexpr int kRuns = 9, kCopies = 4;
  cudaEvent_t start = nullptr, stop = nullptr;
  if (cudaEventCreate(&start) != cudaSuccess || cudaEventCreate(&stop) != cudaSuccess) return 0;
  std::vector<float> times;
  for (int run = 0; run < kRuns; ++run) {
    (void)cudaEventRecord(start);
    for (int i = 0; i < kCopies; ++i)
      (void)cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice);
    (void)cudaEventRecord(stop);
    float milliseconds = 0;
    if (cudaEventSynchronize(stop) != cudaSuccess ||
        cudaEventElapsedTime(&milliseconds, start, stop) != cudaSuccess)
      return 0;
    times.push_back(milliseconds);
  }
  (void)cudaEventDestroy(start);
  (void)cudaEventDestroy(stop);
  std::nth_element(times.begin(), times.begin() + kRuns / 2, times.end());
  return static_cast<double>(times[kRuns / 2]) / (1000.0 * kCopies);
}

double copy_bandwidth() {
  std::size_t free = 0, total = 0;
  if (cudaMemGetInfo(&free, &total) != cudaSuccess) return 0;
  const std::size_t bytes = std::min(std::size_t{4} << 30, free / 4);
  void *from = nullptr, *to = nullptr;
  double seconds = 0;
  if (cudaMalloc(&from, bytes) == cudaSuccess && cudaMalloc(&to, bytes) == cudaSuccess &&
      cudaMemset(from, 1, bytes) == cudaSuccess && cudaMemset(to, 2, bytes) == cudaSuccess)
    seconds = copy_seconds(to, from, bytes);
  (void)cudaFree(from);
  (void)cudaFree(to);
  return seconds > 0 ? 2.0 * static_cast<double>(bytes) / seconds : 0;
}

int attribute(cudaDeviceAttr which) {
  int value = 0;
  (void)cudaDeviceGetAttribute(&value, which, 0);
  return value;
}

}  // namespace

GpuLimits measure_gpu() {
  GpuLimits limits;
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess || count == 0) {
    limits.reason = cudaGetErrorString(status == cudaSuccess ? cudaErrorNoDevice : status);
    return limits;
  }
  limits.copy_bytes_per_second = copy_bandwidth();
  if (limits.copy_bytes_per_second == 0) limits.reason = "the copy on the device failed";
  // 64 float32 lanes a multiprocessor on 8.0, 128 since.
  const int lanes = attribute(cudaDevAttrComputeCapabilityMajor) == 8 &&
                            attribute(cudaDevAttrComputeCapabilityMinor) == 0
                        ? 64
                        : 128;
  limits.float_per_second = 2.0 * lanes * attribute(cudaDevAttrMultiProcessorCount) * 1000.0 *
                            attribute(cudaDevAttrClockRate);
  return limits;
}

}  // namespace covey::bench
