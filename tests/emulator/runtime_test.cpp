// The emulated runtime: what a launch may ask for, memory, copies, faults, and products of int8
// matrices.
#include <covey_shared_memory.h>
#include <cublas_v2.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "emulator/test_launch.h"

namespace covey::emulator {
namespace {

__global__ void nothing() {}
__global__ void write_shared(int index) { cuda::shared_memory()[index] = 1; }
__global__ void write_at(int* at, int index) { at[index] = 1; }

const void* address(void (*kernel)(int)) { return reinterpret_cast<const void*>(kernel); }

TEST_F(Emulator, LaunchesHaveLimits) {
  EXPECT_EQ(launch(nothing, {1, 1024}), cudaSuccess);
  EXPECT_EQ(launch(nothing, {1, 1025}), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(nothing, {0, 1}), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch(nothing, {3, 1, 0, true}), cudaSuccess);
  EXPECT_EQ(launch(nothing, {4, 1, 0, true}), cudaErrorCooperativeLaunchTooLarge);
  Settings machine;
  machine.multiprocessors = 2;
  machine.resident_blocks = 2;
  set(machine);
  EXPECT_EQ(launch(nothing, {4, 1, 0, true}), cudaSuccess);
  int blocks = 0;
  EXPECT_EQ(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, nothing, 256, 0), cudaSuccess);
  EXPECT_EQ(blocks, 2);
}

TEST_F(Emulator, MuchSharedMemoryMustBeAskedFor) {
  EXPECT_EQ(launch(write_shared, {1, 1, 48 << 10}, (48 << 10) - 1), cudaSuccess);
  EXPECT_EQ(launch(write_shared, {1, 1, 49 << 10}, 0), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFuncSetAttribute(address(write_shared), cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 227 << 10),
            cudaSuccess);
  EXPECT_EQ(launch(write_shared, {1, 1, 227 << 10}, (227 << 10) - 1), cudaSuccess);
  EXPECT_EQ(cudaFuncSetAttribute(address(write_shared), cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 228 << 10),
            cudaErrorInvalidValue);
}

TEST_F(Emulator, DeviceMemoryIsLimitedAndStartsWithGarbage) {
  Settings machine;
  machine.memory = 1 << 20;
  set(machine);
  unsigned char *first = nullptr, *second = nullptr;
  ASSERT_EQ(cudaMalloc(&first, 1 << 19), cudaSuccess);
  EXPECT_NE(first[12345], 0);
  EXPECT_EQ(cudaMalloc(&second, (1 << 19) + 1), cudaErrorMemoryAllocation);
  std::size_t free = 0, total = 0;
  EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
  EXPECT_EQ(free, 1U << 19);
  EXPECT_EQ(total, 1U << 20);
  EXPECT_EQ(allocations_in_use(), 1U);
  EXPECT_EQ(cudaFree(first), cudaSuccess);
  EXPECT_EQ(device_bytes_in_use(), 0U);
}

TEST_F(Emulator, CopiesStayWithinOneAllocation) {
  int host[4] = {1, 2, 3, 4}, *device = nullptr;
  ASSERT_EQ(cudaMalloc(&device, sizeof(host)), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(device, host, sizeof(host), cudaMemcpyHostToDevice), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(host, device + 2, 2 * sizeof(int), cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_EQ(host[0], 3);
  const auto copy = [&](void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    return misuse_of([&] { cudaMemcpy(to, from, bytes, kind); });
  };
  EXPECT_NE(copy(device + 1, host, 16, cudaMemcpyHostToDevice).find("target"), std::string::npos);
  EXPECT_NE(copy(host, host, 4, cudaMemcpyHostToDevice).find("target"), std::string::npos);
  EXPECT_NE(copy(device, device, 4, cudaMemcpyHostToDevice).find("source"), std::string::npos);
  EXPECT_NE(copy(host, host, 4, cudaMemcpyDeviceToHost).find("source"), std::string::npos);
  EXPECT_EQ(cudaFree(device), cudaSuccess);
}

class Pinned : public Emulator {
 protected:
  void SetUp() override {
    Emulator::SetUp();
    ASSERT_EQ(cudaMallocHost(&host_, sizeof(int)), cudaSuccess);
    ASSERT_EQ(cudaMalloc(&device_, sizeof(int)), cudaSuccess);
    ASSERT_EQ(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), cudaSuccess);
  }
  void TearDown() override {
    EXPECT_EQ(cudaEventDestroy(event_), cudaSuccess);
    EXPECT_EQ(cudaFree(device_), cudaSuccess);
    EXPECT_EQ(cudaFreeHost(host_), cudaSuccess);
    Emulator::TearDown();
  }
  int *host_ = nullptr, *device_ = nullptr;
  cudaEvent_t event_ = nullptr;
};

TEST_F(Pinned, MemoryMustNotChangeBeforeTheHostHasWaited) {
  *host_ = 1;
  cudaMemcpyAsync(device_, host_, sizeof(int), cudaMemcpyHostToDevice);
  EXPECT_EQ(cudaEventRecord(event_), cudaSuccess);
  EXPECT_EQ(cudaEventSynchronize(event_), cudaSuccess);
  *host_ = 2;
  cudaMemcpyAsync(device_, host_, sizeof(int), cudaMemcpyHostToDevice);
  *host_ = 3;
  EXPECT_EQ(cudaEventSynchronize(event_), cudaSuccess);  // of the copy before
  EXPECT_NE(misuse_of([] { cudaDeviceSynchronize(); }).find("pinned memory changed"),
            std::string::npos);
}

TEST_F(Pinned, MemoryHoldsGarbageUntilTheHostHasWaited) {
  cudaMemset(device_, 0, sizeof(int));
  cudaMemcpyAsync(host_, device_, sizeof(int), cudaMemcpyDeviceToHost);
  EXPECT_NE(*host_, 0);
  EXPECT_EQ(cudaStreamSynchronize(nullptr), cudaSuccess);
  EXPECT_EQ(*host_, 0);
}

TEST_F(Pinned, ACopyOnAStreamArrivesWhenTheDefaultStreamHasWaited) {
  cudaStream_t stream = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  *host_ = 1;
  EXPECT_EQ(cudaMemcpyAsync(device_, host_, sizeof(int), cudaMemcpyHostToDevice, stream),
            cudaSuccess);
  EXPECT_NE(*device_, 1);
  EXPECT_EQ(cudaEventRecord(event_, stream), cudaSuccess);
  EXPECT_NE(*device_, 1);
  EXPECT_EQ(cudaStreamWaitEvent(nullptr, event_), cudaSuccess);
  EXPECT_EQ(*device_, 1);
  *host_ = 2;  // the device has waited, the host has not
  EXPECT_NE(misuse_of([&] { cudaEventSynchronize(event_); }).find("pinned memory changed"),
            std::string::npos);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(Pinned, AStreamWaitsForKernelsBeforeItWrites) {
  cudaStream_t stream = nullptr;
  cudaEvent_t queued = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  ASSERT_EQ(cudaEventCreateWithFlags(&queued, cudaEventDisableTiming), cudaSuccess);
  const auto write = [&] {
    cudaMemcpyAsync(device_, host_, sizeof(int), cudaMemcpyHostToDevice, stream);
  };
  EXPECT_EQ(launch(nothing, {1, 1}), cudaSuccess);
  EXPECT_NE(misuse_of(write).find("without having waited"), std::string::npos);
  EXPECT_EQ(cudaEventRecord(queued), cudaSuccess);
  EXPECT_EQ(launch(nothing, {1, 1}), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(stream, queued), cudaSuccess);
  EXPECT_NE(misuse_of(write).find("without having waited"), std::string::npos);  // for the second
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  write();
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(queued), cudaSuccess);
}

TEST_F(Emulator, MemoryBelongsToADevice) {
  Settings machine;
  machine.devices = 2;
  machine.memory = 1 << 20;
  set(machine);
  peak_device_bytes();  // of other tests in this process
  int host = 0, *first = nullptr, *second = nullptr;
  cudaEvent_t event = nullptr;
  ASSERT_EQ(cudaMalloc(&first, 700'000), cudaSuccess);
  ASSERT_EQ(cudaEventCreate(&event), cudaSuccess);
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  EXPECT_EQ(device_bytes_in_use(), 0U);
  EXPECT_EQ(cudaMalloc(&second, 700'000), cudaSuccess);  // each has its own megabyte
  EXPECT_EQ(launch(write_at, {1, 1}, second, 0), cudaSuccess);
  const char* expected = "memory of device 0 while device 1 is current";
  EXPECT_NE(misuse_of([&] {
              launch(write_at, {1, 1}, first, 0);
            }).find(expected),
            std::string::npos);
  EXPECT_NE(misuse_of([&] {
              cudaMemcpy(&host, first, sizeof(int), cudaMemcpyDeviceToHost);
            }).find(expected),
            std::string::npos);
  EXPECT_NE(misuse_of([&] { cudaEventRecord(event); }).find("different devices"),
            std::string::npos);
  // An argument of a null pointer and a small number, whose padding makes an address of both.
  struct Padded {
    const int* none;
    std::uint32_t number;
  } padded{};
  const auto address = reinterpret_cast<std::uintptr_t>(first);
  static_assert(sizeof(padded) == 2 * sizeof(address));
  std::memcpy(reinterpret_cast<unsigned char*>(&padded) + sizeof(padded.none), &address,
              sizeof(address));
  EXPECT_NE(misuse_of([&] { check_argument(&padded, sizeof(padded)); }), "");
  EXPECT_NO_THROW(check_argument(padded));
  EXPECT_EQ(cudaFree(first), cudaSuccess);
  EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
  EXPECT_EQ(device_bytes_in_use(), 0U);
  EXPECT_EQ(peak_device_bytes(), 700'000U);
  EXPECT_EQ(peak_device_bytes(), 0U);
  EXPECT_EQ(cudaFree(second), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
}

TEST_F(Emulator, CopiesOfTwoDimensions) {
  float *host = nullptr, *device = nullptr;
  ASSERT_EQ(cudaMallocHost(&host, 6 * sizeof(float)), cudaSuccess);
  ASSERT_EQ(cudaMalloc(&device, 8 * sizeof(float)), cudaSuccess);
  for (int i = 0; i < 6; ++i) host[i] = static_cast<float>(i);
  EXPECT_EQ(cudaMemset2DAsync(device + 2, 16, 0, 8, 2), cudaSuccess);
  EXPECT_EQ(cudaMemcpy2DAsync(device, 16, host + 1, 12, 8, 2, cudaMemcpyHostToDevice), cudaSuccess);
  const float expected[8] = {1, 2, 0, 0, 4, 5, 0, 0};
  EXPECT_TRUE(std::equal(expected, expected + 8, device));
  EXPECT_EQ(cudaMemcpy2D(host, 12, device, 16, 12, 2, cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_EQ(host[3], 4);
  EXPECT_EQ(cudaMemcpy2D(host, 4, device, 16, 12, 2, cudaMemcpyDeviceToHost),
            cudaErrorInvalidValue);
  EXPECT_NE(misuse_of([&] {
              cudaMemcpy2D(device, 16, host, 12, 12, 3, cudaMemcpyHostToDevice);
            }).find("target"),
            std::string::npos);
  EXPECT_EQ(cudaFreeHost(host), cudaSuccess);
  EXPECT_EQ(cudaFree(device), cudaSuccess);
}

TEST_F(Emulator, TheNthCallFailsAndTheErrorIsRemembered) {
  void* memory = nullptr;
  fail_call("cudaMalloc", cudaErrorMemoryAllocation, 2);
  EXPECT_EQ(cudaMalloc(&memory, 16), cudaSuccess);
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&memory, 16), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaPeekAtLastError(), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_STREQ(cudaGetErrorName(cudaErrorMemoryAllocation), "cudaErrorMemoryAllocation");
  EXPECT_STREQ(cudaGetErrorString(cudaErrorMemoryAllocation), "out of memory");
}

TEST_F(Emulator, ALostDeviceAnswersEveryCallAlike) {
  void* memory = nullptr;
  ASSERT_EQ(cudaMalloc(&memory, 16), cudaSuccess);
  fail_call("cudaLaunchKernelEx", cudaErrorIllegalAddress);
  EXPECT_EQ(launch(nothing, {1, 1}), cudaErrorIllegalAddress);
  EXPECT_EQ(launch(nothing, {1, 1}), cudaErrorIllegalAddress);
  EXPECT_EQ(cudaGetLastError(), cudaErrorIllegalAddress);
  EXPECT_EQ(cudaGetLastError(), cudaErrorIllegalAddress);
  EXPECT_EQ(cudaFree(memory), cudaErrorIllegalAddress);  // but the memory is gone
}

TEST_F(Emulator, MachinesWithoutDriverOrDevice) {
  int count = 7, version = 0;
  Settings machine;
  machine.devices = 0;
  set(machine);
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorNoDevice);
  EXPECT_EQ(count, 0);
  machine.devices = 2;
  machine.driver = 12020;
  set(machine);
  EXPECT_EQ(cudaDriverGetVersion(&version), cudaSuccess);
  EXPECT_EQ(version, 12020);
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorInsufficientDriver);
  machine.driver = 13010;
  set(machine);
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaSuccess);
  EXPECT_EQ(count, 2);
  EXPECT_EQ(cudaSetDevice(2), cudaErrorInvalidDevice);
}

#ifdef __SANITIZE_ADDRESS__
TEST_F(Emulator, TheSanitizerSeesTheEndOfDeviceMemory) {
  int* device = nullptr;
  ASSERT_EQ(cudaMalloc(&device, 5 * sizeof(int)), cudaSuccess);
  EXPECT_EQ(launch(write_at, {1, 1}, device, 4), cudaSuccess);
  EXPECT_DEATH(launch(write_at, {1, 1}, device, 5), "heap-buffer-overflow");
  EXPECT_EQ(cudaFree(device), cudaSuccess);
}

TEST_F(Emulator, TheSanitizerSeesTheEndOfSharedMemory) {
  EXPECT_EQ(launch(write_shared, {1, 1, 13}, 12), cudaSuccess);
  EXPECT_DEATH(launch(write_shared, {1, 1, 13}, 13), "heap-buffer-overflow");
}
#endif

TEST_F(Emulator, MemoryIsFreedOnce) {
  int host = 0;
  EXPECT_DEATH(cudaFree(&host), "not allocated, or freed twice");
  EXPECT_EQ(launch(write_at, {1, 1}, &host, 0), cudaSuccess);
}

class Product : public Emulator {
 protected:
  void SetUp() override {
    Emulator::SetUp();
    ASSERT_EQ(cublasCreate(&handle_), CUBLAS_STATUS_SUCCESS);
  }
  void TearDown() override {
    EXPECT_EQ(cublasDestroy(handle_), CUBLAS_STATUS_SUCCESS);
    Emulator::TearDown();
  }
  /// c = alpha op(a) op(b) + beta c of 2 x 2 matrices, c beginning as ones.
  std::vector<std::int32_t> product(cublasOperation_t of_a, cublasOperation_t of_b, int alpha,
                                    int beta) {
    // Columns of leading dimension 4: a = (1 3; 2 -4), b = (-128 5; 127 6), c is packed.
    alignas(4) const std::int8_t a[8] = {1, 2, 99, 99, 3, -4, 99, 99};
    alignas(4) const std::int8_t b[8] = {-128, 127, 99, 99, 5, 6, 99, 99};
    std::vector<std::int32_t> c(4, 1);
    EXPECT_EQ(cublasGemmEx(handle_, of_a, of_b, 2, 2, 2, &alpha, a, CUDA_R_8I, 4, b, CUDA_R_8I, 4,
                           &beta, c.data(), CUDA_R_32I, 2, CUBLAS_COMPUTE_32I, CUBLAS_GEMM_DEFAULT),
              CUBLAS_STATUS_SUCCESS);
    return c;
  }
  cublasHandle_t handle_ = nullptr;
};

// By hand, column by column: (1 3; 2 -4) (-128 5; 127 6) has the first column (-128 + 381, -256 -
// 508).
TEST_F(Product, OfInt8MatricesIsInInt32) {
  using Values = std::vector<std::int32_t>;
  EXPECT_EQ(product(CUBLAS_OP_N, CUBLAS_OP_N, 1, 0), (Values{253, -764, 23, -14}));
  EXPECT_EQ(product(CUBLAS_OP_T, CUBLAS_OP_N, 1, 0), (Values{126, -892, 17, -9}));
  EXPECT_EQ(product(CUBLAS_OP_N, CUBLAS_OP_T, 1, 0), (Values{-113, -276, 145, 230}));
  EXPECT_EQ(product(CUBLAS_OP_T, CUBLAS_OP_T, 1, 0), (Values{-118, -404, 139, 357}));
  EXPECT_EQ(product(CUBLAS_OP_N, CUBLAS_OP_N, 2, -3), (Values{503, -1531, 43, -31}));
}

TEST_F(Product, AsksForAlignedOperands) {
  alignas(4) std::int8_t values[16] = {};
  std::int32_t one = 1, sums[4] = {};
  const auto status = [&](const std::int8_t* a, int leading) {
    return cublasGemmEx(handle_, CUBLAS_OP_T, CUBLAS_OP_N, 2, 2, 2, &one, a, CUDA_R_8I, leading,
                        values, CUDA_R_8I, 4, &one, sums, CUDA_R_32I, 2, CUBLAS_COMPUTE_32I,
                        CUBLAS_GEMM_DEFAULT);
  };
  EXPECT_EQ(status(values, 4), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(status(values, 2), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(status(values + 1, 4), CUBLAS_STATUS_NOT_SUPPORTED);
}

}  // namespace
}  // namespace covey::emulator
