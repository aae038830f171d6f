// Opens a back end by name. CUDA comes from a module that is opened at run time, so that one build
// starts anywhere.
#include <string>

#include "backends.h"
#include "covey/error.h"

namespace covey {

std::unique_ptr<Backend> open_backend(const BackendOptions& options, std::string* note) {
  if (options.threads < 0 || options.threads > 1024)
    throw Error(ErrorKind::kUsage, std::to_string(options.threads) + " threads", "threads",
                "use 0 (all) to 1,024");
  if (options.gpus.size() > 1)
    throw Error(ErrorKind::kUsage, "one GPU at a time in this version", "gpu", "give one number");
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
