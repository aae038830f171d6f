// What a block of warpgroups shares (screen_warpgroups.cu): what it has at a time, where that
// stands in shared memory, and the thread that keeps copies under way.
#pragma once

#include "screen.cuh"

namespace covey::cuda {

inline constexpr int kWarpgroup = 128;
inline constexpr int kConsumers = 2;
inline constexpr int kBlockThreads = (kConsumers + 1) * kWarpgroup;
inline constexpr int kProductBytes = kSlabBytes / 2;  // of a slab of 64 points
inline constexpr int kMostStages = 8, kFewestStages = 3;
inline constexpr int kMostSlabs = 3;  // of points that stay
inline constexpr int kMostBuffers = 2;
/// Warps that tell the producer that they have left a stage.
inline constexpr int kLeavers = kConsumers * kWarpgroup / kWarp;

/// What a block has at a time. Where points stay in shared memory, two tiles of them, one a
/// warpgroup, by one of centroids, and centroids alone stream. Else all streams, one tile of
/// points, half a warpgroup, by two of centroids: points are read again once in 256 centroids, and
/// those of all blocks have place in L2 until then.
template <bool kStay>
struct Plan {
  static constexpr int kPointTiles = kStay ? 2 : 1;
  static constexpr int kCentroidTiles = kStay ? 1 : 2;
  static constexpr int kRows = 2 * kPointTiles;  ///< of a thread
  // Of a slab; a stage has centroids, half in the last slab, points where those do not stay.
  static constexpr int kPointBytes = kPointTiles * kSlabBytes;
  static constexpr int kCentroidBytes = kCentroidTiles * kSlabBytes;
  static constexpr int kHalfBytes = kCentroidTiles * kScreenTile * 4;
  static constexpr int kStageBytes = kCentroidBytes + 1024 + (kStay ? 0 : kPointBytes);

  /// Of all points, and of all centroids.
  __host__ __device__ static std::int64_t rounds(const ScreenJob& job) {
    constexpr int kPoints = kPointTiles * kScreenTile;
    return (job.points.points.count + kPoints - 1) / kPoints;
  }
  __device__ static int steps(const ScreenJob& job) {
    return (job.tiles + kCentroidTiles - 1) / kCentroidTiles;
  }
};

struct Barriers {
  CopyBarrier full[kMostStages], empty[kMostStages];
  CopyBarrier points_full[kMostBuffers], points_empty[kMostBuffers];
  CopyBarrier turn[kConsumers];
};

/// A block's shared memory: barriers, buffers of points that stay, stages.
struct WarpgroupsLayout {
  bool points_stay;
  int buffers, stages, stage_bytes;
  int points_at = 1024, stages_at;
  std::size_t bytes;

  WarpgroupsLayout(int slabs, std::size_t shared_bytes) {
    const auto all = static_cast<int>(shared_bytes);
    points_stay = slabs <= kMostSlabs;
    buffers = !points_stay ? 0 : slabs < kMostSlabs ? kMostBuffers : 1;
    stages_at = points_at + buffers * slabs * Plan<true>::kPointBytes;
    stage_bytes = points_stay ? Plan<true>::kStageBytes : Plan<false>::kStageBytes;
    const int fit = all > stages_at ? (all - stages_at) / stage_bytes : 0;
    stages = fit < kMostStages ? fit : kMostStages;
    bytes = static_cast<std::size_t>(stages_at) +
            static_cast<std::size_t>(stages) * static_cast<std::size_t>(stage_bytes);
  }
};

static_assert(sizeof(Barriers) <= 1024);
// A warpgroup starts all products of a tile before the other one may start its own.
static_assert(kFewestStages >= kMostSlabs);

/// A place in the ring of stages, and the parity of its present use.
struct Turn {
  int at = 0;
  unsigned parity = 0;

  __device__ void advance(int size) {
    if (++at < size) return;
    at = 0;
    parity ^= 1;
  }
};

/// Where things stand in shared memory.
template <bool kStay>
struct WarpgroupsMemory {
  using Own = Plan<kStay>;
  const WarpgroupsLayout& layout;
  unsigned char* memory = shared_memory();

  __device__ Barriers& barriers() const { return *reinterpret_cast<Barriers*>(memory); }
  __device__ unsigned char* centroids(int stage) const {
    return memory + layout.stages_at + stage * Own::kStageBytes;
  }
  __device__ float* half(int stage) const {
    return reinterpret_cast<float*>(centroids(stage) + Own::kCentroidBytes);
  }
  /// A slab of points: of a buffer where they stay, else of a stage.
  __device__ unsigned char* points(int buffer, int slabs, int slab, int stage) const {
    return kStay ? memory + layout.points_at + (buffer * slabs + slab) * Own::kPointBytes
                 : centroids(stage) + Own::kCentroidBytes + 1024;
  }
};

/// One thread: all copies of a block, in the order in which they are used.
template <bool kStay>
class Producer {
 public:
  __device__ Producer(const ScreenJob& job, const WarpgroupsMemory<kStay>& shared)
      : job_(job), shared_(shared) {}

  __device__ void run() {
    for (std::int64_t round = blockIdx.x; round < Own::rounds(job_); round += gridDim.x) {
      if (kStay) copy_all_points(round);
      for (int step = 0; step < Own::steps(job_); ++step)
        for (int slab = 0; slab < job_.points.slabs; ++slab) fill_stage(round, step, slab);
    }
  }

 private:
  using Own = Plan<kStay>;

  /// A slab of so many tiles side by side.
  __device__ void copy_slab(unsigned char* to, const void* from, std::int64_t first, int tiles,
                            int slab, CopyBarrier* full) const {
    const auto* bytes = static_cast<const unsigned char*>(from);
    for (int t = 0; t < tiles; ++t)
      copy_bulk(to + t * kSlabBytes, bytes + ((first + t) * job_.points.slabs + slab) * kSlabBytes,
                kSlabBytes, full);
  }
  __device__ void copy_points(std::int64_t round, int slab, CopyBarrier* full) const {
    copy_slab(shared_.points(buffer_.at, job_.points.slabs, slab, stage_.at), job_.points.high,
              round * Own::kPointTiles, Own::kPointTiles, slab, full);
  }

  __device__ void copy_all_points(std::int64_t round) {
    Barriers& barriers = shared_.barriers();
    wait_barrier(&barriers.points_empty[buffer_.at], buffer_.parity ^ 1);
    CopyBarrier* full = &barriers.points_full[buffer_.at];
    arrive_expecting(full, static_cast<unsigned>(job_.points.slabs * Own::kPointBytes));
    for (int slab = 0; slab < job_.points.slabs; ++slab) copy_points(round, slab, full);
    buffer_.advance(shared_.layout.buffers);
  }

  __device__ void fill_stage(std::int64_t round, int step, int slab) {
    Barriers& barriers = shared_.barriers();
    wait_barrier(&barriers.empty[stage_.at], stage_.parity ^ 1);
    CopyBarrier* full = &barriers.full[stage_.at];
    const bool ends = slab == job_.points.slabs - 1;
    const int first = step * Own::kCentroidTiles;
    arrive_expecting(full,
                     static_cast<unsigned>(Own::kCentroidBytes + (ends ? Own::kHalfBytes : 0) +
                                           (kStay ? 0 : Own::kPointBytes)));
    copy_slab(shared_.centroids(stage_.at), job_.tile, first, Own::kCentroidTiles, slab, full);
    if (ends)
      copy_bulk(shared_.half(stage_.at), job_.half + first * kScreenTile, Own::kHalfBytes, full);
    if (!kStay) copy_points(round, slab, full);
    stage_.advance(shared_.layout.stages);
  }

  const ScreenJob& job_;
  const WarpgroupsMemory<kStay>& shared_;
  Turn stage_, buffer_;
};

}  // namespace covey::cuda
