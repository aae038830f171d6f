#include "emulator/thread.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <map>
#include <new>
#include <string>
#include <utility>

#include "emulator/emulator.h"
#include "emulator/products.h"
#include "emulator/random.h"

namespace covey::emulator {

void thread_body(void* thread);  // blocks.cpp

Thread::Thread(Block& own_block, std::size_t index, uint3 at)
    : block(own_block),
      warp(own_block.warps[index / 32]),
      number(static_cast<unsigned>(index)),
      lane(static_cast<unsigned>(index % 32)),
      position(at),
      fiber(thread_body, this) {
  warp.lanes[lane] = this;
}

namespace {

constexpr std::size_t kSharedAlignment = 1024;

unsigned char* shared_memory_of(std::size_t bytes) {
  void* memory = nullptr;
  if (posix_memalign(&memory, kSharedAlignment, bytes) != 0) throw std::bad_alloc();
  return static_cast<unsigned char*>(memory);
}

}  // namespace

Block::Block(const Launch& launch, uint3 at)
    : position(at),
      capability(settings().capability),
      fraction_bits(settings().fraction_bits >= 0 ? settings().fraction_bits
                    : settings().seed % 2 == 1    ? 0
                                                  : 24),
      shared_bytes(launch.shared_bytes),
      shared(shared_memory_of(launch.shared_bytes), &std::free),
      warps((volume(launch.block) + 31) / 32),
      live(volume(launch.block)),
      warpgroups((volume(launch.block) + kWarpgroupThreads - 1) / kWarpgroupThreads) {
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

/// What lane `lane` brought by address.
template <class T>
const T& brought(const Warp& warp, unsigned lane) {
  return *reinterpret_cast<const T*>(static_cast<std::uintptr_t>(warp.calls[lane].value));
}

/// Number `which` (0, 1) of the two fp16 numbers in a register.
float half_of(std::uint32_t pair, unsigned which) {
  return from_half(static_cast<std::uint16_t>(pair >> 16 * which));
}

// Where fragments hold what: PTX ISA, "Matrix fragments for mma.m16n8k16".
void multiply(const Warp& warp) {
  std::array<float, 256> a;     // 16 x 16
  std::array<float, 128> b, c;  // 16 x 8
  const auto place_of_sum = [](unsigned lane, unsigned i) {
    return (lane / 4 + 8 * (i / 2)) * 8 + 2 * (lane % 4) + i % 2;
  };
  for (unsigned lane = 0; lane < 32; ++lane) {
    const auto& own = brought<WarpProduct>(warp, lane);
    const unsigned group = lane / 4, pair = 2 * (lane % 4);
    for (unsigned half = 0; half < 2; ++half) {
      for (unsigned i = 0; i < 4; ++i)
        a[(group + 8 * (i % 2)) * 16 + pair + 8 * (i / 2) + half] = half_of(own.a[i], half);
      for (unsigned i = 0; i < 2; ++i)
        b[(pair + 8 * i + half) * 8 + group] = half_of(own.b[i], half);
    }
    for (unsigned i = 0; i < 4; ++i) c[place_of_sum(lane, i)] = own.sum[i];
  }
  add_products(c.data(), a.data(), b.data(), 16, 8, warp.lanes[0]->block.fraction_bits);
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned i = 0; i < 4; ++i)
      brought<WarpProduct>(warp, lane).sum[i] = c[place_of_sum(lane, i)];
}

void load(const Warp& warp) {
  for (unsigned lane = 0; lane < 32; ++lane) {
    const void* row = brought<WarpLoad>(warp, lane).row;
    check_read(*warp.lanes[lane], row, 16, 16, warp.lanes[lane]->where);
  }
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned i = 0; i < 4; ++i) {
      const void* row = brought<WarpLoad>(warp, 8 * i + lane / 4).row;
      std::memcpy(brought<WarpLoad>(warp, lane).fragment + i,
                  static_cast<const unsigned char*>(row) + std::size_t{4} * (lane % 4), 4);
    }
}

}  // namespace

void exchange(Warp& warp, unsigned mask) {
  const auto first = static_cast<unsigned>(std::countr_zero(mask));
  const WarpOp op = warp.calls[first].op;
  if (op == WarpOp::kProduct) return multiply(warp);
  if (op == WarpOp::kLoad) return load(warp);
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

namespace {

const char* waited_for(Wait wait) {
  switch (wait) {
    case Wait::kGrid:
      return "the grid";
    case Wait::kCopies:
      return "a barrier of copies";
    case Wait::kWarpgroup:
      return "their warpgroup";
    default:
      return "their block";
  }
}

}  // namespace

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
                         : "wait for " + std::string(waited_for(thread.wait))) +
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
