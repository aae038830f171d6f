#include "emulator/thread.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include "emulator/random.h"

namespace covey::emulator {

void thread_body(void* thread);  // blocks.cpp

Thread::Thread(Block& own_block, std::size_t index, uint3 at)
    : block(own_block),
      warp(own_block.warps[index / 32]),
      lane(static_cast<unsigned>(index % 32)),
      position(at),
      fiber(thread_body, this) {
  warp.lanes[lane] = this;
}

Block::Block(const Launch& launch, uint3 at)
    : position(at),
      shared(static_cast<unsigned char*>(std::malloc(launch.shared_bytes)), &std::free),
      warps((volume(launch.block) + 31) / 32),
      live(volume(launch.block)) {
  fill_with_garbage(shared.get(), launch.shared_bytes);
  for (std::size_t i = 0; i < live; ++i) threads.emplace_back(*this, i, place(i, launch.block));
}

std::size_t volume(const dim3& size) { return std::size_t{size.x} * size.y * size.z; }

uint3 place(std::size_t index, const dim3& size) {
  return {static_cast<unsigned>(index % size.x), static_cast<unsigned>(index / size.x % size.y),
          static_cast<unsigned>(index / size.x / size.y)};
}

std::string text(const uint3& at) {
  return "(" + std::to_string(at.x) + "," + std::to_string(at.y) + "," + std::to_string(at.z) + ")";
}

std::string text(const Where& where) {
  return std::string(where.function) + " (" + where.file + ":" + std::to_string(where.line) + ")";
}

namespace {

std::string hexadecimal(unsigned mask) {
  char digits[16];
  std::snprintf(digits, sizeof(digits), "0x%08x", mask);
  return digits;
}

std::uint64_t reduced(WarpOp op, std::uint64_t a, std::uint64_t b) {
  if (op == WarpOp::kMinimum) return std::min(a, b);
  if (op == WarpOp::kMaximum) return std::max(a, b);
  return a + b;
}

std::uint64_t ballot(const Warp& warp, unsigned mask, std::uint64_t value) {
  std::uint64_t lanes = 0;
  for (unsigned lane = 0; lane < 32; ++lane)
    if ((mask >> lane & 1) != 0 && warp.calls[lane].value == value) lanes |= 1ULL << lane;
  return lanes;
}

std::uint64_t shuffled(const Warp& warp, unsigned lane) {
  const WarpCall& call = warp.calls[lane];
  if ((call.mask >> call.source & 1) == 0) {
    const Thread& to = *warp.lanes[lane];
    throw Misuse("a shuffle reads lane " + std::to_string(call.source) +
                 ", which takes no part: " + text(to.where) + ", block " + text(to.block.position) +
                 ", thread " + text(to.position));
  }
  return warp.calls[call.source].value;
}

}  // namespace

void exchange(Warp& warp, unsigned mask) {
  const auto first = static_cast<unsigned>(std::countr_zero(mask));
  const WarpOp op = warp.calls[first].op;
  std::uint64_t all = warp.calls[first].value;
  if (op == WarpOp::kBallot) {
    all = ballot(warp, mask, 1);
  } else if (op != WarpOp::kShuffle) {
    for (unsigned lane = first + 1; lane < 32; ++lane)
      if ((mask >> lane & 1) != 0) all = reduced(op, all, warp.calls[lane].value);
  }
  for (unsigned lane = first; lane < 32; ++lane) {
    if ((mask >> lane & 1) == 0) continue;
    WarpCall& call = warp.calls[lane];
    call.result = op == WarpOp::kShuffle ? shuffled(warp, lane)
                  : op == WarpOp::kMatch ? ballot(warp, mask, call.value)
                                         : all;
  }
}

std::string describe(const std::vector<std::unique_ptr<Block>>& blocks) {
  struct Group {
    std::size_t threads = 0;
    std::string example;
  };
  std::map<std::string, Group> groups;
  for (const auto& block : blocks)
    for (const Thread& thread : block->threads) {
      const bool in_warp = thread.wait == Wait::kWarp;
      const std::string doing =
          thread.wait == Wait::kReturned ? "returned"
          : thread.wait == Wait::kNothing
              ? "could go on"
              : (in_warp ? "wait for lanes " + hexadecimal(thread.warp.calls[thread.lane].mask)
                 : thread.wait == Wait::kGrid ? std::string("wait for the grid")
                                              : std::string("wait for their block")) +
                    " in " + text(thread.where);
      Group& group = groups[doing];
      if (group.threads++ == 0)
        group.example = "block " + text(block->position) + " thread " + text(thread.position);
    }
  std::string all;
  for (const auto& [doing, group] : groups)
    all += "; " + std::to_string(group.threads) + " threads " + doing + ", as " + group.example;
  return all;
}

}  // namespace covey::emulator
