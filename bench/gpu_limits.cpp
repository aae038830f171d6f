#include "gpu_limits.h"

#include <cublas_v2.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <vector>

#include "cloud.h"

namespace covey::bench {
namespace {

constexpr int kRuns = 9;

/// Seconds of one `work`, of `repeats` that are queued at a time; the median of several, 0 where a
/// call fails.
double queued_seconds(int repeats, const std::function<bool()>& work) {
  cudaEvent_t start = nullptr, stop = nullptr;
  if (cudaEventCreate(&start) != cudaSuccess || cudaEventCreate(&stop) != cudaSuccess) return 0;
  std::vector<float> times;
  bool good = work();  // warms up
  for (int run = 0; good && run < kRuns; ++run) {
    (void)cudaEventRecord(start);
    for (int i = 0; i < repeats; ++i) good = work() && good;
    (void)cudaEventRecord(stop);
    times.push_back(0);
    good = good && cudaEventSynchronize(stop) == cudaSuccess &&
           cudaEventElapsedTime(&times.back(), start, stop) == cudaSuccess;
  }
  (void)cudaEventDestroy(start);
  (void)cudaEventDestroy(stop);
  if (!good) return 0;
  std::nth_element(times.begin(), times.begin() + kRuns / 2, times.end());
  return static_cast<double>(times[kRuns / 2]) / (1000.0 * repeats);
}

double copy_bandwidth() {
  std::size_t free = 0, total = 0;
  if (cudaMemGetInfo(&free, &total) != cudaSuccess) return 0;
  const std::size_t bytes = std::min(std::size_t{4} << 30, free / 4);
  void *from = nullptr, *to = nullptr;
  double seconds = 0;
  if (cudaMalloc(&from, bytes) == cudaSuccess && cudaMalloc(&to, bytes) == cudaSuccess &&
      cudaMemset(from, 1, bytes) == cudaSuccess && cudaMemset(to, 2, bytes) == cudaSuccess)
    seconds = queued_seconds(4, [&] {
      return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice) == cudaSuccess;
    });
  (void)cudaFree(from);
  (void)cudaFree(to);
  return seconds > 0 ? 2.0 * static_cast<double>(bytes) / seconds : 0;
}

double host_bandwidth() {
  constexpr std::size_t kBytes = std::size_t{1} << 30;
  void *from = nullptr, *to = nullptr;
  double seconds = 0;
  if (cudaMallocHost(&from, kBytes) == cudaSuccess && cudaMalloc(&to, kBytes) == cudaSuccess) {
    std::memset(from, 1, kBytes);
    seconds = queued_seconds(2, [&] {
      return cudaMemcpyAsync(to, from, kBytes, cudaMemcpyHostToDevice) == cudaSuccess;
    });
  }
  (void)cudaFreeHost(from);
  (void)cudaFree(to);
  return seconds > 0 ? static_cast<double>(kBytes) / seconds : 0;
}

/// fp16 numbers in [1, 2) of random bits: zeros and repeated numbers run faster than data does.
std::vector<std::uint16_t> random_halves(std::size_t count) {
  std::vector<std::uint16_t> halves(count);
  for (std::size_t i = 0; i < count; ++i)
    halves[i] = static_cast<std::uint16_t>(0x3C00U | (mixed(i) & 0x3FFU));
  return halves;
}

double half_rate() {
  constexpr int kSide = 8192;
  constexpr std::size_t kCells = std::size_t{kSide} * kSide;
  const std::vector<std::uint16_t> halves = random_halves(kCells);
  void *a = nullptr, *b = nullptr, *c = nullptr;
  cublasHandle_t handle = nullptr;
  double seconds = 0;
  if (cudaMalloc(&a, 2 * kCells) == cudaSuccess && cudaMalloc(&b, 2 * kCells) == cudaSuccess &&
      cudaMalloc(&c, 4 * kCells) == cudaSuccess &&
      cudaMemcpy(a, halves.data(), 2 * kCells, cudaMemcpyHostToDevice) == cudaSuccess &&
      cudaMemcpy(b, halves.data(), 2 * kCells, cudaMemcpyHostToDevice) == cudaSuccess &&
      cublasCreate(&handle) == CUBLAS_STATUS_SUCCESS)
    seconds = queued_seconds(4, [&] {
      const float one = 1, zero = 0;
      return cublasGemmEx(handle, CUBLAS_OP_T, CUBLAS_OP_N, kSide, kSide, kSide, &one, a,
                          CUDA_R_16F, kSide, b, CUDA_R_16F, kSide, &zero, c, CUDA_R_32F, kSide,
                          CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT) == CUBLAS_STATUS_SUCCESS;
    });
  if (handle != nullptr) (void)cublasDestroy(handle);
  (void)cudaFree(a);
  (void)cudaFree(b);
  (void)cudaFree(c);
  return seconds > 0 ? 2.0 * kSide * static_cast<double>(kCells) / seconds : 0;
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
  limits.host_bytes_per_second = host_bandwidth();
  limits.half_per_second = half_rate();
  if (limits.copy_bytes_per_second == 0 || limits.host_bytes_per_second == 0)
    limits.reason = "a copy failed";
  else if (limits.half_per_second == 0)
    limits.reason = "the product of cuBLAS failed";
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
