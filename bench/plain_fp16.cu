#include "plain_fp16.h"

#include <cublas_v2.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <stdexcept>

namespace covey::bench {
namespace {

constexpr int kThreads = 256, kWarp = 32, kRuns = 5;
constexpr std::int64_t kScores = std::int64_t{1} << 28;  // of a block of rows: 1 GiB
constexpr std::int64_t kStaged = std::int64_t{1} << 26;  // floats that are rounded at a time

void check(cudaError_t status, const char* what) {
  if (status != cudaSuccess)
    throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(status));
}
void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw std::runtime_error(std::string(what) + ": " + cublasGetStatusString(status));
}

template <class T>
class Memory {
 public:
  explicit Memory(std::int64_t count) {
    check(cudaMalloc(&data_, static_cast<std::size_t>(count) * sizeof(T)), "cudaMalloc");
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { (void)cudaFree(data_); }
  T* data() const { return static_cast<T*>(data_); }

 private:
  void* data_ = nullptr;
};

class Handle {
 public:
  Handle() { check(cublasCreate(&handle_), "cublasCreate"); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { (void)cublasDestroy(handle_); }
  operator cublasHandle_t() const { return handle_; }  // NOLINT: stands for it

 private:
  cublasHandle_t handle_ = nullptr;
};

__global__ void round_kernel(const float* from, std::int64_t count, __half* to) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kThreads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x; i < count;
       i += stride)
    to[i] = __float2half_rn(from[i]);
}

__global__ void half_norm_kernel(const __half* centroids, int k, int d, float* half) {
  const int j = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
  if (j >= k) return;
  float sum = 0;
  for (int f = 0; f < d; ++f) {
    const float c = __half2float(centroids[static_cast<std::int64_t>(j) * d + f]);
    sum += c * c;
  }
  half[j] = sum / 2;
}

/// A warp a row: the least half[j] - products[row * k + j].
__global__ void nearest_kernel(const float* products, const float* half, std::int64_t rows, int k,
                               std::int32_t* label) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * (kThreads / kWarp);
  for (std::int64_t row =
           static_cast<std::int64_t>(blockIdx.x) * (kThreads / kWarp) + threadIdx.x / kWarp;
       row < rows; row += stride) {
    const float* own = products + row * k;
    float least = 3.0e38F;
    int best = 0;
    for (int j = lane; j < k; j += kWarp) {
      const float score = half[j] - own[j];
      if (score < least) {
        least = score;
        best = j;
      }
    }
    for (int offset = kWarp / 2; offset > 0; offset /= 2) {
      const float other = __shfl_xor_sync(0xFFFFFFFFU, least, offset);
      const int other_best = __shfl_xor_sync(0xFFFFFFFFU, best, offset);
      if (other < least || (other == least && other_best < best)) {
        least = other;
        best = other_best;
      }
    }
    if (lane == 0) label[row] = best;
  }
}

int blocks_for(std::int64_t items) {
  return static_cast<int>(std::clamp<std::int64_t>((items + kThreads - 1) / kThreads, 1, 1 << 16));
}

/// Rounded copies on the device.
void round_to(std::span<const float> from, __half* to) {
  const auto count = static_cast<std::int64_t>(from.size());
  const Memory<float> staged(std::min(count, kStaged));
  for (std::int64_t first = 0; first < count; first += kStaged) {
    const std::int64_t size = std::min(kStaged, count - first);
    check(cudaMemcpy(staged.data(), from.data() + first,
                     static_cast<std::size_t>(size) * sizeof(float), cudaMemcpyHostToDevice),
          "upload");
    round_kernel<<<blocks_for(size), kThreads>>>(staged.data(), size, to + first);
    check(cudaDeviceSynchronize(), "rounding");
  }
}

struct Pass {
  cublasHandle_t handle;
  const __half *points, *centroids;
  const float* half;
  float* products;
  std::int32_t* label;
  std::int64_t rows;
  int d, k;

  void run() const {
    const float one = 1, zero = 0;
    const std::int64_t block = std::max<std::int64_t>(1, kScores / k);
    for (std::int64_t first = 0; first < rows; first += block) {
      const std::int64_t size = std::min(block, rows - first);
      check(cublasGemmEx(handle, CUBLAS_OP_T, CUBLAS_OP_N, k, static_cast<int>(size), d, &one,
                         centroids, CUDA_R_16F, d, points + first * d, CUDA_R_16F, d, &zero,
                         products, CUDA_R_32F, k, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
            "cublasGemmEx");
      nearest_kernel<<<blocks_for(size * kWarp), kThreads>>>(products, half, size, k,
                                                             label + first);
    }
    check(cudaGetLastError(), "launch");
  }
};

double median_seconds(const Pass& pass) {
  cudaEvent_t start = nullptr, stop = nullptr;
  check(cudaEventCreate(&start), "event");
  check(cudaEventCreate(&stop), "event");
  std::vector<float> times;
  pass.run();  // warms up
  for (int run = 0; run < kRuns; ++run) {
    check(cudaEventRecord(start), "event");
    pass.run();
    check(cudaEventRecord(stop), "event");
    check(cudaEventSynchronize(stop), "a pass");
    times.push_back(0);
    check(cudaEventElapsedTime(&times.back(), start, stop), "event");
  }
  (void)cudaEventDestroy(start);
  (void)cudaEventDestroy(stop);
  std::nth_element(times.begin(), times.begin() + kRuns / 2, times.end());
  return static_cast<double>(times[kRuns / 2]) / 1000;
}

}  // namespace

PlainLabels plain_fp16_labels(std::span<const float> points, std::span<const float> centroids,
                              int d) {
  PlainLabels result;
  try {
    const std::int64_t rows = static_cast<std::int64_t>(points.size()) / d;
    const int k = static_cast<int>(static_cast<std::int64_t>(centroids.size()) / d);
    const Handle handle;
    const Memory<__half> x(rows * d), c(std::int64_t{k} * d);
    const Memory<float> half(k), products(std::min(kScores, rows * k) + k);
    const Memory<std::int32_t> label(rows);
    round_to(points, x.data());
    round_to(centroids, c.data());
    half_norm_kernel<<<blocks_for(k), kThreads>>>(c.data(), k, d, half.data());
    result.seconds = median_seconds(
        {handle, x.data(), c.data(), half.data(), products.data(), label.data(), rows, d, k});
    result.label.resize(static_cast<std::size_t>(rows));
    check(cudaMemcpy(result.label.data(), label.data(), result.label.size() * sizeof(std::int32_t),
                     cudaMemcpyDeviceToHost),
          "labels");
  } catch (const std::exception& error) {
    (void)cudaGetLastError();
    result.reason = error.what();
  }
  return result;
}

}  // namespace covey::bench
