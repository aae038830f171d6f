// Points in pinned host memory, and their way through a device: two places in device memory, a copy
// stream that fills the one while kernels read the other.
#pragma once

#include <cstdint>
#include <vector>

#include "points.h"

namespace covey::cuda {

/// Points in pinned host memory, feature by feature: coordinate f of point i is q[f * count + i].
struct HostPoints {
  std::int64_t count = 0;
  PinnedBuffer<float> q;
  PinnedBuffer<std::uint32_t> multiplicity;  ///< empty: all 1

  /// Makes room for multiplicities, all 1, where there is none.
  void weigh();
};

/// Points [begin, begin + count) of these.
struct HostPiece {
  HostPoints* points = nullptr;
  std::int64_t begin = 0;
  std::int64_t count = 0;
};

/// Queues copies of the pieces, one after the other, to the first points of `to` on the stream
/// (null: the default one). `multiplicities` may be null; else all of the points have some.
void upload_pieces(const std::vector<HostPiece>& pieces, float* q, std::int64_t stride, int d,
                   std::uint32_t* multiplicities, cudaStream_t stream);
/// Copies points back into the pieces, as many as they hold, and drops the pieces and ends of
/// pieces that are left over. Multiplicities need room there. Waits.
void download_pieces(const DevicePoints& points, std::vector<HostPiece>& pieces);

class PartStream {
 public:
  /// On the current device. Places for parts of `stride` points at most.
  PartStream(int d, std::int64_t stride, bool weighted);
  ~PartStream();
  PartStream(const PartStream&) = delete;
  PartStream& operator=(const PartStream&) = delete;

  /// No part is wanted any more; those in place stay until others are fetched.
  void begin();
  /// Queues the part's copy into a place, behind all that the device was given so far; nothing
  /// where the part is in a place already. At most two parts are wanted at a time.
  void fetch(int part, const std::vector<HostPiece>& pieces, std::int64_t count, bool weighted);
  /// The part that was fetched: what the default stream is given from now on finds it in place. Its
  /// place may be filled anew with the next fetch after `release`.
  PointsView take(int part);
  void release(int part);
  bool holds(int part) const;

  /// Of device memory.
  std::int64_t bytes() const;

 private:
  struct Place {
    Buffer<float> q;
    Buffer<std::uint32_t> multiplicity;
    Event arrived;
    int part = -1;
    bool wanted = false;  ///< fetched, not yet released
    std::int64_t count = 0;
    bool weighted = false;
  };
  Place& place_of(int part);

  int d_;
  Stream copies_;
  Event queued_;
  Place places_[2];
};

}  // namespace covey::cuda
