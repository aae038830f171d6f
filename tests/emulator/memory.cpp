// Device memory and pinned host memory; copies on their way.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "emulator/blocks.h"
#include "emulator/flights.h"

namespace covey::emulator {
namespace {

constexpr std::size_t kAlignment = 256;

/// Made when the library is loaded, so the last to go.
const struct LeakCheck {
  ~LeakCheck() {
    if (memory().device.count() + memory().pinned.count() == 0) return;
    std::fprintf(stderr, "emulated CUDA: %zu device and %zu pinned allocations were not freed\n",
                 memory().device.count(), memory().pinned.count());
    std::_Exit(70);
  }
} leak_check;

void* take(Ledger& ledger, std::size_t bytes) {
  void* block = nullptr;
  if (posix_memalign(&block, kAlignment, bytes) != 0) return nullptr;
  std::memset(block, 0xA5, bytes);
  ledger.add(block, {bytes, current_device()});
  return block;
}

/// Ends the process: memory is freed in destructors, which cannot throw.
Ledger::Block give_back(Ledger& ledger, void* block, const char* call) {
  Ledger::Block given{};
  if (!ledger.remove(block, given)) {
    std::fprintf(stderr, "emulated CUDA: %s of what is not allocated, or freed twice\n", call);
    std::abort();
  }
  std::free(block);
  return given;
}

void arrive(Flight& flight) {
  if (flight.arrival != nullptr)
    std::memcpy(flight.arrival, flight.bytes.data(), flight.bytes.size());
  flight.arrival = nullptr;
}

}  // namespace

Memory& memory() {
  static auto* const own = new Memory;  // outlives what frees in its destructor
  return *own;
}

void require(bool holds, const char* call, const char* what, std::size_t bytes) {
  if (!holds)
    throw Misuse(std::string(call) + ": the " + what + " of " + std::to_string(bytes) +
                 " bytes does not lie where the kind of copy says");
}

void require_own(const Memory& own, const char* call, const void* at) {
  const Ledger::Block* block = own.device.find(at, 1);
  if (block != nullptr && block->device != current_device())
    throw Misuse(std::string(call) + ": memory of device " + std::to_string(block->device) +
                 " while device " + std::to_string(current_device()) + " is current");
}

void arrive(Memory& own, cudaStream_t stream, std::uint64_t number) {
  for (Flight& flight : own.flights)
    if (flight.stream == stream && stream != nullptr && flight.number < number) arrive(flight);
}

void land(Memory& own, std::uint64_t number, const cudaStream_t* stream) {
  std::deque<Flight> rest;
  std::deque<Flight> all = std::move(own.flights);
  own.flights.clear();
  for (Flight& flight : all) {
    if (flight.number >= number || (stream != nullptr && flight.stream != *stream)) {
      rest.push_back(std::move(flight));
      continue;
    }
    arrive(flight);
    if (flight.departure != nullptr &&
        std::memcmp(flight.departure, flight.bytes.data(), flight.bytes.size()) != 0)
      throw Misuse("pinned memory changed before its copy to the device was waited for");
  }
  own.flights = std::move(rest);
}

void land_all(Memory& own) {
  land(own);
  own.current().done = own.current().launches;
}

std::size_t device_bytes_in_use() {
  const std::lock_guard lock(memory().mutex);
  return memory().current().in_use;
}

std::size_t peak_device_bytes() {
  const std::lock_guard lock(memory().mutex);
  const std::size_t peak = memory().current().peak;
  memory().current().peak = memory().current().in_use;
  return peak;
}

void count_launch() {
  const std::lock_guard lock(memory().mutex);
  ++memory().current().launches;
}

void check_argument(const void* argument, std::size_t bytes) {
  const std::lock_guard lock(memory().mutex);
  const auto* begin = static_cast<const unsigned char*>(argument);
  for (std::size_t at = 0; at + sizeof(void*) <= bytes; at += sizeof(void*)) {
    const void* word = nullptr;
    std::memcpy(&word, begin + at, sizeof(word));
    require_own(memory(), "a kernel's argument", word);
  }
}

std::size_t allocations_in_use() {
  const std::lock_guard lock(memory().mutex);
  return memory().device.count() + memory().pinned.count();
}

}  // namespace covey::emulator

// NOLINTBEGIN: the names are CUDA's.
using covey::emulator::answer, covey::emulator::enter, covey::emulator::memory;

cudaError_t cudaMalloc(void** block, std::size_t bytes) {
  auto& own = memory();
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(own.mutex);
  *block = nullptr;
  if (bytes == 0) return cudaSuccess;
  const std::size_t limit = covey::emulator::settings().memory;
  auto& usage = own.current();
  if (usage.in_use > limit || bytes > limit - usage.in_use)
    return answer(cudaErrorMemoryAllocation);
  *block = covey::emulator::take(own.device, bytes);
  if (*block == nullptr) return answer(cudaErrorMemoryAllocation);
  usage.in_use += bytes;
  usage.peak = std::max(usage.peak, usage.in_use);
  return cudaSuccess;
}

cudaError_t cudaFree(void* block) {
  auto& own = memory();
  const cudaError_t failed = enter();
  if (block == nullptr) return failed;
  const std::lock_guard lock(own.mutex);
  covey::emulator::land_all(own);
  const auto given = covey::emulator::give_back(own.device, block, __func__);
  own.usage[given.device].in_use -= given.bytes;
  return failed;
}

cudaError_t cudaMallocHost(void** block, std::size_t bytes) {
  auto& own = memory();
  *block = nullptr;
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(own.mutex);
  if (bytes > 0) *block = covey::emulator::take(own.pinned, bytes);
  return bytes > 0 && *block == nullptr ? answer(cudaErrorMemoryAllocation) : cudaSuccess;
}

cudaError_t cudaFreeHost(void* block) {
  auto& own = memory();
  const cudaError_t failed = enter();
  if (block == nullptr) return failed;
  const std::lock_guard lock(own.mutex);
  covey::emulator::land_all(own);
  covey::emulator::give_back(own.pinned, block, __func__);
  return failed;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  if (const cudaError_t failed = enter()) return failed;
  *total = covey::emulator::settings().memory;
  *free = *total - covey::emulator::device_bytes_in_use();
  return cudaSuccess;
}
// NOLINTEND
