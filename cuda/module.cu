// The CUDA module: what libcovey finds when it opens libcovey_cuda.so at run time.
#include "cuda_backend.h"
#include "cuda_module.h"
#include "device.h"

extern "C" const covey::internal::CudaModule* covey_cuda_module() {
  static const covey::internal::CudaModule kModule{covey::internal::kCudaModuleInterface,
                                                   covey::cuda::device_texts,
                                                   covey::cuda::make_cuda_backend};
  return &kModule;
}
