// Copies that run beside the threads: groups of a thread, and rings of barriers between a producer
// and its consumers.
#include <covey_matrix.h>
#include <covey_shared_memory.h>

#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "emulator/test_launch.h"

namespace covey::emulator {
namespace {

using cuda::CopyBarrier, cuda::shared_memory;

void expect_in(const std::string& text, const char* part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

// ---- Groups of a thread

// Each thread copies and sums 16-byte pieces of its own, `kStages` - 1 of them ahead.
template <int kStages, int kPending>
__global__ void sum_pieces(const unsigned* from, int pieces, unsigned* sums) {
  auto* stage = reinterpret_cast<uint4*>(shared_memory()) + threadIdx.x;
  const auto start = [&](int piece) {
    if (piece < pieces)
      cuda::copy_16_async(stage + piece % kStages * blockDim.x,
                          from + (piece * blockDim.x + threadIdx.x) * 4);
    cuda::commit_copies();
  };
  for (int piece = 0; piece < kStages - 1; ++piece) start(piece);
  unsigned sum = 0;
  for (int piece = 0; piece < pieces; ++piece) {
    cuda::wait_copies<kPending>();
    const uint4 values = stage[piece % kStages * blockDim.x];
    sum += values.x + values.y + values.z + values.w;
    start(piece + kStages - 1);
  }
  sums[threadIdx.x] = sum;
}

TEST_F(Emulator, CopiesOfAThreadHaveLandedAfterTheWait) {
  constexpr int kThreads = 40, kPieces = 7;
  alignas(16) static unsigned from[kPieces * kThreads * 4];
  std::iota(std::begin(from), std::end(from), 1U);
  std::vector<unsigned> expected(kThreads), sums(kThreads);
  for (int i = 0; i < kPieces * kThreads * 4; ++i) expected[i / 4 % kThreads] += from[i];
  const Shape shape{1, kThreads, 3 * kThreads * 16};
  EXPECT_EQ(launch(sum_pieces<3, 1>, shape, from, kPieces, sums.data()), cudaSuccess);
  EXPECT_EQ(sums, expected);
  EXPECT_EQ(launch(sum_pieces<2, 0>, shape, from, kPieces, sums.data()), cudaSuccess);
  EXPECT_EQ(sums, expected);
  // One group too many may be pending: what is read has not landed.
  EXPECT_EQ(launch(sum_pieces<3, 2>, shape, from, kPieces, sums.data()), cudaSuccess);
  EXPECT_NE(sums, expected);
}

__global__ void copy_and_load(const unsigned char* from, int to, int shift, bool wait) {
  unsigned char* shared = shared_memory();
  cuda::copy_16_async(shared + to + 16 * (threadIdx.x % 32), from + shift);
  cuda::commit_copies();
  if (wait) cuda::wait_copies<0>();
  __syncwarp();
  std::uint32_t fragment[4];
  cuda::load_matrix_x4(fragment, shared + 16 * (threadIdx.x % 32));
}

__global__ void copy_twice(const unsigned char* from) {
  cuda::copy_16_async(shared_memory(), from);
  cuda::copy_16_async(shared_memory(), from);
}

TEST_F(Emulator, CopiesOf16BytesHaveRules) {
  alignas(16) static const unsigned char from[32] = {};
  const auto run = [](int to, int shift, bool wait) {
    return launch(copy_and_load, {1, 32, 512}, from, to, shift, wait);
  };
  EXPECT_EQ(run(0, 0, true), cudaSuccess);
  expect_in(misuse_of([&] { run(0, 0, false); }), "while a copy to it is under way");
  expect_in(misuse_of([&] { run(8, 0, true); }), "boundary of 16");
  expect_in(misuse_of([&] { run(0, 8, true); }), "multiple of 16");
  expect_in(misuse_of([&] { run(16, 0, true); }), "not in the block's shared memory");
  expect_in(misuse_of([&] { launch(copy_twice, {1, 1, 16}, from); }), "two copies to one place");
}

// ---- Rings

enum class Slip {
  kNone,
  kNoWaitForFull,
  kNoWaitForEmpty,
  kNoArrival,
  kTooFewBytes,
  kTooManyBytes,
  kNoFence,
  kTwice,
  kOverwritten,
  kLeft
};

constexpr unsigned kStages = 3, kStageWords = 64;

// Warp 0 brings slabs of 64 words through a ring; each of the warps 1 and 2 sums all of them.
__global__ void sum_through_ring(const unsigned* from, unsigned slabs, Slip slip, unsigned* sums) {
  auto* stages = reinterpret_cast<unsigned*>(shared_memory());
  auto* full = reinterpret_cast<CopyBarrier*>(stages + kStages * kStageWords);
  CopyBarrier* empty = full + kStages;
  if (threadIdx.x == 0) {
    for (unsigned s = 0; s < kStages; ++s) {
      cuda::init_barrier(full + s, 1);
      cuda::init_barrier(empty + s, 64);
    }
    if (slip == Slip::kTwice) cuda::init_barrier(full, 1);
    if (slip == Slip::kOverwritten) *empty = 0;
    if (slip != Slip::kNoFence) cuda::fence_barriers();
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    for (unsigned i = 0; i < slabs; ++i) {
      const unsigned s = i % kStages, phase = i / kStages;
      if (slip != Slip::kNoWaitForEmpty) cuda::wait_barrier(empty + s, (phase + 1) % 2);
      const unsigned bytes = kStageWords * 4;
      cuda::arrive_expecting(full + s, slip == Slip::kTooFewBytes    ? bytes - 16
                                       : slip == Slip::kTooManyBytes ? bytes + 16
                                                                     : bytes);
      cuda::copy_bulk(stages + s * kStageWords, from + i * kStageWords, bytes / 2, full + s);
      cuda::copy_bulk(stages + s * kStageWords + kStageWords / 2,
                      from + i * kStageWords + kStageWords / 2, bytes / 2, full + s);
    }
  }
  if (threadIdx.x < 32 || slip == Slip::kLeft) return;
  unsigned sum = 0;
  for (unsigned i = 0; i < slabs; ++i) {
    const unsigned s = i % kStages, phase = i / kStages;
    if (slip != Slip::kNoWaitForFull) cuda::wait_barrier(full + s, phase % 2);
    sum += stages[s * kStageWords + threadIdx.x - 32];
    if (slip != Slip::kNoArrival || threadIdx.x != 50) cuda::arrive(empty + s);
  }
  sums[threadIdx.x - 32] = sum;
}

class Ring : public Emulator {
 protected:
  void SetUp() override {
    Emulator::SetUp();
    std::iota(std::begin(from_), std::end(from_), 1U);
    for (unsigned i = 0; i < kSlabs * kStageWords; ++i) expected_[i % kStageWords] += from_[i];
  }
  cudaError_t run(Slip slip = Slip::kNone, unsigned slabs = kSlabs) {
    const std::size_t bytes = kStages * (kStageWords * 4 + 2 * sizeof(CopyBarrier));
    return launch(sum_through_ring, {2, 96, bytes}, from_, slabs, slip, sums_.data());
  }
  void expect_misuse(Slip slip, const char* part, unsigned slabs = kSlabs) {
    expect_in(misuse_of([&] { run(slip, slabs); }), part);
  }

  static constexpr unsigned kSlabs = 20;
  alignas(16) unsigned from_[kSlabs * kStageWords];
  std::vector<unsigned> expected_ = std::vector<unsigned>(kStageWords), sums_ = expected_;
};

TEST_F(Ring, BringsEverySlabInEveryOrderOfThreads) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Settings machine;
    machine.seed = seed;
    set(machine);
    EXPECT_EQ(run(), cudaSuccess);
    EXPECT_EQ(sums_, expected_);
  }
}

// The producer overwrites what has not been read, and runs phases ahead.
TEST_F(Ring, AMissingWaitIsSeenInEveryOrderOfThreads) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    Settings machine;
    machine.seed = seed;
    set(machine);
    for (const Slip slip : {Slip::kNoWaitForFull, Slip::kNoWaitForEmpty}) {
      sums_ = expected_;
      std::string seen;
      try {
        EXPECT_EQ(run(slip), cudaSuccess);
      } catch (const Misuse& misuse) {
        seen = misuse.what();
      }
      EXPECT_TRUE(!seen.empty() || sums_ != expected_);
    }
  }
}

TEST_F(Ring, ACopyForWhichNobodyWaitsIsSeen) {
  expect_misuse(Slip::kNoWaitForFull, "while a bulk copy to it is under way", 1);
}

TEST_F(Ring, SlipsAreSeen) {
  expect_misuse(Slip::kNoArrival, "wait for a barrier of copies in sum_through_ring");
  expect_misuse(Slip::kTooFewBytes, "more bytes are under way");
  expect_misuse(Slip::kTooManyBytes, "deadlock");
  expect_misuse(Slip::kNoFence, "without fence_barriers()");
  expect_misuse(Slip::kTwice, "initialised twice");
  expect_misuse(Slip::kOverwritten, "was overwritten");
  expect_misuse(Slip::kLeft, "while a bulk copy to it is under way", 2);
}

TEST_F(Ring, NeedsComputeCapability9) {
  Settings machine;
  machine.capability = 80;
  set(machine);
  expect_misuse(Slip::kNone, "asks for compute capability 9.0");
}

__global__ void use_barrier(int arrivals, int shift, unsigned bytes, const unsigned* from) {
  unsigned char* shared = shared_memory();
  auto* barrier = reinterpret_cast<CopyBarrier*>(shared + 1024 + shift);
  cuda::init_barrier(barrier, 2);
  cuda::fence_barriers();
  for (int i = 0; i < arrivals; ++i) cuda::arrive(barrier);
  cuda::arrive_expecting(barrier, bytes);
  cuda::copy_bulk(shared, from, bytes, barrier);
  cuda::wait_barrier(barrier, 0);
}

TEST_F(Emulator, BarriersOfCopiesHaveRules) {
  alignas(16) static const unsigned from[256] = {};
  const auto run = [](int arrivals, int shift, unsigned bytes) {
    return launch(use_barrier, {1, 1, 1040}, arrivals, shift, bytes, from);
  };
  EXPECT_EQ(run(1, 0, 1024), cudaSuccess);
  expect_in(misuse_of([&] { run(0, 0, 1024); }), "deadlock");
  expect_in(misuse_of([&] { run(1, 4, 1024); }), "boundary of 8");
  expect_in(misuse_of([&] { run(1, 16, 1024); }), "not in the block's shared memory");
  expect_in(misuse_of([&] { run(1, 0, 1000); }), "multiple of 16");
  expect_in(misuse_of([&] { run(1, 0, 1U << 20); }), "2^20 bytes");
}

// Arrivals beyond the phase begin the next one, whether or not someone has looked.
__global__ void arrive_again(int* passed) {
  auto* barrier = reinterpret_cast<CopyBarrier*>(shared_memory());
  cuda::init_barrier(barrier, 2);
  cuda::fence_barriers();
  cuda::wait_barrier(barrier, 1);
  for (int i = 0; i < 5; ++i) cuda::arrive(barrier);
  cuda::wait_barrier(barrier, 1);
  *passed = 1;
  cuda::arrive(barrier);
  cuda::wait_barrier(barrier, 0);
  *passed = 2;
  cuda::wait_barrier(barrier, 1);
}

TEST_F(Emulator, PhasesEndByThemselves) {
  int passed = 0;
  expect_in(misuse_of([&] { launch(arrive_again, {1, 1, 8}, &passed); }), "deadlock");
  EXPECT_EQ(passed, 2);
}

}  // namespace
}  // namespace covey::emulator
