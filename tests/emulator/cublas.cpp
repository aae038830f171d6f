#include <cublas_v2.h>

#include <cstdint>

#include "emulator/state.h"

struct cublasContext {};  // NOLINT: the name is CUDA's

namespace {

/// A column-major matrix as its transpose or as it is.
struct Matrix {
  const std::int8_t* data;
  std::int64_t row_step, column_step;

  std::int32_t at(std::int64_t row, std::int64_t column) const {
    return data[row * row_step + column * column_step];
  }
};

Matrix matrix(const void* data, cublasOperation_t operation, int leading) {
  const auto* values = static_cast<const std::int8_t*>(data);
  return operation == CUBLAS_OP_N ? Matrix{values, 1, leading} : Matrix{values, leading, 1};
}

/// What cuBLAS asks of int8 operands: 4-byte aligned, leading dimensions that are multiples of 4.
bool int8_operand(const void* data, int leading, int rows) {
  return reinterpret_cast<std::uintptr_t>(data) % 4 == 0 && leading % 4 == 0 && leading >= rows;
}

cublasStatus_t status_of(cudaError_t error) {
  if (error == cudaSuccess) return CUBLAS_STATUS_SUCCESS;
  return error == cudaErrorMemoryAllocation ? CUBLAS_STATUS_ALLOC_FAILED
                                            : CUBLAS_STATUS_EXECUTION_FAILED;
}

}  // namespace

// NOLINTBEGIN: the names are CUDA's.
cublasStatus_t cublasCreate(cublasHandle_t* handle) {
  *handle = nullptr;
  const cublasStatus_t status = status_of(covey::emulator::enter());
  if (status == CUBLAS_STATUS_SUCCESS) *handle = new cublasContext;
  return status;
}

cublasStatus_t cublasDestroy(cublasHandle_t handle) {
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t) {
  return handle == nullptr ? CUBLAS_STATUS_NOT_INITIALIZED : status_of(covey::emulator::enter());
}

const char* cublasGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "CUBLAS_STATUS_NOT_SUPPORTED";
    default:
      return "CUBLAS_STATUS of another kind";
  }
}

const char* cublasGetStatusString(cublasStatus_t status) { return cublasGetStatusName(status); }

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t operation_a,
                            cublasOperation_t operation_b, int m, int n, int k, const void* alpha,
                            const void* a, cudaDataType type_a, int lda, const void* b,
                            cudaDataType type_b, int ldb, const void* beta, void* c,
                            cudaDataType type_c, int ldc, cublasComputeType_t compute,
                            cublasGemmAlgo_t) {
  if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (const cudaError_t failed = covey::emulator::enter()) return status_of(failed);
  if (type_a != CUDA_R_8I || type_b != CUDA_R_8I || type_c != CUDA_R_32I ||
      compute != CUBLAS_COMPUTE_32I)
    return CUBLAS_STATUS_NOT_SUPPORTED;
  if (m < 0 || n < 0 || k < 0 || ldc < m) return CUBLAS_STATUS_INVALID_VALUE;
  if (!int8_operand(a, lda, operation_a == CUBLAS_OP_N ? m : k) ||
      !int8_operand(b, ldb, operation_b == CUBLAS_OP_N ? k : n) ||
      reinterpret_cast<std::uintptr_t>(c) % 4 != 0)
    return CUBLAS_STATUS_NOT_SUPPORTED;
  const Matrix left = matrix(a, operation_a, lda), right = matrix(b, operation_b, ldb);
  const std::int32_t by = *static_cast<const std::int32_t*>(alpha);
  const std::int32_t keep = *static_cast<const std::int32_t*>(beta);
  for (std::int64_t column = 0; column < n; ++column)
    for (std::int64_t row = 0; row < m; ++row) {
      std::int32_t sum = 0;  // the sanitizer sees where it overflows
      for (std::int64_t i = 0; i < k; ++i) sum += left.at(row, i) * right.at(i, column);
      std::int32_t& to = static_cast<std::int32_t*>(c)[row + column * ldc];
      to = by * sum + (keep == 0 ? 0 : keep * to);
    }
  return CUBLAS_STATUS_SUCCESS;
}
// NOLINTEND
