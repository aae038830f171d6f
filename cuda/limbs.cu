// A coordinate is three signed bytes, q = l0 + 256 l1 + 65536 l2. Products of bytes are at most
// 2^14, so that int32 sums over 2^16 rows cannot overflow: the matrix product is exact.
#include "limbs.h"

#include <cublas_v2.h>

#include <algorithm>
#include <string>

#include "covey/error.h"
#include "kernel.h"
#include "launch.h"

namespace covey::cuda {
namespace {

constexpr int kLimbs = 3;
constexpr int kPowers = 2 * kLimbs - 1;  // of 256, in the product of two coordinates
constexpr std::int64_t kMostRows = 1 << 16;
constexpr std::int64_t kLimbBytes = 256 << 20;  // of one chunk of rows, where there is so much

void check_cublas(cublasStatus_t status, const char* call) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw Error(ErrorKind::kDevice, std::string(call) + " failed: " + cublasGetStatusString(status),
                "cuda", "use the cpu back end");
}

/// Around every call of cuBLAS.
#define COVEY_CUBLAS(call) check_cublas((call), #call)

class Cublas {
 public:
  Cublas() { COVEY_CUBLAS(cublasCreate(&handle_)); }
  Cublas(const Cublas&) = delete;
  Cublas& operator=(const Cublas&) = delete;
  ~Cublas() { (void)cublasDestroy(handle_); }

  /// out (columns x columns, column-major) = a^T b for matrices of rows x columns; all sizes are
  /// multiples of 16.
  void multiply(const std::int8_t* a, const std::int8_t* b, int rows, int columns,
                std::int32_t* out) {
    const std::int32_t one = 1, none = 0;
    COVEY_CUBLAS(cublasGemmEx(handle_, CUBLAS_OP_T, CUBLAS_OP_N, columns, columns, rows, &one, a,
                              CUDA_R_8I, rows, b, CUDA_R_8I, rows, &none, out, CUDA_R_32I, columns,
                              CUBLAS_COMPUTE_32I, CUBLAS_GEMM_DEFAULT));
  }

 private:
  cublasHandle_t handle_ = nullptr;
};

/// Rows [first, first + rows) as limbs[limb][feature][row]; features beyond d are 0. One thread
/// takes four rows of a feature; rows is a multiple of kPadding, and padding is 0.
__global__ void __launch_bounds__(kThreads)
    limbs_kernel(PointsView points, std::int64_t first, std::int64_t rows, int columns,
                 std::uint32_t* limbs) {
  const std::int64_t words = rows / 4;
  for (std::int64_t item = first_item(); item < words * columns; item += item_stride()) {
    const auto f = static_cast<int>(item / words);
    std::uint32_t packed[kLimbs] = {0, 0, 0};
    for (int lane = 0; f < points.d && lane < 4; ++lane) {
      const std::int64_t i = first + item % words * 4 + lane;
      auto rest = static_cast<std::int32_t>(points.q[f * points.stride + i]);
      for (std::uint32_t& word : packed) {
        const std::int32_t limb = ((rest + 128) & 255) - 128;
        word |= static_cast<std::uint32_t>(limb & 255) << (8 * lane);
        rest = (rest - limb) / 256;
      }
    }
    for (int limb = 0; limb < kLimbs; ++limb) limbs[limb * words * columns + item] = packed[limb];
  }
}

/// sums += product, and its transpose where the limbs differ.
__global__ void __launch_bounds__(kThreads)
    add_product_kernel(const std::int32_t* product, int columns, bool transposed_too,
                       std::int64_t* sums) {
  const std::int64_t cells = static_cast<std::int64_t>(columns) * columns;
  for (std::int64_t at = first_item(); at < cells; at += item_stride()) {
    std::int64_t sum = product[at];
    if (transposed_too) sum += product[at % columns * columns + at / columns];
    sums[at] += sum;
  }
}

std::int64_t rows_a_chunk(const Device& device, int columns) {
  const std::int64_t bytes =
      std::min(kLimbBytes, static_cast<std::int64_t>(device.free_bytes() / 4));
  const std::int64_t fitting = bytes / (kLimbs * static_cast<std::int64_t>(columns));
  return std::clamp(fitting / kPadding * kPadding, kPadding, kMostRows);
}

}  // namespace

std::vector<Int128> products_by_limbs(const Device& device, const PointsView& points) {
  const int columns = (points.d + 15) / 16 * 16;
  const std::int64_t cells = static_cast<std::int64_t>(columns) * columns;
  const std::int64_t chunk = std::min(rows_a_chunk(device, columns), points.stride);
  Buffer<std::uint32_t> limbs(kLimbs * columns * chunk / 4);
  Buffer<std::int32_t> product(cells);
  Buffer<std::int64_t> sums(kPowers * cells);
  sums.fill_bytes(0);
  Cublas cublas;
  for (std::int64_t first = 0; first < points.stride; first += chunk) {
    const std::int64_t rows = std::min(chunk, points.stride - first);
    launch(limbs_kernel, spread(device, rows / 4 * columns), points, first, rows, columns,
           limbs.data());
    const auto* bytes = reinterpret_cast<const std::int8_t*>(limbs.data());
    for (int a = 0; a < kLimbs; ++a) {
      for (int b = a; b < kLimbs; ++b) {
        cublas.multiply(bytes + a * rows * columns, bytes + b * rows * columns,
                        static_cast<int>(rows), columns, product.data());
        launch(add_product_kernel, spread(device, cells), product.data(), columns, a != b,
               sums.data() + (a + b) * cells);
      }
    }
  }
  const std::vector<std::int64_t> parts = downloaded(sums.data(), sums.size());
  std::vector<Int128> products;
  for (std::int64_t f = 0; f < points.d; ++f) {
    for (std::int64_t g = 0; g < points.d; ++g) {
      Int128 total = 0;
      for (std::int64_t power = kPowers - 1; power >= 0; --power)
        total = total * 256 + parts[static_cast<std::size_t>(power * cells + f * columns + g)];
      products.push_back(total);
    }
  }
  return products;
}

}  // namespace covey::cuda
