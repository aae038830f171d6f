// The seam between libcovey and the CUDA module libcovey_cuda.so: two C symbols, found by dlopen at
// run time.
#pragma once

#include "covey/backend.h"

namespace covey::internal {

/// Raised with every change of Backend, Points or the options: a module of another number is
/// refused.
inline constexpr int kCudaModuleInterface = 4;

/// What the module exports as `covey_cuda_module`.
struct CudaModule {
  int interface = 0;
  /// The devices that the driver shows; throws Error (device) where there is no driver or none.
  std::vector<std::string> (*devices)() = nullptr;
  /// Opens the back end; null in a module that carries no kernels.
  std::unique_ptr<Backend> (*open)(const BackendOptions& options) = nullptr;
};
using CudaModuleEntry = const CudaModule* (*)();

}  // namespace covey::internal
