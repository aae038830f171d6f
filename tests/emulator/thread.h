// The threads of a launch, by block and by warp.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <vector>

#include "emulator/blocks.h"
#include "emulator/copies.h"
#include "emulator/fiber.h"
#include "emulator/warpgroup.h"

namespace covey::emulator {

enum class Wait { kNothing, kBarrier, kWarp, kGrid, kCopies, kWarpgroup, kReturned };

struct Thread;
struct Block;

/// What a lane brings to a warp operation, and takes away.
struct WarpCall {
  WarpOp op = WarpOp::kSync;
  unsigned mask = 0, source = 0;
  std::uint64_t value = 0, result = 0;
};

struct Warp {
  std::array<Thread*, 32> lanes{};  ///< null beyond the end of the block
  std::array<WarpCall, 32> calls;
  unsigned waiting = 0;  ///< lanes that wait at a warp operation
};

struct Thread {
  Thread(Block& own_block, std::size_t index, uint3 at);

  Block& block;
  Warp& warp;
  unsigned number;  ///< in its block
  unsigned lane;
  uint3 position;
  Fiber fiber;
  Wait wait = Wait::kNothing;
  Where where;
  std::uint64_t counted = 0;  ///< what the last barrier gave
  ThreadCopies copies;
  ThreadProducts products;
};

struct Block {
  Block(const Launch& launch, uint3 at);

  uint3 position;
  int capability;     ///< of the machine, times 10
  int fraction_bits;  ///< as add_products() takes them
  std::size_t shared_bytes;
  std::unique_ptr<unsigned char, decltype(&std::free)> shared;  ///< exact size: ASan sees its end
  std::vector<Warp> warps;
  std::deque<Thread> threads;
  std::size_t live;              ///< threads that have not returned
  std::size_t waiting = 0;       ///< threads at the barrier
  std::uint64_t predicates = 0;  ///< of those that brought true
  BlockCopies copies;
  std::vector<Warpgroup> warpgroups;
};

// What the parts of the emulator ask of the grid that runs.
Thread& current_thread();
/// The running thread waits until it is released.
void suspend(Wait reason, const Where& where);
/// Those become ready, in any order.
void release(const std::vector<Thread*>& threads);

std::size_t volume(const dim3& size);
uint3 place(std::size_t index, const dim3& size);
std::string text(const uint3& at);
std::string text(const Where& where);

/// What lanes bring to the operations of matrix units, by address.
struct WarpProduct {
  float* sum;
  const std::uint32_t *a, *b;
};
struct WarpLoad {
  std::uint32_t* fragment;
  const void* row;
};

/// Gives every lane of `mask` its result. All of them have brought theirs.
void exchange(Warp& warp, unsigned mask);

/// Where the threads of these blocks are stuck.
std::string describe(const std::vector<std::unique_ptr<Block>>& blocks);

}  // namespace covey::emulator
