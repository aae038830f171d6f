// The one way in which kernels are launched. All work is on the default stream, so that what is
// queued first is done first.
#pragma once

#include "device.h"

namespace covey::cuda {

/// Threads of a block in every kernel, unless it says otherwise.
inline constexpr int kThreads = 256;
inline constexpr int kWarp = 32;
/// Dynamic shared memory that every kernel may take without asking.
inline constexpr std::size_t kPlainSharedBytes = 48 << 10;

struct Shape {
  std::int64_t blocks = 1;
  int threads = kThreads;
  std::size_t shared_bytes = 0;
  bool cooperative = false;  ///< all blocks at once, so that they may wait for one another
};

/// Enough blocks for one thread an item, but no more than fill the device a few times over: kernels
/// stride over what is left.
inline Shape spread(const Device& device, std::int64_t items, int threads = kThreads) {
  const std::int64_t wanted = (items + threads - 1) / threads;
  const std::int64_t most = static_cast<std::int64_t>(device.multiprocessors) * 16;
  return {wanted < 1 ? 1 : wanted < most ? wanted : most, threads};
}

/// Queues the kernel; throws Error (device) where the launch is refused.
template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), const Shape& shape, Arguments&&... arguments) {
  if (shape.shared_bytes > kPlainSharedBytes)
    COVEY_CUDA(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                    cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    static_cast<int>(shape.shared_bytes)));
  cudaLaunchAttribute cooperative{};
  cooperative.id = cudaLaunchAttributeCooperative;
  cooperative.val.cooperative = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(shape.blocks));
  config.blockDim = dim3(static_cast<unsigned>(shape.threads));
  config.dynamicSmemBytes = shape.shared_bytes;
  config.attrs = &cooperative;
  config.numAttrs = shape.cooperative ? 1 : 0;
  COVEY_CUDA(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...));
  COVEY_CUDA(cudaGetLastError());
}

/// The shape of a cooperative launch: as many blocks as the device holds at once, but no more than
/// `useful`.
template <class... Parameters>
Shape cooperative_shape(const Device& device, void (*kernel)(Parameters...), int threads,
                        std::size_t shared_bytes, std::int64_t useful) {
  if (shared_bytes > kPlainSharedBytes)
    COVEY_CUDA(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                    cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    static_cast<int>(shared_bytes)));
  int resident = 0;
  COVEY_CUDA(
      cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, threads, shared_bytes));
  if (resident < 1) refuse(cudaErrorLaunchOutOfResources, "a cooperative launch");
  const std::int64_t most = static_cast<std::int64_t>(resident) * device.multiprocessors;
  return {useful < 1 ? 1 : useful < most ? useful : most, threads, shared_bytes, true};
}

}  // namespace covey::cuda
