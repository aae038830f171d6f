// What a running kernel asks of the emulator: threads of a block are fibers that take turns in a
// random order, and give way at barriers, warp operations and, now and then, atomics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "emulated_types.h"

namespace covey::emulator {

/// Use of CUDA that hardware leaves undefined or answers by hanging: a deadlock, a barrier that not
/// all threads reach, a shuffle from a lane that takes no part. Thrown out of the launch.
class Misuse : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// One kernel launch. `call` runs the kernel with `arguments` in the calling thread of the block.
struct Launch {
  dim3 grid, block;
  std::size_t shared_bytes = 0;
  bool cooperative = false;
  void (*call)(const void* arguments) = nullptr;
  const void* arguments = nullptr;
};

/// Runs all blocks: one after another with a neighbour, or all at once where cooperative.
void run(const Launch& launch);

/// The place of a call, given by default arguments.
struct Where {
  const char* function = "";
  const char* file = "";
  int line = 0;

  static constexpr Where current(const char* function = __builtin_FUNCTION(),
                                 const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {function, file, line};
  }
};

/// What the lanes of a warp do together.
enum class WarpOp { kSync, kShuffle, kBallot, kMatch, kAdd, kMinimum, kMaximum, kProduct, kLoad };

// Called by kernels only.
/// Waits for all threads of the block; returns how many of them passed true.
int sync_threads(bool predicate, const Where& where);
/// Waits for all lanes in `mask` to do the same; `source` is the lane that a shuffle reads.
std::uint64_t sync_warp(WarpOp op, unsigned mask, std::uint64_t value, unsigned source,
                        const Where& where);
/// Waits for all threads of a cooperative launch.
void sync_grid(const Where& where);
/// Lets other threads run first.
void yield();
/// Does so now and then.
void maybe_yield();
/// The calling thread's place in its warp.
unsigned lane();
/// The block's shared memory, of the exact size of the launch.
unsigned char* shared_memory();

}  // namespace covey::emulator
