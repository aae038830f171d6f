// The CUDA module: what libcovey finds when it opens libcovey_cuda.so at run time. It shows the
// devices; the back end's kernels are the next step (docs/design.md), until then `open` is null and
// libcovey says so. Not yet run on a GPU.
#include <cuda_runtime.h>

#include <string>
#include <vector>

#include "covey/error.h"
#include "cuda_module.h"

namespace covey::internal {
namespace {

[[noreturn]] void refuse(cudaError_t status, const std::string& doing) {
  throw Error(
      ErrorKind::kDevice,
      doing + " failed: " + cudaGetErrorString(status) + " (" + cudaGetErrorName(status) + ")",
      "cuda", "install an NVIDIA driver for CUDA 13 and check that nvidia-smi shows the GPU");
}

std::string describe(int device) {
  cudaDeviceProp properties{};
  const cudaError_t status = cudaGetDeviceProperties(&properties, device);
  if (status != cudaSuccess)
    refuse(status, "reading the properties of GPU " + std::to_string(device));
  return std::string(properties.name) + ", " + std::to_string(properties.totalGlobalMem >> 30) +
         " GiB, compute capability " + std::to_string(properties.major) + "." +
         std::to_string(properties.minor);
}

std::vector<std::string> devices() {
  int driver = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0)
    throw Error(ErrorKind::kDevice, "no NVIDIA driver found", "cuda",
                "install one for CUDA 13, or use the cpu back end");
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) refuse(status, "looking for GPUs");
  if (count == 0) throw Error(ErrorKind::kDevice, "no GPU found", "cuda", "use the cpu back end");
  std::vector<std::string> found;
  for (int device = 0; device < count; ++device) found.push_back(describe(device));
  return found;
}

}  // namespace
}  // namespace covey::internal

extern "C" const covey::internal::CudaModule* covey_cuda_module() {
  static const covey::internal::CudaModule kModule{covey::internal::kCudaModuleInterface,
                                                   covey::internal::devices, nullptr};
  return &kModule;
}
