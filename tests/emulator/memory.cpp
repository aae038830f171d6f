// Device memory, copies, streams and events. Copies are done at once, but for those to the device
// on a stream of their own: they arrive when the default stream has waited for them. What the host
// must not touch before a copy is done is watched until the host has waited for it.
#include <algorithm>
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
namespace {

constexpr std::size_t kAlignment = 256;

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

void require(bool holds, const char* call, const char* what, std::size_t bytes) {
  if (!holds)
    throw Misuse(std::string(call) + ": the " + what + " of " + std::to_string(bytes) +
                 " bytes does not lie where the kind of copy says");
}

/// Device memory of another device than the current one is out of reach.
void require_own(const Memory& own, const char* call, const void* at) {
  const Ledger::Block* block = own.device.find(at, 1);
  if (block != nullptr && block->device != current_device())
    throw Misuse(std::string(call) + ": memory of device " + std::to_string(block->device) +
                 " while device " + std::to_string(current_device()) + " is current");
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
  require_own(own, call, to);
  require_own(own, call, from);
}

void arrive(Flight& flight) {
  if (flight.arrival != nullptr)
    std::memcpy(flight.arrival, flight.bytes.data(), flight.bytes.size());
  flight.arrival = nullptr;
}

/// The default stream has waited for the copies of `stream` before `number`.
void arrive(Memory& own, cudaStream_t stream, std::uint64_t number) {
  for (Flight& flight : own.flights)
    if (flight.stream == stream && stream != nullptr && flight.number < number) arrive(flight);
}

/// The host has waited for the copies before `number`, of one stream or of all.
void land(Memory& own, std::uint64_t number = ~0ULL, const cudaStream_t* stream = nullptr) {
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

/// The host has waited for all that the current device was given.
void land_all(Memory& own) {
  land(own);
  own.current().done = own.current().launches;
}

/// One row of an asynchronous copy of which one side is pinned memory.
void fly(Memory& own, void* to, const void* from, std::size_t bytes, cudaStream_t stream) {
  const auto* begin = static_cast<const unsigned char*>(from);
  Flight flight{own.copies, stream, nullptr, from, {begin, begin + bytes}};
  const bool to_host = own.pinned.holds(to, bytes);
  if (to_host) flight.departure = nullptr;
  if (to_host || stream != nullptr) {
    flight.arrival = to;
    std::memset(to, 0xA5, bytes);
  } else {
    std::memcpy(to, from, bytes);
  }
  own.flights.push_back(std::move(flight));
}

/// Work on a stream of its own may overwrite device memory that kernels on the default stream still
/// read, unless it waits for them.
void require_order(Memory& own, const char* call, const void* to, cudaStream_t stream) {
  if (stream == nullptr || !own.device.holds(to, 1)) return;
  if (std::max(stream->seen, own.current().done) < own.current().launches)
    throw Misuse(std::string(call) +
                 ": the stream writes to device memory without having waited for the kernels that "
                 "may still read it");
}

/// Rows of one or two dimensions.
struct Rows {
  void* to;
  std::size_t to_pitch;
  const void* from;
  std::size_t from_pitch;
  std::size_t bytes, count;
};

void copy_rows(const char* call, const Rows& rows, cudaMemcpyKind kind, bool waits,
               cudaStream_t stream) {
  auto& own = memory();
  const std::lock_guard lock(own.mutex);
  if (waits) land_all(own);
  require_order(own, call, rows.to, stream);
  for (std::size_t row = 0; row < rows.count && rows.bytes > 0; ++row) {
    auto* to = static_cast<unsigned char*>(rows.to) + row * rows.to_pitch;
    const auto* from = static_cast<const unsigned char*>(rows.from) + row * rows.from_pitch;
    check_copy(own, call, to, from, rows.bytes, kind);
    if (!waits && (own.pinned.holds(to, rows.bytes) || own.pinned.holds(from, rows.bytes)))
      fly(own, to, from, rows.bytes, stream);
    else
      std::memmove(to, from, rows.bytes);
  }
  ++own.copies;
}

void set_rows(const char* call, void* to, std::size_t pitch, int byte, std::size_t bytes,
              std::size_t count, cudaStream_t stream) {
  auto& own = memory();
  const std::lock_guard lock(own.mutex);
  require_order(own, call, to, stream);
  for (std::size_t row = 0; row < count && bytes > 0; ++row) {
    auto* at = static_cast<unsigned char*>(to) + row * pitch;
    require(own.device.holds(at, bytes), call, "target", bytes);
    require_own(own, call, at);
    std::memset(at, byte, bytes);
  }
}

}  // namespace

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

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  if (const cudaError_t failed = enter()) return failed;
  covey::emulator::copy_rows(__func__, {to, 0, from, 0, bytes, 1}, kind, true, nullptr);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  if (const cudaError_t failed = enter()) return failed;
  covey::emulator::copy_rows(__func__, {to, 0, from, 0, bytes, 1}, kind, false, stream);
  return cudaSuccess;
}

cudaError_t cudaMemcpy2D(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                         std::size_t width, std::size_t height, cudaMemcpyKind kind) {
  if (const cudaError_t failed = enter()) return failed;
  if (width > to_pitch || width > from_pitch) return answer(cudaErrorInvalidValue);
  covey::emulator::copy_rows(__func__, {to, to_pitch, from, from_pitch, width, height}, kind, true,
                             nullptr);
  return cudaSuccess;
}

cudaError_t cudaMemcpy2DAsync(void* to, std::size_t to_pitch, const void* from,
                              std::size_t from_pitch, std::size_t width, std::size_t height,
                              cudaMemcpyKind kind, cudaStream_t stream) {
  if (const cudaError_t failed = enter()) return failed;
  if (width > to_pitch || width > from_pitch) return answer(cudaErrorInvalidValue);
  covey::emulator::copy_rows(__func__, {to, to_pitch, from, from_pitch, width, height}, kind, false,
                             stream);
  return cudaSuccess;
}

cudaError_t cudaMemset(void* to, int byte, std::size_t bytes) {
  if (const cudaError_t failed = enter()) return failed;
  covey::emulator::set_rows(__func__, to, 0, byte, bytes, 1, nullptr);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* to, int byte, std::size_t bytes, cudaStream_t stream) {
  if (const cudaError_t failed = enter()) return failed;
  covey::emulator::set_rows(__func__, to, 0, byte, bytes, 1, stream);
  return cudaSuccess;
}

cudaError_t cudaMemset2DAsync(void* to, std::size_t pitch, int byte, std::size_t width,
                              std::size_t height, cudaStream_t stream) {
  if (const cudaError_t failed = enter()) return failed;
  if (width > pitch) return answer(cudaErrorInvalidValue);
  covey::emulator::set_rows(__func__, to, pitch, byte, width, height, stream);
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  covey::emulator::land_all(memory());
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  if (const cudaError_t failed = enter()) return failed;
  *stream = new CUstream_st{covey::emulator::current_device(), 0};
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  if (const cudaError_t failed = enter()) return failed;
  *stream = new CUstream_st{covey::emulator::current_device(), 0};
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const std::lock_guard lock(memory().mutex);
  covey::emulator::land(memory(), ~0ULL, &stream);
  delete stream;
  return enter();
}
/// The default stream then sees the copies before the event; another stream then comes after the
/// kernels before it.
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  if (stream == nullptr)
    covey::emulator::arrive(memory(), event->stream, event->after);
  else if (stream->device == event->device)
    stream->seen = std::max(stream->seen, event->launches);
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  if (stream == nullptr)
    covey::emulator::land_all(memory());
  else
    covey::emulator::land(memory(), ~0ULL, &stream);
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  if (const cudaError_t failed = enter()) return failed;
  *event = new CUevent_st{covey::emulator::current_device(), nullptr, 0, 0, {}};
  return cudaSuccess;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  return cudaEventCreate(event);
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return enter();
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  const int device = stream == nullptr ? covey::emulator::current_device() : stream->device;
  if (event->device != device)
    throw covey::emulator::Misuse("cudaEventRecord: event and stream belong to different devices");
  event->stream = stream;
  event->after = memory().copies;
  event->launches = stream == nullptr ? memory().usage[device].launches : stream->seen;
  event->time = std::chrono::steady_clock::now();
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  covey::emulator::land(memory(), event->after, &event->stream);
  auto& usage = memory().usage[event->device];
  usage.done = std::max(usage.done, event->launches);
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  if (const cudaError_t failed = enter()) return failed;
  const std::lock_guard lock(memory().mutex);
  covey::emulator::land(memory(), event->after, &event->stream);
  return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  if (const cudaError_t failed = enter()) return failed;
  *milliseconds = std::chrono::duration<float, std::milli>(end->time - start->time).count();
  return cudaSuccess;
}
// NOLINTEND
