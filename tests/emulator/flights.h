// What the emulated runtime knows of memory, of copies that are on their way, and of the order of
// streams.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include "emulated_runtime.h"
#include "emulator/state.h"

// NOLINTBEGIN: the names are CUDA's.
struct CUstream_st {
  int device = 0;
  std::uint64_t seen = 0;  ///< launches on the device's default stream that its work comes after
};
struct CUevent_st {
  int device = 0;
  cudaStream_t stream = nullptr;
  std::uint64_t after = 0;     ///< copies queued before it
  std::uint64_t launches = 0;  ///< on the default stream, which its stream's work comes after
  std::chrono::steady_clock::time_point time;
};
// NOLINTEND

namespace covey::emulator {

/// Allocations by address.
class Ledger {
 public:
  struct Block {
    std::size_t bytes;
    int device;
  };
  void add(void* memory, const Block& block) { blocks_[address(memory)] = block; }
  /// False where it is not the start of an allocation.
  bool remove(void* memory, Block& block) {
    const auto found = blocks_.find(address(memory));
    if (found == blocks_.end()) return false;
    block = found->second;
    blocks_.erase(found);
    return true;
  }
  /// The allocation that these bytes lie in, or null.
  const Block* find(const void* memory, std::size_t bytes) const {
    auto after = blocks_.upper_bound(address(memory));
    if (after == blocks_.begin()) return nullptr;
    --after;
    return address(memory) - after->first + bytes <= after->second.bytes ? &after->second : nullptr;
  }
  bool holds(const void* memory, std::size_t bytes) const { return find(memory, bytes) != nullptr; }
  std::size_t count() const { return blocks_.size(); }

 private:
  static std::uintptr_t address(const void* memory) {
    return reinterpret_cast<std::uintptr_t>(memory);
  }
  std::map<std::uintptr_t, Block> blocks_;
};

/// An asynchronous copy between the device and pinned memory for which the host has not yet waited.
struct Flight {
  std::uint64_t number;
  cudaStream_t stream;
  void* arrival;  ///< memory that gets `bytes` when it is waited for; null: it has them
  const void*
      departure;  ///< host memory that must still hold `bytes` then; null for one to the host
  std::vector<unsigned char> bytes;
};

/// Of one device.
struct Usage {
  std::size_t in_use = 0, peak = 0;
  std::uint64_t launches = 0;  ///< on its default stream
  std::uint64_t done = 0;      ///< of these, those that the host has waited for
};

struct Memory {
  std::recursive_mutex mutex;
  Ledger device, pinned;
  std::map<int, Usage> usage;
  std::uint64_t copies = 0;
  std::deque<Flight> flights;

  Usage& current() { return usage[current_device()]; }
};

Memory& memory();

/// The device memory must be the current device's; throws Misuse.
void require_own(const Memory& own, const char* call, const void* at);
/// The kind of memory must be as `holds` says; throws Misuse.
void require(bool holds, const char* call, const char* what, std::size_t bytes);

/// The default stream has waited for the copies of `stream` before `number`.
void arrive(Memory& own, cudaStream_t stream, std::uint64_t number);
/// The host has waited for the copies before `number`, of one stream or of all.
void land(Memory& own, std::uint64_t number = ~0ULL, const cudaStream_t* stream = nullptr);
/// The host has waited for all that the current device was given.
void land_all(Memory& own);

}  // namespace covey::emulator
