// The order in which threads and blocks run, barriers, and launches that hardware would leave
// hanging.
#include <cooperative_groups.h>
#include <covey_shared_memory.h>

#include <numeric>
#include <set>
#include <vector>

#include "emulator/test_launch.h"

namespace covey::emulator {
namespace {

using cuda::shared_memory;

__global__ void note_order(unsigned* next, unsigned* order) {
  order[atomicAdd(next, 1U)] = blockIdx.x * blockDim.x + threadIdx.x;
}

std::vector<unsigned> order_of(std::uint64_t seed) {
  Settings machine;
  machine.seed = seed;
  set(machine);
  unsigned next = 0;
  std::vector<unsigned> order(512);
  EXPECT_EQ(launch(note_order, {8, 64}, &next, order.data()), cudaSuccess);
  return order;
}

TEST_F(Emulator, EveryThreadRunsOnceInAnOrderThatTheSeedDecides) {
  const std::vector<unsigned> one = order_of(1);
  EXPECT_EQ(std::set<unsigned>(one.begin(), one.end()).size(), one.size());
  EXPECT_EQ(one, order_of(1));
  EXPECT_NE(one, order_of(2));
  std::vector<unsigned> in_order(one.size());
  std::iota(in_order.begin(), in_order.end(), 0U);
  EXPECT_NE(one, in_order);
}

// Each thread writes its number, waits, and reads its neighbour's, 50 times: without barriers that
// hold back everyone some would read the number of another round.
__global__ void pass_round(int* wrong) {
  auto* seen = reinterpret_cast<int*>(shared_memory());
  const int self = static_cast<int>(threadIdx.x), size = static_cast<int>(blockDim.x);
  for (int round = 0; round < 50; ++round) {
    seen[self] = round * size + self;
    __syncthreads();
    if (seen[(self + 1) % size] != round * size + (self + 1) % size) atomicAdd(wrong, 1);
    __syncthreads();
  }
}

TEST_F(Emulator, BarriersHoldBackEveryThreadOfTheBlock) {
  for (const unsigned threads : {1U, 31U, 32U, 33U, 256U}) {
    int wrong = 0;
    EXPECT_EQ(launch(pass_round, {5, threads, threads * sizeof(int)}, &wrong), cudaSuccess);
    EXPECT_EQ(wrong, 0);
  }
}

__global__ void forget_barrier(int* wrong) {
  auto* seen = reinterpret_cast<int*>(shared_memory());
  const int self = static_cast<int>(threadIdx.x), size = static_cast<int>(blockDim.x);
  seen[self] = self;
  if (seen[(self + 1) % size] != (self + 1) % size) atomicAdd(wrong, 1);
}

TEST_F(Emulator, AMissingBarrierShows) {
  int wrong = 0;
  EXPECT_EQ(launch(forget_barrier, {1, 64, 64 * sizeof(int)}, &wrong), cudaSuccess);
  EXPECT_GT(wrong, 0);
}

__global__ void count(int* counts) {
  counts[threadIdx.x] = __syncthreads_count(threadIdx.x % 3 == 0) * 100 +
                        __syncthreads_or(threadIdx.x == 7) * 10 +
                        __syncthreads_and(threadIdx.x < 64);
}

TEST_F(Emulator, BarriersCount) {
  int counts[64];
  EXPECT_EQ(launch(count, {1, 64}, counts), cudaSuccess);
  for (const int each : counts) EXPECT_EQ(each, 2211);
}

// Each block adds in turn and reads the sum over all blocks after the grid's barrier.
__global__ void over_grid(unsigned* sums, int* wrong) {
  for (unsigned round = 0; round < 20; ++round) {
    atomicAdd(&sums[round], 1U);
    cooperative_groups::this_grid().sync();
    if (sums[round] != gridDim.x * blockDim.x) atomicAdd(wrong, 1);
  }
}

TEST_F(Emulator, GridBarriersHoldBackEveryBlock) {
  std::vector<unsigned> sums(20);
  int wrong = 0;
  EXPECT_EQ(launch(over_grid, {3, 100, 0, true}, sums.data(), &wrong), cudaSuccess);
  EXPECT_EQ(wrong, 0);
}

__global__ void own_block_number(int* wrong) {
  auto* number = reinterpret_cast<unsigned*>(shared_memory());
  if (threadIdx.x == 0) *number = blockIdx.x;
  cooperative_groups::this_grid().sync();
  if (*number != blockIdx.x) atomicAdd(wrong, 1);
}

TEST_F(Emulator, BlocksOfOneGridHaveTheirOwnSharedMemory) {
  int wrong = 0;
  EXPECT_EQ(launch(own_block_number, {3, 40, sizeof(unsigned), true}, &wrong), cudaSuccess);
  EXPECT_EQ(wrong, 0);
}

__global__ void read_shared(unsigned* first) {
  first[blockIdx.x] = *reinterpret_cast<unsigned*>(shared_memory());
  *reinterpret_cast<unsigned*>(shared_memory()) = 0;
}

TEST_F(Emulator, SharedMemoryStartsWithGarbage) {
  unsigned first[16];
  EXPECT_EQ(launch(read_shared, {16, 1, sizeof(unsigned)}, first), cudaSuccess);
  EXPECT_EQ(std::set<unsigned>(first, first + 16).size(), 16U);
  for (const unsigned each : first) EXPECT_NE(each, 0U);
}

__global__ void some_leave() {
  if (threadIdx.x == 5) return;
  __syncthreads();
}

TEST_F(Emulator, AThreadThatReturnsBeforeABarrierIsADeadlock) {
  const std::string text = misuse_of([] { launch(some_leave, {2, 40}); });
  EXPECT_NE(text.find("deadlock"), std::string::npos) << text;
  EXPECT_NE(text.find("wait for their block in some_leave"), std::string::npos) << text;
  EXPECT_NE(text.find("(5,0,0)"), std::string::npos) << text;
}

__global__ void two_barriers() {
  if (threadIdx.x < 32) __syncthreads();
  if (threadIdx.x >= 32) __syncthreads();
}

TEST_F(Emulator, DifferentBarriersDoNotMeet) {
  EXPECT_NE(misuse_of([] {
              launch(two_barriers, {1, 64});
            }).find("different barriers"),
            std::string::npos);
}

__global__ void wait_for_grid() { cooperative_groups::this_grid().sync(); }

TEST_F(Emulator, APlainLaunchHasNoGridBarrier) {
  EXPECT_NE(misuse_of([] {
              launch(wait_for_grid, {1, 1});
            }).find("plain launch"),
            std::string::npos);
  EXPECT_EQ(launch(wait_for_grid, {3, 8, 0, true}), cudaSuccess);
}

// A lock taken by spinning: whoever holds it gives way in an atomic, and the others must not keep
// it from going on.
__global__ void count_under_lock(int* lock, int* total) {
  while (atomicCAS(lock, 0, 1) != 0) __nanosleep(20);
  const int before = *total;
  atomicAdd(lock, 0);
  *total = before + 1;
  atomicExch(lock, 0);
}

TEST_F(Emulator, SpinningThreadsLetOthersRun) {
  int lock = 0, total = 0;
  EXPECT_EQ(launch(count_under_lock, {4, 64}, &lock, &total), cudaSuccess);
  EXPECT_EQ(total, 256);
}

__global__ void add_without_atomic(int* total) {
  const int before = *total;
  __syncwarp();
  *total = before + 1;
}

TEST_F(Emulator, LostUpdatesShow) {
  int total = 0;
  EXPECT_EQ(launch(add_without_atomic, {1, 32}, &total), cudaSuccess);
  EXPECT_EQ(total, 1);
}

__global__ void fail_in_device_code(int after) {
  __syncthreads();
  if (static_cast<int>(threadIdx.x) == after) throw std::out_of_range("thrown in a kernel");
  __syncthreads();
}

TEST_F(Emulator, ExceptionsLeaveTheLaunchAndTheNextOneRuns) {
  EXPECT_THROW(launch(fail_in_device_code, {2, 64}, 17), std::out_of_range);
  EXPECT_EQ(launch(fail_in_device_code, {2, 64}, -1), cudaSuccess);
  EXPECT_THROW(__syncthreads(), Misuse);
}

}  // namespace
}  // namespace covey::emulator
