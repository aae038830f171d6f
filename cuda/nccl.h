// Sums over several GPUs by NCCL, a library that is opened when two or more are used.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace covey::cuda {

class Nccl {
 public:
  /// Null where the library or one of the devices (by number) cannot be had; `reason` then says
  /// why.
  static std::unique_ptr<Nccl> open(const std::vector<int>& devices, std::string& reason);
  ~Nccl();
  Nccl(const Nccl&) = delete;
  Nccl& operator=(const Nccl&) = delete;

  /// Queues on each device's default stream: sums[r], `count` integers in the memory of device r,
  /// become the sums over all devices.
  void add_up(std::span<std::int64_t* const> sums, std::int64_t count) const;

 private:
  struct Library;
  Nccl(std::unique_ptr<Library> library, std::vector<int> devices);

  std::unique_ptr<Library> library_;
  std::vector<int> devices_;
  std::vector<void*> communicators_;
};

}  // namespace covey::cuda
