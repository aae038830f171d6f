// The device as the back end holds it: checked calls, memory that frees itself, the facts that
// decide the shape of a launch.
#pragma once

#include <cuda_runtime.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace covey::cuda {

/// Throws Error (device) that says what the call was, what the driver answered and what to do.
[[noreturn]] void refuse(cudaError_t status, const char* call);

inline void check(cudaError_t status, const char* call) {
  if (status != cudaSuccess) refuse(status, call);
}

/// Around every call of the runtime.
#define COVEY_CUDA(call) ::covey::cuda::check((call), #call)

/// What a device's matrix units can do.
struct MatrixUnits {
  std::once_flag asked;
  bool hold = false;        ///< their sums are as exact as the screen's bound takes them to be
  bool warpgroups = false;  ///< there is wgmma
};

/// What the back end must know of one GPU.
struct Device {
  int number = 0;
  std::string text;  ///< "NVIDIA H200, 139 GiB, compute capability 9.0"
  int multiprocessors = 1;
  std::size_t shared_bytes = 48 << 10;  ///< most dynamic shared memory of a block
  std::size_t total_bytes = 0;
  int host_threads = 0;     ///< that gather columns for it; 0: as many as the machine has
  std::int64_t budget = 0;  ///< bytes of device memory that covey may take
  /// Bytes of it that loaded points hold.
  std::shared_ptr<std::atomic<std::int64_t>> held = std::make_shared<std::atomic<std::int64_t>>(0);
  /// Empty until the screen asks.
  std::shared_ptr<MatrixUnits> matrix_units = std::make_shared<MatrixUnits>();

  /// Makes this the current device of the calling thread.
  void use() const { COVEY_CUDA(cudaSetDevice(number)); }
  /// Bytes of device memory that may still be taken: free now, and within the budget.
  std::size_t free_bytes() const;
};

/// Bytes of a device's budget that count as held while this lives.
class Hold {
 public:
  Hold(const Device& device, std::int64_t bytes) : held_(device.held), bytes_(bytes) {
    *held_ += bytes_;
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() { *held_ -= bytes_; }

 private:
  std::shared_ptr<std::atomic<std::int64_t>> held_;
  std::int64_t bytes_;
};

/// The devices that the driver shows, in its order. Throws Error (device) where there is no driver,
/// one that is too old, or no device.
std::vector<std::string> device_texts();
/// Throws Error (device) where there is no such device or it cannot run this build's kernels.
Device open_device(int number);

/// Bytes of device memory for Buffer; throws Error (device) that says how many were asked for and
/// are free.
void* device_memory(std::size_t bytes);

/// `count` values of T in device memory, not initialised. Moves, does not copy.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::int64_t count) : count_(count) {
    if (count > 0)
      data_ = static_cast<T*>(device_memory(static_cast<std::size_t>(count) * sizeof(T)));
  }
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    if (data_ != nullptr) (void)cudaFree(data_);  // fails only after an error that was thrown
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::int64_t size() const { return count_; }
  bool empty() const { return count_ == 0; }

  /// Sets every byte.
  void fill_bytes(int byte) {
    if (count_ > 0)
      COVEY_CUDA(cudaMemsetAsync(data_, byte, static_cast<std::size_t>(count_) * sizeof(T)));
  }

 private:
  T* data_ = nullptr;
  std::int64_t count_ = 0;
};

/// Pinned host memory for PinnedBuffer; throws Error (device) that says how many bytes were asked
/// for.
void* pinned_memory(std::size_t bytes);

/// Host memory that every device reads and writes at the full rate of the bus. Moves, does not
/// copy.
template <class T>
class PinnedBuffer {
 public:
  PinnedBuffer() = default;
  explicit PinnedBuffer(std::int64_t count) : count_(count) {
    if (count > 0)
      data_ = static_cast<T*>(pinned_memory(static_cast<std::size_t>(count) * sizeof(T)));
  }
  PinnedBuffer(PinnedBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  PinnedBuffer& operator=(PinnedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  PinnedBuffer(const PinnedBuffer&) = delete;
  PinnedBuffer& operator=(const PinnedBuffer&) = delete;
  ~PinnedBuffer() {
    if (data_ != nullptr) (void)cudaFreeHost(data_);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::int64_t size() const { return count_; }

 private:
  T* data_ = nullptr;
  std::int64_t count_ = 0;
};

/// A stream of the current device that runs beside the default one.
class Stream {
 public:
  Stream() { COVEY_CUDA(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
  Stream(Stream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (stream_ != nullptr) (void)cudaStreamDestroy(stream_);
  }

  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

/// A mark in the order of a device's work. Belongs to the device that is current when it is made.
class Event {
 public:
  Event() { COVEY_CUDA(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming)); }
  Event(Event&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() {
    if (event_ != nullptr) (void)cudaEventDestroy(event_);
  }

  /// Behind all that the stream (null: the default one) was given.
  void record(cudaStream_t stream = nullptr) { COVEY_CUDA(cudaEventRecord(event_, stream)); }
  /// The host waits until what was queued before the last record is done.
  void wait() { COVEY_CUDA(cudaEventSynchronize(event_)); }
  /// What the stream (null: the default one) is given from now on comes after the last record.
  void hold(cudaStream_t stream = nullptr) { COVEY_CUDA(cudaStreamWaitEvent(stream, event_, 0)); }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Queues a copy to the device. `from` must stay as it is until the stream has done it.
template <class T>
void upload(T* to, const T* from, std::int64_t count) {
  if (count > 0)
    COVEY_CUDA(cudaMemcpyAsync(to, from, static_cast<std::size_t>(count) * sizeof(T),
                               cudaMemcpyHostToDevice));
}

/// Copies to the host and waits for it, and so for everything queued before.
template <class T>
void download(T* to, const T* from, std::int64_t count) {
  if (count > 0)
    COVEY_CUDA(
        cudaMemcpy(to, from, static_cast<std::size_t>(count) * sizeof(T), cudaMemcpyDeviceToHost));
}

template <class T>
std::vector<T> downloaded(const T* from, std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  download(values.data(), from, count);
  return values;
}

/// A device copy of host values, complete when this returns.
template <class T>
Buffer<T> uploaded(std::span<const T> values) {
  Buffer<T> buffer(static_cast<std::int64_t>(values.size()));
  if (!values.empty())
    COVEY_CUDA(
        cudaMemcpy(buffer.data(), values.data(), values.size_bytes(), cudaMemcpyHostToDevice));
  return buffer;
}

template <class T>
Buffer<T> uploaded(const std::vector<T>& values) {
  return uploaded(std::span<const T>(values));
}

}  // namespace covey::cuda
