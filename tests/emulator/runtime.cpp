// The runtime apart from memory: versions, devices, launches.
#include <cstdio>
#include <map>
#include <mutex>

#include "emulated_runtime.h"
#include "emulator/blocks.h"
#include "emulator/state.h"

namespace covey::emulator {
namespace {

thread_local int current = 0;  // NOLINT: as the runtime keeps it

constexpr unsigned kMaxThreads = 1024;

struct SharedLimits {
  std::mutex mutex;
  std::map<const void*, std::size_t> of_kernel;
};
SharedLimits& shared_limits() {
  static SharedLimits own;
  return own;
}

std::size_t shared_limit(const void* kernel) {
  const std::lock_guard lock(shared_limits().mutex);
  const auto found = shared_limits().of_kernel.find(kernel);
  return found == shared_limits().of_kernel.end() ? kPlainSharedBytes : found->second;
}

bool cooperative(const cudaLaunchConfig_t& config) {
  for (unsigned i = 0; i < config.numAttrs; ++i)
    if (config.attrs[i].id == cudaLaunchAttributeCooperative)
      return config.attrs[i].val.cooperative != 0;
  return false;
}

std::size_t volume(const dim3& size) { return std::size_t{size.x} * size.y * size.z; }

cudaError_t shape_error(const Launch& launch, const void* kernel) {
  if (volume(launch.grid) == 0 || volume(launch.block) == 0 || volume(launch.block) > kMaxThreads ||
      launch.grid.x > 0x7FFFFFFFU || launch.grid.y > 0xFFFFU || launch.grid.z > 0xFFFFU)
    return cudaErrorInvalidConfiguration;
  if (launch.shared_bytes > shared_limit(kernel)) return cudaErrorInvalidValue;
  const Settings machine = settings();
  if (launch.cooperative &&
      volume(launch.grid) >
          static_cast<std::size_t>(machine.resident_blocks) * machine.multiprocessors)
    return cudaErrorCooperativeLaunchTooLarge;
  return cudaSuccess;
}

bool is_device(int device) { return device >= 0 && device < settings().devices; }

}  // namespace

int current_device() { return current; }

cudaError_t occupancy(int* blocks, const void* kernel, int threads, std::size_t shared_bytes) {
  if (const cudaError_t failed = enter("cudaOccupancyMaxActiveBlocksPerMultiprocessor"))
    return failed;
  const bool fits = threads > 0 && threads <= static_cast<int>(kMaxThreads) &&
                    shared_bytes <= shared_limit(kernel);
  *blocks = fits ? settings().resident_blocks : 0;
  return cudaSuccess;
}

cudaError_t launch_kernel(const cudaLaunchConfig_t& config, const void* kernel,
                          void (*call)(const void*), const void* arguments) {
  if (const cudaError_t failed = enter("cudaLaunchKernelEx")) return failed;
  const Launch launch{config.gridDim, config.blockDim, config.dynamicSmemBytes, cooperative(config),
                      call,           arguments};
  if (const cudaError_t failed = shape_error(launch, kernel)) return answer(failed);
  count_launch();
  run(launch);
  return cudaSuccess;
}

}  // namespace covey::emulator

// NOLINTBEGIN: the names are CUDA's.
using covey::emulator::answer, covey::emulator::enter, covey::emulator::enter_without_device,
    covey::emulator::settings;

cudaError_t cudaDriverGetVersion(int* version) {
  if (const cudaError_t failed = enter_without_device()) return failed;
  *version = settings().driver;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  if (const cudaError_t failed = enter_without_device()) return failed;
  *version = 13000;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 0;
  if (const cudaError_t failed = enter()) return failed;
  *count = settings().devices;
  return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
  if (const cudaError_t failed = enter()) return failed;
  *device = covey::emulator::current;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  if (const cudaError_t failed = enter()) return failed;
  if (!covey::emulator::is_device(device)) return answer(cudaErrorInvalidDevice);
  covey::emulator::current = device;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (const cudaError_t failed = enter()) return failed;
  if (!covey::emulator::is_device(device)) return answer(cudaErrorInvalidDevice);
  *properties = {};
  std::snprintf(properties->name, sizeof(properties->name), "Emulated GPU");
  properties->totalGlobalMem = settings().memory;
  properties->sharedMemPerBlock = covey::emulator::kPlainSharedBytes;
  properties->sharedMemPerBlockOptin = covey::emulator::kMaxSharedBytes;
  properties->sharedMemPerMultiprocessor = covey::emulator::kMaxSharedBytes + 1024;
  properties->major = settings().capability / 10;
  properties->minor = settings().capability % 10;
  properties->multiProcessorCount = settings().multiprocessors;
  properties->l2CacheSize = 1 << 20;
  properties->warpSize = 32;
  properties->maxThreadsPerBlock = static_cast<int>(covey::emulator::kMaxThreads);
  properties->maxThreadsPerMultiProcessor = 2048;
  properties->regsPerBlock = properties->regsPerMultiprocessor = 65536;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  cudaDeviceProp properties;
  if (const cudaError_t failed = enter()) return failed;
  if (const cudaError_t failed = cudaGetDeviceProperties(&properties, device)) return failed;
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
      *value = properties.maxThreadsPerBlock;
      break;
    case cudaDevAttrWarpSize:
      *value = properties.warpSize;
      break;
    case cudaDevAttrMultiProcessorCount:
      *value = properties.multiProcessorCount;
      break;
    case cudaDevAttrL2CacheSize:
      *value = properties.l2CacheSize;
      break;
    case cudaDevAttrComputeCapabilityMajor:
      *value = properties.major;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = properties.minor;
      break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      *value = static_cast<int>(properties.sharedMemPerMultiprocessor);
      break;
    case cudaDevAttrCooperativeLaunch:
      *value = 1;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = static_cast<int>(properties.sharedMemPerBlockOptin);
      break;
    default:
      return answer(cudaErrorInvalidValue);
  }
  return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  if (const cudaError_t failed = enter()) return failed;
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return cudaSuccess;
  if (value < 0 || static_cast<std::size_t>(value) > covey::emulator::kMaxSharedBytes)
    return answer(cudaErrorInvalidValue);
  auto& limits = covey::emulator::shared_limits();
  const std::lock_guard lock(limits.mutex);
  limits.of_kernel[kernel] = static_cast<std::size_t>(value);
  return cudaSuccess;
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* kernel) {
  if (const cudaError_t failed = enter()) return failed;
  *attributes = {};
  attributes->maxThreadsPerBlock = static_cast<int>(covey::emulator::kMaxThreads);
  attributes->numRegs = 32;
  attributes->ptxVersion = attributes->binaryVersion = settings().capability;
  attributes->maxDynamicSharedSizeBytes = static_cast<int>(covey::emulator::shared_limit(kernel));
  return cudaSuccess;
}
// NOLINTEND
