// Device memory, copies, streams and events. Copies are done at once; what the host must not touch
// before they are done is watched until the host has waited for them.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "emulated_runtime.h"
#include "emulator/blocks.h"
#include "emulator/random.h"
#include "emulator/state.h"

struct CUevent_st {         // NOLINT: the name is CUDA's
  std::uint64_t after = 0;  ///< copies queued before it
  std::chrono::steady_clock::time_point time;
};

namespace covey::emulator {
namespace {

constexpr std::size_t kAlignment = 256;

/// Allocations by address.
class Ledger {
 public:
  void add(void* memory, std::size_t bytes) { bytes_of_[address(memory)] = bytes; }
  /// False where it is not the start of an allocation.
  bool remove(void* memory, std::size_t& bytes) {
    const auto found = bytes_of_.find(address(memory));
    if (found == bytes_of_.end()) return false;
    bytes = found->second;
    bytes_of_.erase(found);
    return true;
  }
  bool holds(const void* memory, std::size_t bytes) const {
    auto after = bytes_of_.upper_bound(address(memory));
    if (after == bytes_of_.begin()) return false;
    --after;
    return address(memory) + bytes <= after->first + after->second;
  }
  std::size_t count() const { return bytes_of_.size(); }

 private:
  static std::uintptr_t address(const void* memory) {
    return reinterpret_cast<std::uintptr_t>(memory);
  }
  std::map<std::uintptr_t, std::size_t> bytes_of_;
};

/// An asynchronous copy between the device and pinned memory for which the host has not yet waited.
struct Flight {
  std::uint64_t number;
  void* arrival;          ///< host memory that gets `bytes` then; null for a copy to the device
  const void* departure;  ///< host memory that must still hold `bytes` then
  std::vector<unsigned char> bytes;
};

struct Memory {
  std::recursive_mutex mutex;
  Ledger device, pinned;
  std::size_t in_use = 0;
  std::uint64_t copies = 0;
  std::deque<Flight> flights;
};

Memory& memory() {
  static auto* const own = new Memory;  // outlives what frees in its destructor
  return *own;
}

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
  ledger.add(block, bytes);
  return block;
}

/// Ends the process: memory is freed in destructors, which cannot throw.
std::size_t give_back(Ledger& ledger, void* block, const char* call) {
  std::size_t bytes = 0;
  if (!ledger.remove(block, bytes)) {
    std::fprintf(stderr, "emulated CUDA: %s of what is not allocated, or freed twice\n", call);
    std::abort();
  }
  std::free(block);
  return bytes;
}

void require(bool holds, const char* call, const char* what, std::size_t bytes) {
  if (!holds)
    throw Misuse(std::string(call) + ": the " + what + " of " + std::to_string(bytes) +
                 " bytes does not lie where the kind of copy says");
}

void check_copy(const Memory& own, const char* call, const void* to, const void* from,
                std::size_t bytes, cudaMemcpyKind kind) {
  if (kind == cudaMemcpyDefault || bytes == 0) return;
  const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  require(to_device ? own.device.holds(to, bytes) : !own.device.holds(to, 1), call, "target",
          bytes);
  require(from_device ? own.device.holds(from, bytes) : !own.device.holds(from, 1), call, "source",
          bytes);
}

/// The host has waited for the copies before `number`.
void land(Memory& own, std::uint64_t number = ~0ULL) {
  while (!own.flights.empty() && own.flights.front().number < number) {
    const Flight flight = std::move(own.flights.front());
    own.flights.pop_front();
    if (flight.arrival != nullptr)
      std::memcpy(flight.arrival, flight.bytes.data(), flight.bytes.size());
    else if (std::memcmp(flight.departure, flight.bytes.data(), flight.bytes.size()) != 0)
      throw Misuse("pinned memory changed before its copy to the device was waited for");
  }
}

void fly(Memory& own, void* to, const void* from, std::size_t bytes) {
  const auto* begin = static_cast<const unsigned char*>(from);
  Flight flight{own.copies++, nullptr, from, {begin, begin + bytes}};
  if (own.pinned.holds(to, bytes)) {
    flight.arrival = to;
    std::memset(to, 0xA5, bytes);
  } else {
    std::memcpy(to, from, bytes);
  }
  own.flights.push_back(std::move(flight));
}

}  // namespace

std::size_t device_bytes_in_use() {
  const std::lock_guard lock(memory().mutex);
  return memory().in_use;
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
  if (own.in_use > limit || bytes > limit - own.in_use) return answer(cudaErrorMemoryAllocation);
  *block = covey::emulator::take(own.device, bytes);
  if (*block == nullptr) return answer(cudaErrorMemoryAllocation);
  own.in_use += bytes;
  return cudaSuccess;
}

cudaError_t cudaFree(void* block) {
  auto& own = memory();
  const cudaError_t failed = enter();
  if (block == nullptr) return failed;
  const std::lock_guard lock(own.mutex);
  covey::emulator::land(own);
  own.in_use -= covey::emulator::give_back(own.device, block, __func__);
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
  covey::emulator::land(own);
  covey::emulator::give_back(own.pinned, block, __func__);
  return failed;
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  if (const cudaError_t failed = enter()) return failed;
  *total = covey::emulator::settings().memory;
  *free = *total - covey::emulator::device_bytes_in_use();
  return cudaSuccess;
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  if (const cudaError_t failed = enter()) return failed;
  auto& own = memory();
  const std::lock_guard lock(own.mutex);
  covey::emulator::check_copy(own, __func__, to, from, bytes, kind);
  covey::emulator::land(own);
  if (bytes > 0) std::memmove(to, from, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t) {
  if (const cudaError_t failed = enter()) return failed;
  auto& own = memory();
  const std::lock_guard lock(own.mutex);
  covey::emulator::check_copy(own, __func__, to, from, bytes, kind);
  if (bytes > 0 && (own.pinned.holds(to, bytes) || own.pinned.holds(from, bytes)))
    covey::emulator::fly(own, to, from, bytes);
  else if (bytes > 0)
    std::memmove(to, from, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemset(void* to, int byte, std::size_t bytes) {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  covey::emulator::require(bytes == 0 || memory().device.holds(to, bytes), __func__, "target",
                           bytes);
  if (bytes > 0) std::memset(to, byte, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* to, int byte, std::size_t bytes, cudaStream_t) {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  covey::emulator::require(bytes == 0 || memory().device.holds(to, bytes), __func__, "target",
                           bytes);
  if (bytes > 0) std::memset(to, byte, bytes);
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  covey::emulator::land(memory());
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  *stream = nullptr;  // all work is in one order
  return enter();
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = nullptr;
  return enter();
}
cudaError_t cudaStreamDestroy(cudaStream_t) { return enter(); }
cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) { return enter(); }
cudaError_t cudaStreamSynchronize(cudaStream_t) {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  covey::emulator::land(memory());
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  if (const cudaError_t failed = enter()) return failed;
  *event = new CUevent_st;
  return cudaSuccess;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  if (const cudaError_t failed = enter()) return failed;
  *event = new CUevent_st;
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return enter();
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t) {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  event->after = memory().copies;
  event->time = std::chrono::steady_clock::now();
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  covey::emulator::land(memory(), event->after);
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  covey::emulator::land(memory(), event->after);
  return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  if (const cudaError_t failed = enter()) return failed;
  *milliseconds = std::chrono::duration<float, std::milli>(end->time - start->time).count();
  return cudaSuccess;
}
// NOLINTEND
