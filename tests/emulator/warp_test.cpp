// What lanes of a warp do together, and what is computed in one lane.
#include <bit>
#include <numeric>
#include <string>
#include <vector>

#include "emulator/test_launch.h"

namespace covey::emulator {
namespace {

constexpr unsigned kAll = 0xFFFFFFFFU;

__global__ void shuffle_all(long long* results) {
  const int self = static_cast<int>(threadIdx.x) % 32;
  const long long value = (1LL << 40) * static_cast<int>(threadIdx.x);
  long long* own = results + std::size_t{threadIdx.x} * 6;
  own[0] = __shfl_sync(kAll, value, 3) >> 40;
  own[1] = __shfl_up_sync(kAll, value, 2) >> 40;
  own[2] = __shfl_down_sync(kAll, value, 5) >> 40;
  own[3] = __shfl_xor_sync(kAll, value, 16) >> 40;
  own[4] = __shfl_sync(kAll, value, self + 1, 8) >> 40;
  own[5] = __shfl_down_sync(kAll, value, 1, 4) >> 40;
}

TEST_F(Emulator, ShufflesReadTheLaneThatCudaSays) {
  std::vector<long long> results(384);
  ASSERT_EQ(launch(shuffle_all, {1, 64}, results.data()), cudaSuccess);
  for (int thread = 0; thread < 64; ++thread) {
    const long long* own = results.data() + static_cast<std::ptrdiff_t>(thread) * 6;
    const int lane = thread % 32, warp = thread - lane;
    EXPECT_EQ(own[0], warp + 3);
    EXPECT_EQ(own[1], warp + (lane < 2 ? lane : lane - 2));
    EXPECT_EQ(own[2], warp + (lane + 5 > 31 ? lane : lane + 5));
    EXPECT_EQ(own[3], warp + (lane ^ 16));
    EXPECT_EQ(own[4], warp + lane / 8 * 8 + (lane + 1) % 8);
    EXPECT_EQ(own[5], warp + (lane % 4 == 3 ? lane : lane + 1));
  }
}

__global__ void sum_and_vote(double* sums, unsigned* votes) {
  double sum = threadIdx.x;
  for (int lanes = 16; lanes > 0; lanes /= 2) sum += __shfl_xor_sync(kAll, sum, lanes);
  sums[threadIdx.x] = sum;
  const int third = static_cast<int>(threadIdx.x) % 3;
  unsigned* own = votes + std::size_t{threadIdx.x} * 8;
  own[0] = __ballot_sync(kAll, third == 0);
  own[1] = static_cast<unsigned>(__any_sync(kAll, threadIdx.x == 40));
  own[2] = static_cast<unsigned>(__all_sync(kAll, threadIdx.x < 40));
  own[3] = __match_any_sync(kAll, third);
  own[4] = __reduce_add_sync(kAll, threadIdx.x);
  own[5] = __reduce_min_sync(kAll, threadIdx.x);
  own[6] = __reduce_max_sync(kAll, threadIdx.x);
  own[7] = static_cast<unsigned>(__reduce_add_sync(kAll, -1));
}

TEST_F(Emulator, WarpsReduceAndVote) {
  std::vector<double> sums(64);
  std::vector<unsigned> votes(512);
  ASSERT_EQ(launch(sum_and_vote, {1, 64}, sums.data(), votes.data()), cudaSuccess);
  for (unsigned thread = 0; thread < 64; ++thread) {
    const unsigned warp = thread / 32;
    unsigned same[3] = {};
    for (unsigned lane = 0; lane < 32; ++lane) same[(warp * 32 + lane) % 3] |= 1U << lane;
    EXPECT_EQ(sums[thread], warp == 0 ? 496 : 1520);  // 0 + ... + 31; 32 * 32 more
    const unsigned* own = votes.data() + std::size_t{thread} * 8;
    EXPECT_EQ(own[0], same[0]);
    EXPECT_EQ(own[1], warp);
    EXPECT_EQ(own[2], 1 - warp);
    EXPECT_EQ(own[3], same[thread % 3]);
    EXPECT_EQ(own[4], warp == 0 ? 496U : 1520U);
    EXPECT_EQ(own[5], warp * 32);
    EXPECT_EQ(own[6], warp * 32 + 31);
    EXPECT_EQ(static_cast<int>(own[7]), -32);
  }
}

// Halves of a warp go their own ways and meet again.
__global__ void halves(int* results) {
  const bool upper = threadIdx.x >= 16;
  const unsigned mask = upper ? 0xFFFF0000U : 0x0000FFFFU;
  int value = static_cast<int>(threadIdx.x);
  if (upper)
    value = __shfl_sync(mask, value, 16);
  else
    for (int i = 0; i < 3; ++i) value = __shfl_xor_sync(mask, value, 1);
  __syncwarp();
  results[threadIdx.x] = __shfl_xor_sync(kAll, value, 16);
}

TEST_F(Emulator, PartsOfAWarpMayGoTheirOwnWays) {
  int results[32];
  ASSERT_EQ(launch(halves, {1, 32}, results), cudaSuccess);
  for (int lane = 0; lane < 32; ++lane) EXPECT_EQ(results[lane], lane < 16 ? 16 : (lane - 16) ^ 1);
}

__global__ void lane_missing() {
  if (threadIdx.x != 9) __shfl_xor_sync(kAll, 1, 1);
}

TEST_F(Emulator, AShuffleWithoutOneOfItsLanesIsADeadlock) {
  const std::string text = misuse_of([] { launch(lane_missing, {1, 32}); });
  EXPECT_NE(text.find("31 threads wait for lanes 0xffffffff in"), std::string::npos) << text;
  EXPECT_NE(text.find("1 threads returned, as block (0,0,0) thread (9,0,0)"), std::string::npos)
      << text;
}

__global__ void read_beyond_mask() {
  if (threadIdx.x < 16) __shfl_xor_sync(0xFFFFU, 1, 16);
}

TEST_F(Emulator, AShuffleReadsOnlyLanesThatTakePart) {
  EXPECT_NE(misuse_of([] {
              launch(read_beyond_mask, {1, 32});
            }).find("takes no part"),
            std::string::npos);
}

__global__ void strange_mask() { __syncwarp(0xFFFEU); }

TEST_F(Emulator, ALaneIsInItsOwnMask) {
  EXPECT_NE(misuse_of([] {
              launch(strange_mask, {1, 1});
            }).find("not in its own mask"),
            std::string::npos);
}

__global__ void use_atomics(int* at, unsigned long long* sum) {
  const int self = static_cast<int>(threadIdx.x);
  atomicAdd(&at[0], -self);
  atomicMin(&at[1], self);
  atomicMax(&at[2], self);
  atomicOr(&at[3], 1 << (self % 8));
  atomicAdd(sum, 1ULL << 40);
}

TEST_F(Emulator, AtomicsLoseNothing) {
  int at[4] = {0, 1000, -1000, 0};
  unsigned long long sum = 0;
  ASSERT_EQ(launch(use_atomics, {1, 256}, at, &sum), cudaSuccess);
  EXPECT_EQ(at[0], -255 * 128);
  EXPECT_EQ(at[1], 0);
  EXPECT_EQ(at[2], 255);
  EXPECT_EQ(at[3], 255);
  EXPECT_EQ(sum, 256ULL << 40);
}

// 2^24 + 1 and (1 + 2^-23)^2 lie between two floats: directed rounding takes the one on its side,
// or what is exact.
TEST_F(Emulator, RoundingGoesWhereItIsTold) {
  EXPECT_EQ(__fadd_ru(0x1p24F, 1), 0x1p24F + 2);
  EXPECT_EQ(__fadd_rd(0x1p24F, 1), 0x1p24F);
  EXPECT_EQ(__fadd_ru(1, 0x1p-100F), 1 + 0x1p-23F);
  EXPECT_EQ(__fadd_rd(1, 0x1p-100F), 1);
  EXPECT_EQ(__fadd_ru(1, -0x1p-100F), 1);
  EXPECT_EQ(__fadd_ru(3, 4), 7);
  EXPECT_EQ(__fmul_ru(1 + 0x1p-23F, 1 + 0x1p-23F), 1 + 0x3p-23F);
  EXPECT_EQ(__fmul_rd(1 + 0x1p-23F, 1 + 0x1p-23F), 1 + 0x2p-23F);
  EXPECT_EQ(__float2int_rn(2.5F), 2);
  EXPECT_EQ(__umulhi(0x80000000U, 6), 3U);
  EXPECT_EQ(__umul64hi(1ULL << 63, 6), 3U);
  EXPECT_EQ(__mul64hi(-1, 5), -1);
  EXPECT_EQ(__ffs(0), 0);
  EXPECT_EQ(__ffs(0x10), 5);
  EXPECT_EQ(__clz(1), 31);
}

}  // namespace
}  // namespace covey::emulator
