// The cuda back end's operations over columns.
#pragma once

#include <memory>

#include "covey/backend.h"

namespace covey::cuda {

/// Throws Error (device) where the device cannot be used.
std::unique_ptr<Backend> make_cuda_backend(const BackendOptions& options);

}  // namespace covey::cuda
