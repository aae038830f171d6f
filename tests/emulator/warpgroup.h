// Products of a warpgroup (wgmma): queued by its threads one by one, computed when all of them
// wait.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace covey::emulator {

struct Thread;

inline constexpr std::size_t kWarpgroupThreads = 128;  // threads
inline constexpr std::size_t kSums = 64;               // of a thread

struct Product {
  float* sum;  ///< the thread's
  std::uint64_t a, b;
  bool add;
  std::vector<unsigned char> seen;  ///< of the first thread: operands when they were queued
};

/// The thread's sums of a product under way: `sum` itself holds garbage.
struct HeldSums {
  float* sum;
  std::array<float, kSums> values;
};

/// Of one thread.
struct ThreadProducts {
  bool fenced = false;
  std::vector<Product> open;
  std::deque<std::vector<Product>> groups;  ///< the oldest first
  std::vector<HeldSums> held;
  unsigned pending = 0;          ///< of the wait that it is in
  std::vector<float*> complete;  ///< what it says is complete then
};

struct Warpgroup {
  std::size_t waiting = 0;  ///< threads in a wait
};

/// Misuse where a product of the thread is under way: it has returned.
void check_complete(const Thread& thread);

}  // namespace covey::emulator
