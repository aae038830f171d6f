#include "cuda_module.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>

#include "backends.h"
#include "covey/error.h"

namespace covey {
namespace internal {
namespace {

constexpr const char* kModuleName = "libcovey_cuda.so";

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  throw Error(ErrorKind::kDevice, what, "cuda", fix);
}

/// The module stands beside libcovey.so.
std::filesystem::path module_path() {
  Dl_info own{};
  if (dladdr(reinterpret_cast<const void*>(&module_path), &own) == 0 || own.dli_fname == nullptr)
    return kModuleName;
  return std::filesystem::path(own.dli_fname).parent_path() / kModuleName;
}

const CudaModule& checked(void* entry, const std::string& origin) {
  const auto call = reinterpret_cast<CudaModuleEntry>(entry);
  if (call == nullptr || call()->interface != kCudaModuleInterface)
    refuse(origin + " belongs to another version of covey",
           "install module and library of one build");
  return *call();
}

/// A module that is part of the process goes first, as in tests that emulate a device. The module
/// stays open until the process ends: back ends hold its code.
const CudaModule& module() {
  constexpr const char* kEntry = "covey_cuda_module";
  if (void* entry = dlsym(RTLD_DEFAULT, kEntry)) return checked(entry, "the CUDA module");
  const std::filesystem::path path = module_path();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    refuse("this build has no CUDA module (" + path.string() + " is not there)",
           "build covey where nvcc is on the PATH");
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    refuse("the CUDA module does not load: " + std::string(reason == nullptr ? "?" : reason),
           "install the library that is missing");
  }
  return checked(dlsym(handle, kEntry), path.string());
}

}  // namespace

std::unique_ptr<Backend> open_cuda_backend(const BackendOptions& options) {
  const CudaModule& cuda = module();
  const auto devices = cuda.devices();
  if (cuda.open == nullptr)
    refuse("this build's CUDA module shows GPUs (" + devices.front() + ") but carries no kernels",
           "use the cpu back end");
  return cuda.open(options);
}

}  // namespace internal

CudaStatus cuda_status() {
  CudaStatus status;
  try {
    const internal::CudaModule& cuda = internal::module();
    status.devices = cuda.devices();
    if (cuda.open == nullptr) status.reason = "cuda: the module of this build carries no kernels";
  } catch (const Error& error) {
    status.reason = error.what();
  }
  return status;
}

}  // namespace covey
