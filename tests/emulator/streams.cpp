// Copies, streams and events. Copies are done at once, but for those to the device on a stream of
// their own: they arrive when the default stream has waited for them. What the host must not touch
// before a copy is done is watched until the host has waited for it.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "emulator/blocks.h"
#include "emulator/flights.h"

namespace covey::emulator {
namespace {

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

/// Rows of one or two dimensions.
struct Rows {
  void* to;
  std::size_t to_pitch;
  const void* from;
  std::size_t from_pitch;
  std::size_t bytes, count;
};

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
}  // namespace covey::emulator

// NOLINTBEGIN: the names are CUDA's.
using covey::emulator::answer, covey::emulator::enter, covey::emulator::memory;

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
