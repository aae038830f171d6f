// Matrix units and copies that run beside the threads, as PTX. tests/emulator has another file of
// this name, with the same functions on the CPU. What has not the hardware that a function needs
// compiles it to a trap: the host launches no such kernel there.
//   from sm_80:   mma_16x8x16, load_matrix_x4, copy_16_async and what waits for it
//   from sm_90:   CopyBarrier and copy_bulk
//   sm_90a alone: wgmma, registers handed from warpgroup to warpgroup
// Sources: PTX ISA 9.0, sections "Warp level matrix instructions", "Asynchronous warpgroup level
// matrix instructions", "mbarrier", "cp.async", "cp.async.bulk", "setmaxnreg".
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define COVEY_BULK_COPIES 1
#else
#define COVEY_BULK_COPIES 0
#endif
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
#define COVEY_WGMMA 1
#else
#define COVEY_WGMMA 0
#endif

namespace covey::cuda {

/// Whether wgmma and setmaxnreg are there, in the code that runs.
__device__ inline bool has_wgmma() { return COVEY_WGMMA != 0; }

/// The address by which PTX knows shared memory.
__device__ inline std::uint32_t shared_address(const void* shared) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
}

// ---- A warp's products
// ----------------------------------------------------------------------------------------------------

/// sum += A B with A 16 x 16 and B 16 x 8 of fp16, in float. All 32 lanes; g = lane / 4, t = lane %
/// 4:
///   a[i] holds A(g + 8 (i % 2), 2 t + 8 (i / 2)) in its low half and the next column in its high
///   half, b[i] holds B(2 t + 8 i, g) and the next row, sum[i] is (g + 8 (i / 2), 2 t + i % 2).
__device__ inline void mma_16x8x16(float (&sum)[4], const std::uint32_t (&a)[4],
                                   const std::uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/// Four 8 x 8 matrices of fp16 from shared memory. Lanes 8 i to 8 i + 7 give the rows of matrix i,
/// 16 bytes each on a 16-byte boundary; fragment[i] of a lane holds the columns 2 (lane % 4) and
/// the next of row lane / 4. All 32 lanes.
__device__ inline void load_matrix_x4(std::uint32_t (&fragment)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(fragment[0]), "=r"(fragment[1]), "=r"(fragment[2]), "=r"(fragment[3])
               : "r"(shared_address(row))
               : "memory");
}

// ---- Copies of a thread
// ---------------------------------------------------------------------------------------------------

/// Starts a copy of 16 bytes, both ends on 16-byte boundaries, past the L1 cache.
__device__ inline void copy_16_async(void* shared, const void* global) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(shared)),
               "l"(__cvta_generic_to_global(global))
               : "memory");
}

/// The copies that the thread has started since the last call become a group; it may be empty.
__device__ inline void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

/// Waits for all groups of the thread but the `kPending` last. Others see the copies after a
/// barrier.
template <int kPending>
__device__ inline void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

// ---- Barriers that count arrivals and bytes, and copies that report to them
// -----------------------------------------------

/// In shared memory, on an 8-byte boundary. Its phases are numbered from 0; a phase ends when all
/// arrivals have come and as many bytes as were expected, and the next begins.
using CopyBarrier = std::uint64_t;

/// One thread; then fence_barriers() in that thread, and a barrier of the block, before others use
/// it.
__device__ inline void init_barrier(CopyBarrier* barrier, unsigned arrivals) {
#if COVEY_BULK_COPIES
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)),
               "r"(arrivals)
               : "memory");
#else
  __trap();
#endif
}

/// Makes the thread's new barriers, and all that it has stored in shared memory by plain stores,
/// known to bulk copies and to wgmma.
__device__ inline void fence_barriers() {
#if COVEY_BULK_COPIES
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#else
  __trap();
#endif
}

__device__ inline void arrive(CopyBarrier* barrier) {
#if COVEY_BULK_COPIES
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier))
               : "memory");
#else
  __trap();
#endif
}

/// Arrives, and has the phase wait for `bytes` more of bulk copies (in all below 2^20 a phase).
__device__ inline void arrive_expecting(CopyBarrier* barrier, unsigned bytes) {
#if COVEY_BULK_COPIES
  asm volatile(
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)),
      "r"(bytes)
      : "memory");
#else
  __trap();
#endif
}

/// Waits until the phase of this parity, the running one or the one before, has ended: parity 1
/// does not wait at first.
__device__ inline void wait_barrier(CopyBarrier* barrier, unsigned parity) {
#if COVEY_BULK_COPIES
  const std::uint32_t at = shared_address(barrier);
  unsigned ended = 0;
  do {
    asm volatile(
        "{\n"
        ".reg .pred ended;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 ended, [%1], %2;\n"
        "selp.u32 %0, 1, 0, ended;\n"
        "}"
        : "=r"(ended)
        : "r"(at), "r"(parity)
        : "memory");
  } while (ended == 0);
#else
  __trap();
#endif
}

/// One thread starts a copy that reports its bytes to the barrier: addresses and `bytes` are
/// multiples of 16.
__device__ inline void copy_bulk(void* shared, const void* global, unsigned bytes,
                                 CopyBarrier* barrier) {
#if COVEY_BULK_COPIES
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::
          "r"(shared_address(shared)),
      "l"(__cvta_generic_to_global(global)), "r"(bytes), "r"(shared_address(barrier))
      : "memory");
#else
  __trap();
#endif
}

// ---- A warpgroup's products: threads 128 i to 128 i + 127 of a block, all of them
// ------------------------------------------

/// An operand in shared memory, rows of 64 fp16 values (128 bytes), 8 rows in 1,024 bytes on a
/// 1,024-byte boundary; piece p (16 bytes) of row r stands at place p ^ (r % 8). A step of 16
/// features further is the descriptor + 2.
__device__ inline std::uint64_t matrix_descriptor(const void* shared) {
  constexpr std::uint64_t kSwizzle128 = 1ULL << 62, kGroupBytes = 1024;
  return kSwizzle128 | (kGroupBytes >> 4) << 32 | 1ULL << 16 |
         (shared_address(shared) & 0x3FFFFU) >> 4;
}

/// Before the first product, and between the thread's own use of accumulators and the next product
/// with them.
__device__ inline void wgmma_fence() {
#if COVEY_WGMMA
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#else
  __trap();
#endif
}

/// The products since the last call become a group.
__device__ inline void wgmma_commit() {
#if COVEY_WGMMA
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#else
  __trap();
#endif
}

/// Waits for all groups but the `kPending` last. Accumulators that are complete then must be given
/// here: nothing else keeps the compiler from reading them before. Operands may be overwritten only
/// after the wait for their group.
template <int kPending, class... Sums>
__device__ inline void wgmma_wait(Sums&... sums) {
#if COVEY_WGMMA
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
  const auto hold = [](float(&sum)[64]) {
#pragma unroll
    for (int i = 0; i < 64; ++i) asm volatile("" : "+f"(sum[i])::"memory");
  };
  (hold(sums), ...);
#else
  __trap();
#endif
}

/// Numbers that are made before what comes next. The compiler moves a wait up over arithmetic,
/// which then is not done beside the product that is waited for; it does not move one over a store,
/// and this is a store to `shared` that is never made: neither number is NaN.
__device__ inline void make_now(float x, float y, void* shared) {
  asm volatile(
      "{\n"
      ".reg .pred never;\n"
      "setp.nan.f32 never, %0, %1;\n"
      "@never st.shared.f32 [%2], %0;\n"
      "}" ::"f"(x),
      "f"(y), "r"(shared_address(shared))
      : "memory");
}

/// sum = A B^T, or sum += A B^T where `add`, in float: A 64 x 16, B 128 x 16 of fp16. Thread t of
/// the warpgroup has sum[i] = (16 (t / 32) + t % 32 / 4 + 8 (i / 2 % 2), 8 (i / 4) + 2 (t % 4) + i
/// % 2).
__device__ inline void wgmma_64x128x16(float (&sum)[64], std::uint64_t a, std::uint64_t b,
                                       bool add) {
#if COVEY_WGMMA
#define COVEY_SUMS(i)                                                                           \
  "+f"(sum[i]), "+f"(sum[(i) + 1]), "+f"(sum[(i) + 2]), "+f"(sum[(i) + 3]), "+f"(sum[(i) + 4]), \
      "+f"(sum[(i) + 5]), "+f"(sum[(i) + 6]), "+f"(sum[(i) + 7])
  asm volatile(
      "{\n"
      ".reg .pred add;\n"
      "setp.ne.b32 add, %66, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16\n"
      "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15,"
      " %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31,"
      " %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47,"
      " %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63},\n"
      "%64, %65, add, 1, 1, 0, 0;\n"
      "}"
      : COVEY_SUMS(0), COVEY_SUMS(8), COVEY_SUMS(16), COVEY_SUMS(24), COVEY_SUMS(32),
        COVEY_SUMS(40), COVEY_SUMS(48), COVEY_SUMS(56)
      : "l"(a), "l"(b), "r"(add ? 1 : 0)
      : "memory");
#undef COVEY_SUMS
#else
  __trap();
#endif
}

/// The warpgroup's registers a thread become more, or fewer: a multiple of 8 from 24 to 256. The
/// kernel says its register count by __launch_bounds__.
template <int kRegisters>
__device__ inline void take_registers() {
  static_assert(kRegisters % 8 == 0 && kRegisters >= 24 && kRegisters <= 256);
#if COVEY_WGMMA
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
#else
  __trap();
#endif
}
template <int kRegisters>
__device__ inline void give_registers() {
  static_assert(kRegisters % 8 == 0 && kRegisters >= 24 && kRegisters <= 256);
#if COVEY_WGMMA
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
#else
  __trap();
#endif
}

// ---- fp16
// -----------------------------------------------------------------------------------------------------------------

/// The nearest fp16 number, of two the even one; infinite from 65,520 on; any NaN is 0x7FFF.
__device__ inline std::uint16_t half_bits(float x) {
  std::uint16_t bits = 0;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}

__device__ inline float half_value(std::uint16_t bits) {
  float x = 0;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
  return x;
}

}  // namespace covey::cuda

#undef COVEY_BULK_COPIES
#undef COVEY_WGMMA
