// Opens a back end by name. CUDA comes from a module that is opened at run time, so that one build
// starts anywhere.
#include <set>
#include <string>

#include "backends.h"
#include "covey/error.h"

namespace covey {
namespace {

void check_gpus(const BackendOptions& options) {
  std::set<int> seen;
  for (const int gpu : options.gpus)
    if (!seen.insert(gpu).second)
      throw Error(ErrorKind::kUsage, "GPU " + std::to_string(gpu) + " is named twice", "gpu",
                  "give each number once");
  if (options.gpu_memory != 0 && options.gpu_memory < kSmallestGpuMemory)
    throw Error(ErrorKind::kUsage,
                std::to_string(options.gpu_memory) + " bytes of GPU memory are too few",
                "gpu-memory", "allow at least " + std::to_string(kSmallestGpuMemory >> 20) + "M");
}

}  // namespace

std::unique_ptr<Backend> open_backend(const BackendOptions& options, std::string* note) {
  if (options.threads < 0 || options.threads > 1024)
    throw Error(ErrorKind::kUsage, std::to_string(options.threads) + " threads", "threads",
                "use 0 (all) to 1,024");
  check_gpus(options);
  if (options.name == "reference") return internal::make_reference_backend(options);
  if (options.name == "cpu") return internal::make_cpu_backend(options);
  if (options.name == "cuda" || options.name == "auto") {
    try {
      return internal::open_cuda_backend(options);
    } catch (const Error& reason) {
      if (options.name == "cuda" || reason.kind() != ErrorKind::kDevice) throw;
      if (note != nullptr) *note = std::string("using the CPU: ") + reason.what();
      return internal::make_cpu_backend(options);
    }
  }
  throw Error(ErrorKind::kUsage, "unknown back end '" + options.name + "'", "backend",
              "use auto, cpu, cuda or reference");
}

}  // namespace covey
