// How tests set up the emulated machine and make its calls fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "emulated_errors.h"

namespace covey::emulator {

/// The machine. Each has an environment variable that goes before the default.
struct Settings {
  std::uint64_t seed = 1;          ///< COVEY_EMULATOR_SEED: order of threads and blocks, garbage
  int devices = 1;                 ///< COVEY_EMULATOR_DEVICES
  int driver = 13000;              ///< COVEY_EMULATOR_DRIVER: CUDA version times 1000; 0: no driver
  std::size_t memory = 8UL << 30;  ///< COVEY_EMULATOR_MEMORY: bytes of a device
  int capability = 90;             ///< COVEY_EMULATOR_CAPABILITY: compute capability times 10
  /// COVEY_EMULATOR_FRACTION_BITS: of sums in matrix units, see products.h; -1: 0 or 24, as the
  /// seed is odd or even.
  int fraction_bits = -1;
  int multiprocessors = 3;
  int resident_blocks = 1;  ///< of a multiprocessor
};

Settings settings();
/// Takes effect with the next call; the random sequence starts anew.
void set(const Settings& settings);

/// The nth call from now of the function `call` answers `error`. After an error that destroys a
/// CUDA context, as cudaErrorIllegalAddress, every later call answers the same. The environment
/// variable COVEY_EMULATOR_FAULT=CALL:ERROR:NTH[,...] does the same, ERROR being a number.
void fail_call(const std::string& call, cudaError_t error, int nth = 1);

/// Settings as at the start of the process; no faults, no error.
void reset();

std::size_t device_bytes_in_use();  ///< of the current device
/// The most bytes in use on the current device at once since the last call.
std::size_t peak_device_bytes();
std::size_t allocations_in_use();  ///< of device memory and of pinned host memory

}  // namespace covey::emulator
