// The makers of the three back ends.
#pragma once

#include <memory>

#include "covey/backend.h"

namespace covey::internal {

std::unique_ptr<Backend> make_reference_backend(const BackendOptions& options);
std::unique_ptr<Backend> make_cpu_backend(const BackendOptions& options);
/// Opens libcovey_cuda.so. Throws Error (device) where the module, a library it needs, the driver
/// or a device is missing.
std::unique_ptr<Backend> open_cuda_backend(const BackendOptions& options);

}  // namespace covey::internal
