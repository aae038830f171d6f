// CUDA on the CPU, for tests: as much of the language and of the runtime as covey's kernels use.
#pragma once

#include "emulated_device.h"
#include "emulated_math.h"
#include "emulated_runtime.h"
#include "emulated_types.h"
