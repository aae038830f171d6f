// Matrix units and copies that run beside the threads: the emulator's half of
// cuda/native/covey_matrix.h, which says what each function does. Here copies land, and products
// read their operands, as late as hardware may do it; what uses them before is seen.
#pragma once

#include <cstdint>

#include "emulator/matrix.h"
#include "emulator/products.h"

namespace covey::cuda {

using emulator::Where;

inline bool has_wgmma() { return emulator::capability() >= 90; }

inline void mma_16x8x16(float (&sum)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2],
                        Where where = Where::current()) {
  emulator::multiply_in_warp(sum, a, b, where);
}
inline void load_matrix_x4(std::uint32_t (&fragment)[4], const void* row,
                           Where where = Where::current()) {
  emulator::load_in_warp(fragment, row, where);
}

inline void copy_16_async(void* shared, const void* global, Where where = Where::current()) {
  emulator::copy_16(shared, global, where);
}
inline void commit_copies() { emulator::commit_copies(); }
template <int kPending>
void wait_copies() {
  static_assert(kPending >= 0);
  emulator::wait_copies(kPending);
}

using CopyBarrier = std::uint64_t;

inline void init_barrier(CopyBarrier* barrier, unsigned arrivals, Where where = Where::current()) {
  emulator::init_barrier(barrier, arrivals, where);
}
inline void fence_barriers(Where where = Where::current()) { emulator::fence_barriers(where); }
inline void arrive(CopyBarrier* barrier, Where where = Where::current()) {
  emulator::arrive(barrier, 0, where);
}
inline void arrive_expecting(CopyBarrier* barrier, unsigned bytes, Where where = Where::current()) {
  emulator::arrive(barrier, bytes, where);
}
inline void wait_barrier(CopyBarrier* barrier, unsigned parity, Where where = Where::current()) {
  emulator::wait_barrier(barrier, parity, where);
}
inline void copy_bulk(void* shared, const void* global, unsigned bytes, CopyBarrier* barrier,
                      Where where = Where::current()) {
  emulator::copy_bulk(shared, global, bytes, barrier, where);
}

inline std::uint64_t matrix_descriptor(const void* shared, Where where = Where::current()) {
  return emulator::matrix_descriptor(shared, where);
}
inline void wgmma_fence(Where where = Where::current()) { emulator::wgmma_fence(where); }
inline void wgmma_commit(Where where = Where::current()) { emulator::wgmma_commit(where); }
template <int kPending>
void wgmma_wait(Where where = Where::current()) {
  emulator::wgmma_wait(kPending, {}, where);
}
template <int kPending>
void wgmma_wait(float (&sum)[64], Where where = Where::current()) {
  emulator::wgmma_wait(kPending, {sum}, where);
}
template <int kPending>
void wgmma_wait(float (&first)[64], float (&second)[64], Where where = Where::current()) {
  emulator::wgmma_wait(kPending, {first, second}, where);
}
inline void make_now(float, float, void*) {}  // a matter of the compiler's order alone
inline void wgmma_64x128x16(float (&sum)[64], std::uint64_t a, std::uint64_t b, bool add,
                            Where where = Where::current()) {
  emulator::wgmma(sum, a, b, add, where);
}

template <int kRegisters>
void take_registers(Where where = Where::current()) {
  static_assert(kRegisters % 8 == 0 && kRegisters >= 24 && kRegisters <= 256);
  emulator::need_capability(90, where);
}
template <int kRegisters>
void give_registers(Where where = Where::current()) {
  static_assert(kRegisters % 8 == 0 && kRegisters >= 24 && kRegisters <= 256);
  emulator::need_capability(90, where);
}

inline std::uint16_t half_bits(float x) { return emulator::to_half(x); }
inline float half_value(std::uint16_t bits) { return emulator::from_half(bits); }

}  // namespace covey::cuda
