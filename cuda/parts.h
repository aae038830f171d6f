// The distinct points of a data set in parts, cut by hash: equal points lie in one part, so that
// parts are disjoint, each collapsed for itself. A part stays in the memory of its device, or in
// pinned host memory, from where it is streamed through the device whenever it is needed. One part
// on one device is the usual case.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "budget.h"
#include "points.h"
#include "shards.h"
#include "stream.h"

namespace covey::cuda {

struct Part {
  int shard = 0;
  std::int64_t first = 0;  ///< number of its first point among those of all parts
  std::int64_t count = 0;
  DevicePoints points;            ///< of a part that stays on its device; else empty
  std::vector<HostPiece> pieces;  ///< of a streamed part: where its points lie, in order
  bool weighted = false;          ///< has multiplicities

  bool streamed() const { return !pieces.empty(); }
};

/// A part while it is in device memory.
struct PartInPlace {
  int number;
  int shard;
  const Device& device;  ///< the current device
  std::int64_t first;
  PointsView points;
  const DevicePoints* resident;  ///< null: streamed, so in place only until the visit ends
};

class Parts {
 public:
  /// One part that has all points.
  Parts(std::shared_ptr<const Shards> shards, DevicePoints points);
  /// Parts of rising hashes. `host` is where the streamed ones lie.
  Parts(std::shared_ptr<const Shards> shards, int d, std::vector<Part> parts,
        std::vector<HostPoints> host);
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  const Shards& shards() const { return *shards_; }
  int d() const { return d_; }
  std::int64_t count() const { return count_; }
  int size() const { return static_cast<int>(parts_.size()); }
  const Part& operator[](int part) const { return parts_[static_cast<std::size_t>(part)]; }
  /// All points, where they are one part that stays on its device; else null.
  const DevicePoints* whole() const;
  bool any_streamed() const { return !streams_.empty(); }
  /// Points that stay on the device that has most of them, padding included.
  std::int64_t resident_points() const;

  /// Calls visit for the parts [0, end) (-1: all), each in device memory, its device current; in
  /// any order. What visit queues on the default stream finds the part in place. While it works the
  /// next streamed part is on its way.
  void for_each(const std::function<void(const PartInPlace&)>& visit, int end = -1);

 private:
  void add_stream(int shard);
  void hold();
  PartInPlace in_place(int part, const PointsView& points, const DevicePoints* resident) const;

  std::shared_ptr<const Shards> shards_;
  std::vector<Part> parts_;
  std::vector<HostPoints> host_;
  std::vector<std::unique_ptr<PartStream>> streams_;  ///< one a shard; none: no part is streamed
  std::vector<Held> held_;                            ///< by shard
  int d_ = 0;
  std::int64_t count_ = 0;
  bool backward_ = false;  ///< the next round over streamed parts goes from the last to the first
};

}  // namespace covey::cuda
