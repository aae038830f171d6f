// The dynamic shared memory of a block: the emulator's half of cuda/native/covey_shared_memory.h.
#pragma once

#include "emulator/blocks.h"

namespace covey::cuda {

inline unsigned char* shared_memory() { return emulator::shared_memory(); }

}  // namespace covey::cuda
