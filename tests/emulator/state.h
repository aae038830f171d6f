// What the runtime's functions share: faults to come, the error that sticks.
#pragma once

#include "emulator/emulator.h"

namespace covey::emulator {

/// The error that this call must answer before it does anything, or cudaSuccess. Calls that need
/// neither driver nor device ask enter_without_device().
cudaError_t enter(const char* call = __builtin_FUNCTION());
cudaError_t enter_without_device(const char* call = __builtin_FUNCTION());
/// Remembers the error for cudaGetLastError, and returns it.
cudaError_t answer(cudaError_t error);

/// Of the calling thread.
int current_device();
/// Before a kernel runs on the default stream of the current device.
void count_launch();

/// Dynamic shared memory of a block: what every kernel may take, and what it may ask for.
inline constexpr std::size_t kPlainSharedBytes = 48 << 10;
inline constexpr std::size_t kMaxSharedBytes = 227 << 10;

}  // namespace covey::emulator
