// Barriers over the grid and the block.
#pragma once

#include "emulated_device.h"

namespace cooperative_groups {

struct grid_group {  // NOLINT: the names are CUDA's
  void sync(covey::emulator::Where where = covey::emulator::Where::current()) const {
    covey::emulator::sync_grid(where);
  }
};
inline grid_group this_grid() { return {}; }

struct thread_block {  // NOLINT
  void sync(covey::emulator::Where where = covey::emulator::Where::current()) const {
    covey::emulator::sync_threads(false, where);
  }
};
inline thread_block this_thread_block() { return {}; }

}  // namespace cooperative_groups
