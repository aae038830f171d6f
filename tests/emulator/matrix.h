// What kernels ask of the emulated matrix units and of copies that run beside the threads; see
// include/covey_matrix.h for what each does. Called by kernels only.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "emulator/blocks.h"

namespace covey::emulator {

/// Compute capability of the machine times 10, as 90.
int capability();
/// Misuse where the machine's compute capability is lower.
void need_capability(int least, const Where& where);

void multiply_in_warp(float* sum, const std::uint32_t* a, const std::uint32_t* b,
                      const Where& where);
void load_in_warp(std::uint32_t* fragment, const void* row, const Where& where);

void copy_16(void* shared, const void* global, const Where& where);
void commit_copies();
void wait_copies(unsigned pending);

void init_barrier(std::uint64_t* barrier, unsigned arrivals, const Where& where);
void fence_barriers(const Where& where);
void arrive(std::uint64_t* barrier, unsigned bytes, const Where& where);
void wait_barrier(std::uint64_t* barrier, unsigned parity, const Where& where);
void copy_bulk(void* shared, const void* global, unsigned bytes, std::uint64_t* barrier,
               const Where& where);

std::uint64_t matrix_descriptor(const void* shared, const Where& where);
void wgmma_fence(const Where& where);
void wgmma(float* sum, std::uint64_t a, std::uint64_t b, bool add, const Where& where);
void wgmma_commit(const Where& where);
/// `complete`: the accumulators that are said to be complete after it.
void wgmma_wait(unsigned pending, std::initializer_list<float*> complete, const Where& where);

}  // namespace covey::emulator
