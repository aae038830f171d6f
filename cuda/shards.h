// The devices that share the work: each holds parts of the points, and adds up integers that are
// then joined, so that the number of devices cannot be seen in a result.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "covey/backend.h"
#include "device.h"
#include "nccl.h"

namespace covey::cuda {

class Shards {
 public:
  /// The devices of the options, or as many shares of one as the test hook says. Throws Error
  /// (device) where one cannot be used.
  explicit Shards(const BackendOptions& options);

  int count() const { return static_cast<int>(devices_.size()); }
  const Device& operator[](int shard) const { return devices_[static_cast<std::size_t>(shard)]; }
  const Device& first() const { return devices_.front(); }
  /// What computes, in words.
  std::string text() const;
  /// Bytes that each of them may still take.
  std::int64_t room() const;
  /// Whether add_up leaves the host free to queue on.
  bool joins_on_devices() const { return count() == 1 || nccl_ != nullptr; }

  /// sums[s], `count` integers in the memory of shard s, become the sums over all shards: by NCCL,
  /// queued on the default streams, or by the host, which waits for them.
  void add_up(std::span<std::int64_t* const> sums, std::int64_t count) const;

 private:
  std::vector<Device> devices_;
  std::unique_ptr<Nccl> nccl_;
  std::string no_nccl_;  ///< why several devices do without
};

}  // namespace covey::cuda
