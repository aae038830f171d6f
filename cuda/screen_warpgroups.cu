// Products of halves by warpgroups (compute capability 9.0): the first look at all points. A block
// takes 256 points at a time: two warpgroups have 128 each, as two products of 64 rows, and go
// through the centroids 128 at a time, 64 features at a time; one thread of a third warpgroup keeps
// copies under way. While one product of a warpgroup is made, it ranks the scores of the other.
#include "screen.cuh"

namespace covey::cuda {
namespace {

constexpr int kWarpgroup = 128;
constexpr int kConsumers = 2;
constexpr int kBlockThreads = (kConsumers + 1) * kWarpgroup;
constexpr int kBlockSlabBytes = kConsumers * kSlabBytes;  // of points
constexpr int kHalfBytes = kScreenTile * 4;
/// Of a stage: a slab of centroids, then their half in the last slab; a slab of points where those
/// do not stay.
constexpr int kStageBytes = kSlabBytes + 1024;
constexpr int kMostStages = 8, kFewestStages = 3;
constexpr int kMostSlabs = 3;  // of points that stay
constexpr int kMostBuffers = 2;
/// Warps that tell the producer that they have left a stage.
constexpr int kLeavers = kConsumers * kWarpgroup / kWarp;

struct Barriers {
  CopyBarrier full[kMostStages], empty[kMostStages];
  CopyBarrier points_full[kMostBuffers], points_empty[kMostBuffers];
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
    stages_at = points_at + buffers * slabs * kBlockSlabBytes;
    stage_bytes = kStageBytes + (points_stay ? 0 : kBlockSlabBytes);
    const int fit = all > stages_at ? (all - stages_at) / stage_bytes : 0;
    stages = fit < kMostStages ? fit : kMostStages;
    bytes = static_cast<std::size_t>(stages_at) +
            static_cast<std::size_t>(stages) * static_cast<std::size_t>(stage_bytes);
  }
};

static_assert(sizeof(Barriers) <= 1024);

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
struct WarpgroupsMemory {
  const WarpgroupsLayout& layout;
  unsigned char* memory = shared_memory();

  __device__ Barriers& barriers() const { return *reinterpret_cast<Barriers*>(memory); }
  __device__ unsigned char* buffer(int b, int slabs) const {
    return memory + layout.points_at + b * slabs * kBlockSlabBytes;
  }
  __device__ unsigned char* centroids(int stage) const {
    return memory + layout.stages_at + stage * layout.stage_bytes;
  }
  __device__ float* half(int stage) const {
    return reinterpret_cast<float*>(centroids(stage) + kSlabBytes);
  }
  __device__ unsigned char* streamed_points(int stage) const {
    return centroids(stage) + kStageBytes;
  }
};

__device__ inline std::int64_t block_pairs(const ScreenJob& job) {
  return (job.points.points.count + 2 * kScreenTile - 1) / (2 * kScreenTile);
}

/// A slab of the two tiles of points, one after another.
__device__ inline void copy_points(const ScreenJob& job, std::int64_t pair, int slab,
                                   unsigned char* to, CopyBarrier* barrier) {
  const auto* from = reinterpret_cast<const unsigned char*>(job.points.high);
  for (int t = 0; t < kConsumers; ++t)
    copy_bulk(to + t * kSlabBytes,
              from + ((pair * kConsumers + t) * job.points.slabs + slab) * kSlabBytes, kSlabBytes,
              barrier);
}

/// One thread: all copies of a block, in the order in which they are used.
__device__ inline void produce(const ScreenJob& job, const WarpgroupsMemory& shared) {
  const WarpgroupsLayout& layout = shared.layout;
  Barriers& barriers = shared.barriers();
  const int slabs = job.points.slabs;
  Turn stage, buffer;
  for (std::int64_t pair = blockIdx.x; pair < block_pairs(job); pair += gridDim.x) {
    if (layout.points_stay) {
      wait_barrier(&barriers.points_empty[buffer.at], buffer.parity ^ 1);
      CopyBarrier* full = &barriers.points_full[buffer.at];
      arrive_expecting(full, static_cast<unsigned>(slabs * kBlockSlabBytes));
      for (int slab = 0; slab < slabs; ++slab)
        copy_points(job, pair, slab, shared.buffer(buffer.at, slabs) + slab * kBlockSlabBytes,
                    full);
      buffer.advance(layout.buffers);
    }
    const auto* centroids = reinterpret_cast<const unsigned char*>(job.tile);
    for (int tile = 0; tile < job.tiles; ++tile)
      for (int slab = 0; slab < slabs; ++slab, centroids += kSlabBytes) {
        wait_barrier(&barriers.empty[stage.at], stage.parity ^ 1);
        CopyBarrier* full = &barriers.full[stage.at];
        const bool ends = slab == slabs - 1;
        arrive_expecting(full, static_cast<unsigned>(kSlabBytes + (ends ? kHalfBytes : 0) +
                                                     (layout.points_stay ? 0 : kBlockSlabBytes)));
        copy_bulk(shared.centroids(stage.at), centroids, kSlabBytes, full);
        if (ends) copy_bulk(shared.half(stage.at), job.half + tile * kScreenTile, kHalfBytes, full);
        if (!layout.points_stay)
          copy_points(job, pair, slab, shared.streamed_points(stage.at), full);
        stage.advance(layout.stages);
      }
  }
}

/// Starts the products of a slab: 64 rows of points, a tile of centroids.
__device__ inline void multiply_slab(float (&sums)[64], const unsigned char* points,
                                     const unsigned char* centroids, bool add) {
  constexpr int kFeatures = 16, kStep = kFeatures * 2 / 16;  // of a descriptor's address
  const std::uint64_t a = matrix_descriptor(points), b = matrix_descriptor(centroids);
#pragma unroll
  for (int f = 0; f < kScreenSlab / kFeatures; ++f)
    wgmma_64x128x16(sums, a + f * kStep, b + f * kStep, add || f > 0);
}

/// Ranks a tile's scores of the thread's two rows.
__device__ inline void rank_scores(const float (&sums)[64], const float* half, std::uint32_t mask,
                                   int tile, RankedRow& upper, RankedRow& lower) {
  const float* own = half + static_cast<int>(threadIdx.x) % 4 * 2;
  const float best_upper = upper.best, best_lower = lower.best;
#pragma unroll
  for (int n = 0; n < kScreenTile / 8; ++n) {
    const float2 halves = *reinterpret_cast<const float2*>(own + n * 8);
    upper.add(halves.x - sums[4 * n], 2 * n, mask);
    upper.add(halves.y - sums[4 * n + 1], 2 * n + 1, mask);
    lower.add(halves.x - sums[4 * n + 2], 2 * n, mask);
    lower.add(halves.y - sums[4 * n + 3], 2 * n + 1, mask);
  }
  if (upper.best != best_upper) upper.tile = tile;
  if (lower.best != best_lower) lower.tile = tile;
}

__device__ inline void leave(CopyBarrier* barrier) {
  __syncwarp();
  if (threadIdx.x % kWarp == 0) arrive(barrier);
}

/// A warpgroup's part of a pair of tiles of points: rows[2 m + h] are the thread's of product m.
class Consumer {
 public:
  __device__ Consumer(const ScreenJob& job, const WarpgroupsMemory& shared)
      : job_(job), shared_(shared) {}

  __device__ void take(std::int64_t pair) {
    RankedRow rows[4];
    rank_pair(rows);
    finish(pair, rows);
  }

 private:
  __device__ static int group() { return static_cast<int>(threadIdx.x) / kWarpgroup - 1; }

  __device__ const unsigned char* own_points(int slab, int stage) const {
    const WarpgroupsLayout& layout = shared_.layout;
    return (layout.points_stay
                ? shared_.buffer(buffer_.at, job_.points.slabs) + slab * kBlockSlabBytes
                : shared_.streamed_points(stage)) +
           group() * kSlabBytes;
  }

  /// A tile's products; all slabs but the last here, and their stages are left. While the second
  /// product's last slab is made, the first one's scores are ranked: what is read while another
  /// product runs must have been waited for in straight code, or the compiler makes one product at
  /// a time.
  __device__ void rank_tile(int tile, RankedRow (&rows)[4]) {
    Barriers& barriers = shared_.barriers();
    const int stages = shared_.layout.stages, last = job_.points.slabs - 1;
    float first[64], second[64];  // set by the first slab's products
    int before = -1;              // the stage of the slab before
#pragma unroll 1
    for (int slab = 0; slab < last; ++slab) {
      const int at = stage_.at;
      wait_barrier(&barriers.full[at], stage_.parity);
      const unsigned char* points = own_points(slab, at);
      wgmma_fence();
      multiply_slab(first, points, shared_.centroids(at), slab > 0);
      multiply_slab(second, points + kSlabBytes / 2, shared_.centroids(at), slab > 0);
      wgmma_commit();
      wgmma_wait<1>();
      if (before >= 0) leave(&barriers.empty[before]);
      before = at;
      stage_.advance(stages);
    }
    const int at = stage_.at;
    wait_barrier(&barriers.full[at], stage_.parity);
    stage_.advance(stages);
    const unsigned char* points = own_points(last, at);
    wgmma_fence();
    multiply_slab(first, points, shared_.centroids(at), last > 0);
    wgmma_commit();
    multiply_slab(second, points + kSlabBytes / 2, shared_.centroids(at), last > 0);
    wgmma_commit();
    wgmma_wait<1>(first);
    if (before >= 0) leave(&barriers.empty[before]);
    rank_scores(first, shared_.half(at), job_.mask, tile, rows[0], rows[1]);
    wgmma_wait<0>(second);
    rank_scores(second, shared_.half(at), job_.mask, tile, rows[2], rows[3]);
    leave(&barriers.empty[at]);
  }

  __device__ void rank_pair(RankedRow (&rows)[4]) {
    const WarpgroupsLayout& layout = shared_.layout;
    Barriers& barriers = shared_.barriers();
    if (layout.points_stay) wait_barrier(&barriers.points_full[buffer_.at], buffer_.parity);
#pragma unroll 1
    for (int tile = 0; tile < job_.tiles; ++tile) rank_tile(tile, rows);
    if (layout.points_stay) {
      leave(&barriers.points_empty[buffer_.at]);
      buffer_.advance(layout.buffers);
    }
  }

  /// Lane t of each four that share rows finishes row t.
  __device__ void finish(std::int64_t pair, const RankedRow (&rows)[4]) const {
    const int thread = static_cast<int>(threadIdx.x) % kWarpgroup, lane = thread % kWarp;
    RowOutcome own{};
#pragma unroll
    for (int r = 0; r < 4; ++r) {
      const RowOutcome outcome = joined(rows[r], 0);
      if (lane % 4 == r) own = outcome;
    }
    const std::int64_t i = (pair * kConsumers + group()) * kScreenTile + lane % 4 / 2 * 64 +
                           thread / kWarp * 16 + lane % 2 * 8 + lane / 4;
    finish_point(job_, i, i < job_.points.points.count, own);
  }

  const ScreenJob& job_;
  const WarpgroupsMemory& shared_;
  Turn stage_, buffer_;
};

__global__ void __launch_bounds__(kBlockThreads, 1)
    first_look_groups(ScreenJob job, WarpgroupsLayout layout) {
  if (!has_wgmma() || !is_due(job.pass)) return;
  const WarpgroupsMemory shared{layout};
  Barriers& barriers = shared.barriers();
  if (threadIdx.x == 0) {
    for (int s = 0; s < layout.stages; ++s) {
      init_barrier(&barriers.full[s], 1);
      init_barrier(&barriers.empty[s], kLeavers);
    }
    for (int b = 0; b < layout.buffers; ++b) {
      init_barrier(&barriers.points_full[b], 1);
      init_barrier(&barriers.points_empty[b], kLeavers);
    }
    fence_barriers();
  }
  __syncthreads();
  if (threadIdx.x < kWarpgroup) {
    give_registers<40>();
    if (threadIdx.x == 0) produce(job, shared);
    return;
  }
  take_registers<232>();
  Consumer consumer(job, shared);
  for (std::int64_t pair = blockIdx.x; pair < block_pairs(job); pair += gridDim.x)
    consumer.take(pair);
}

}  // namespace

bool warpgroups_take(const Device& device, const ScreenPointsView& points) {
  return matrix_units(device).warpgroups &&
         WarpgroupsLayout(points.slabs, device.shared_bytes).stages >= kFewestStages;
}

void first_look_by_warpgroups(const Device& device, const ScreenJob& job) {
  const WarpgroupsLayout layout(job.points.slabs, device.shared_bytes);
  const std::int64_t pairs = (job.points.points.count + 2 * kScreenTile - 1) / (2 * kScreenTile);
  launch(first_look_groups,
         Shape{pairs < device.multiprocessors ? pairs : device.multiprocessors, kBlockThreads,
               layout.bytes},
         job, layout);
}

}  // namespace covey::cuda
