// What is found on this machine and what this build needs: devices, and errors in words.
#include "device.h"

#include <algorithm>

#include "covey/error.h"
#include "launch.h"

namespace covey::cuda {
namespace {

constexpr const char* kUseCpu = "or use the cpu back end";

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  throw Error(ErrorKind::kDevice, what, "cuda", fix + ", " + kUseCpu);
}

std::string name_of(cudaError_t status) {
  return std::string(cudaGetErrorString(status)) + " (" + cudaGetErrorName(status) + ")";
}

/// 13020 -> "13.2".
std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string mebibytes(std::size_t bytes) {
  return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

/// "; 812 MiB of 40960 MiB are free" of the current device, or nothing where it does not say.
std::string memory_text() {
  std::size_t free = 0, total = 0;
  if (cudaMemGetInfo(&free, &total) != cudaSuccess) return "";
  return "; " + mebibytes(free) + " of " + mebibytes(total) + " are free";
}

/// What covey takes of the current device unless it is told otherwise.
std::int64_t nine_tenths_of_free() {
  std::size_t free = 0, total = 0;
  COVEY_CUDA(cudaMemGetInfo(&free, &total));
  return static_cast<std::int64_t>(free / 10 * 9);
}

/// Errors after which this process can do no more with the device.
bool loses_device(cudaError_t status) {
  switch (status) {
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorLaunchFailure:
    case cudaErrorECCUncorrectable:
      return true;
    default:
      return false;
  }
}

bool lacks_kernels(cudaError_t status) {
  return status == cudaErrorNoKernelImageForDevice || status == cudaErrorUnsupportedPtxVersion ||
         status == cudaErrorInvalidDeviceFunction;
}

std::string needed_driver() {
  return "an NVIDIA driver for CUDA " + std::to_string(CUDART_VERSION / 1000);
}

[[noreturn]] void refuse_driver(int version) {
  refuse("the NVIDIA driver is too old: it supports CUDA " + version_text(version) +
             ", this build needs CUDA " + std::to_string(CUDART_VERSION / 1000),
         "install " + needed_driver());
}

/// The driver must support the CUDA version of this build; any minor version of it will do.
void check_driver() {
  int version = 0;
  const cudaError_t status = cudaDriverGetVersion(&version);
  if (status != cudaSuccess || version == 0)
    refuse("no NVIDIA driver found", "install " + needed_driver());
  if (version / 1000 < CUDART_VERSION / 1000) refuse_driver(version);
}

int device_count() {
  check_driver();
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess && status != cudaErrorNoDevice) check(status, "looking for GPUs");
  if (count == 0) {
    (void)cudaGetLastError();
    refuse("the NVIDIA driver shows no GPU", "check nvidia-smi and CUDA_VISIBLE_DEVICES");
  }
  return count;
}

cudaDeviceProp properties_of(int number) {
  cudaDeviceProp properties{};
  COVEY_CUDA(cudaGetDeviceProperties(&properties, number));
  return properties;
}

std::string capability(const cudaDeviceProp& properties) {
  return std::to_string(properties.major) + "." + std::to_string(properties.minor);
}

std::string text_of(const cudaDeviceProp& properties) {
  return std::string(properties.name) + ", " + std::to_string(properties.totalGlobalMem >> 30) +
         " GiB, compute capability " + capability(properties);
}

/// Stands for every kernel of this build: all are compiled for the same architectures.
__global__ void nothing() {}

[[noreturn]] void refuse_kernels(int number) {
  const cudaDeviceProp properties = properties_of(number);
  refuse("GPU " + std::to_string(number) + " (" + text_of(properties) +
             ") cannot run this build's kernels, which are for " COVEY_CUDA_ARCHITECTURES_TEXT,
         "build covey with -DCOVEY_CUDA_ARCHITECTURES=" + std::to_string(properties.major) +
             std::to_string(properties.minor));
}

}  // namespace

void refuse(cudaError_t status, const char* call) {
  (void)cudaGetLastError();  // it is reported here, and must not be found again after a launch
  const std::string where = std::string(" in ") + call;
  if (status == cudaErrorMemoryAllocation)
    refuse("out of GPU memory" + where + memory_text(),
           "close other programs that use the GPU, give fewer rows or features");
  if (loses_device(status))
    refuse("the GPU stopped with '" + name_of(status) + "'" + where,
           "start again, look for Xid errors in the kernel log");
  int found = 0;
  if (lacks_kernels(status) && cudaGetDevice(&found) == cudaSuccess) refuse_kernels(found);
  if (status == cudaErrorInsufficientDriver && cudaDriverGetVersion(&found) == cudaSuccess)
    refuse_driver(found);
  if (status == cudaErrorDevicesUnavailable)
    refuse("the GPU is taken by another program: " + name_of(status), "wait for it");
  refuse("the GPU answered '" + name_of(status) + "'" + where,
         "check that nvidia-smi shows the GPU");
}

void* device_memory(std::size_t bytes) {
  void* memory = nullptr;
  const cudaError_t status = cudaMalloc(&memory, bytes);
  if (status != cudaErrorMemoryAllocation) {
    check(status, "cudaMalloc");
    return memory;
  }
  (void)cudaGetLastError();
  refuse("out of GPU memory: asked for " + mebibytes(bytes) + memory_text(),
         "close other programs that use the GPU, give fewer rows or features");
}

void* pinned_memory(std::size_t bytes) {
  void* memory = nullptr;
  const cudaError_t status = cudaMallocHost(&memory, bytes);
  if (status != cudaErrorMemoryAllocation) {
    check(status, "cudaMallocHost");
    return memory;
  }
  (void)cudaGetLastError();
  refuse("out of pinned host memory: asked for " + mebibytes(bytes),
         "free some of the machine's memory, raise its limit of locked memory (ulimit -l)");
}

std::vector<std::string> device_texts() {
  const int count = device_count();
  std::vector<std::string> texts;
  for (int number = 0; number < count; ++number) texts.push_back(text_of(properties_of(number)));
  return texts;
}

Device open_device(int number) {
  const int count = device_count();
  if (number < 0 || number >= count)
    refuse("GPU " + std::to_string(number) + " is not there: this machine has " +
               std::to_string(count) + ", numbered from 0",
           "give another number");
  COVEY_CUDA(cudaSetDevice(number));
  const cudaDeviceProp properties = properties_of(number);
  cudaFuncAttributes attributes{};
  COVEY_CUDA(cudaFuncGetAttributes(&attributes, nothing));
  Device device;
  device.number = number;
  device.text = text_of(properties);
  device.multiprocessors = properties.multiProcessorCount;
  device.shared_bytes = properties.sharedMemPerBlockOptin;
  device.total_bytes = properties.totalGlobalMem;
  device.budget = nine_tenths_of_free();
  return device;
}

std::size_t Device::free_bytes() const {
  use();
  std::size_t free = 0, total = 0;
  COVEY_CUDA(cudaMemGetInfo(&free, &total));
  const std::int64_t left = std::max<std::int64_t>(0, budget - held->load());
  return std::min(free, static_cast<std::size_t>(left));
}

}  // namespace covey::cuda
