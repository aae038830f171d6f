// Products of halves by warpgroups (compute capability 9.0): the first look at all points. Two
// warpgroups of a block make two products at a time each, 64 points by 128 centroids, 64 features
// after 64; one thread of a third warpgroup keeps copies under way. While one product of a
// warpgroup is made it ranks the scores of the other.
#include "screen_stages.cuh"

namespace covey::cuda {
namespace {

/// Starts the products of a slab: 64 rows of points, a tile of centroids.
__device__ inline void multiply_slab(float (&sums)[64], const unsigned char* points,
                                     const unsigned char* centroids, bool add) {
  constexpr int kFeatures = 16, kStep = kFeatures * 2 / 16;  // of a descriptor's address
  const std::uint64_t a = matrix_descriptor(points), b = matrix_descriptor(centroids);
#pragma unroll
  for (int f = 0; f < kScreenSlab / kFeatures; ++f)
    wgmma_64x128x16(sums, a + f * kStep, b + f * kStep, add || f > 0);
}

/// The half of a thread's columns of a tile.
struct Halves {
  float2 of[kScreenTile / 8];

  __device__ explicit Halves(const float* half) {
    const float* own = half + static_cast<int>(threadIdx.x) % 4 * 2;
#pragma unroll
    for (int n = 0; n < kScreenTile / 8; ++n) of[n] = *reinterpret_cast<const float2*>(own + n * 8);
  }
};

/// Ranks a tile's scores of the thread's two rows.
__device__ inline void rank_scores(const float (&sums)[64], const Halves& half, std::uint32_t mask,
                                   int tile, RankedRow& upper, RankedRow& lower) {
  const float best_upper = upper.best, best_lower = lower.best;
#pragma unroll
  for (int n = 0; n < kScreenTile / 8; ++n) {
    upper.add(half.of[n].x - sums[4 * n], 2 * n, mask);
    upper.add(half.of[n].y - sums[4 * n + 1], 2 * n + 1, mask);
    lower.add(half.of[n].x - sums[4 * n + 2], 2 * n, mask);
    lower.add(half.of[n].y - sums[4 * n + 3], 2 * n + 1, mask);
  }
  if (upper.best != best_upper) upper.tile = tile;
  if (lower.best != best_lower) lower.tile = tile;
}

__device__ inline void leave(CopyBarrier* barrier) {
  __syncwarp();
  if (threadIdx.x % kWarp == 0) arrive(barrier);
}

/// A warpgroup's part of a round.
template <bool kStay>
class Consumer {
 public:
  __device__ Consumer(const ScreenJob& job, const WarpgroupsMemory<kStay>& shared)
      : job_(job), shared_(shared), group_(own_group()), turn_(group_ == 0 ? 1 : 0) {}

  __device__ void run() {
    for (std::int64_t round = blockIdx.x; round < Own::rounds(job_); round += gridDim.x) {
      RankedRow rows[Own::kRows];
      rank_round(rows);
      finish(round, rows);
    }
  }

 private:
  using Own = Plan<kStay>;

  /// By a shuffle, so that the compiler knows it to be the same in a warp, and what comes of it.
  __device__ static int own_group() {
    return __shfl_sync(kAllLanes, static_cast<int>(threadIdx.x) / kWarpgroup - 1, 0);
  }

  /// The warpgroup's points of a slab.
  __device__ const unsigned char* own_points(int slab, int stage) const {
    return shared_.points(buffer_.at, job_.points.slabs, slab, stage) +
           group_ * Own::kPointTiles * kProductBytes;
  }
  /// Starts one of the two products of a slab: the second has other points where they stay, else
  /// other centroids.
  __device__ void start(float (&sums)[64], int product, int slab, int stage) const {
    multiply_slab(sums, own_points(slab, stage) + (kStay ? product * kProductBytes : 0),
                  shared_.centroids(stage) + (kStay ? 0 : product * kSlabBytes), slab > 0);
  }

  /// Where points stay, warpgroups start the products of a tile in turn: while those of one are
  /// made the other ranks its scores. Left alone they would do the same at the same time.
  __device__ void take_turn() {
    if (!kStay) return;
    wait_barrier(&shared_.barriers().turn[group_], turn_);
    turn_ ^= 1;
  }
  __device__ void pass_turn() const {
    if (kStay) leave(&shared_.barriers().turn[1 - group_]);
  }

  /// The products of a step; all slabs but the last here, and their stages are left. While the
  /// second product's last slab is made, the first one's scores are ranked: what is read while
  /// another product runs must have been waited for in straight code, or the compiler makes one
  /// product at a time.
  __device__ void rank_step(int step, RankedRow (&rows)[Own::kRows]) {
    Barriers& barriers = shared_.barriers();
    const int stages = shared_.layout.stages, last = job_.points.slabs - 1;
    float first[64], second[64];  // set by the first slab's products
    int before = -1;              // the stage of the slab before
    take_turn();
#pragma unroll 1
    for (int slab = 0; slab < last; ++slab) {
      const int at = stage_.at;
      wait_barrier(&barriers.full[at], stage_.parity);
      wgmma_fence();
      start(first, 0, slab, at);
      start(second, 1, slab, at);
      wgmma_commit();
      wgmma_wait<1>();
      if (before >= 0) leave(&barriers.empty[before]);
      before = at;
      stage_.advance(stages);
    }
    const int at = stage_.at;
    wait_barrier(&barriers.full[at], stage_.parity);
    stage_.advance(stages);
    wgmma_fence();
    start(first, 0, last, at);
    wgmma_commit();
    start(second, 1, last, at);
    wgmma_commit();
    pass_turn();
    const float* half = shared_.half(at);
    const int tile = step * Own::kCentroidTiles;
    const Halves of_first(half);
    wgmma_wait<1>(first);
    if (before >= 0) leave(&barriers.empty[before]);
    rank_scores(first, of_first, job_.mask, tile, rows[0], rows[1]);
    make_now(rows[0].second, rows[1].second, &barriers);
    const Halves of_second = kStay ? of_first : Halves(half + kScreenTile);
    wgmma_wait<0>(second);
    leave(&barriers.empty[at]);
    rank_scores(second, of_second, job_.mask, kStay ? tile : tile + 1, rows[Own::kRows - 2],
                rows[Own::kRows - 1]);
  }

  __device__ void rank_round(RankedRow (&rows)[Own::kRows]) {
    Barriers& barriers = shared_.barriers();
    if (kStay) wait_barrier(&barriers.points_full[buffer_.at], buffer_.parity);
#pragma unroll 1
    for (int step = 0; step < Own::steps(job_); ++step) rank_step(step, rows);
    if (kStay) {
      leave(&barriers.points_empty[buffer_.at]);
      buffer_.advance(shared_.layout.buffers);
    }
  }

  /// Lane t of each four that share rows finishes row t.
  __device__ void finish(std::int64_t round, const RankedRow (&rows)[Own::kRows]) const {
    const int thread = static_cast<int>(threadIdx.x) % kWarpgroup, lane = thread % kWarp;
    const int own = lane % 4;
    RowOutcome outcome{};
#pragma unroll
    for (int r = 0; r < Own::kRows; ++r) {
      const RowOutcome of_row = joined(rows[r], 0);
      if (own == r) outcome = of_row;
    }
    const std::int64_t i = (round * kConsumers + group_) * Own::kPointTiles * (kScreenTile / 2) +
                           own / 2 * 64 + thread / kWarp * 16 + own % 2 * 8 + lane / 4;
    finish_point(job_, i, own < Own::kRows && i < job_.points.points.count, outcome);
  }

  const ScreenJob& job_;
  const WarpgroupsMemory<kStay>& shared_;
  int group_;
  unsigned turn_;
  Turn stage_, buffer_;
};

__device__ inline void init_barriers(const WarpgroupsLayout& layout, Barriers& barriers) {
  for (int s = 0; s < layout.stages; ++s) {
    init_barrier(&barriers.full[s], 1);
    init_barrier(&barriers.empty[s], kLeavers);
  }
  for (int b = 0; b < layout.buffers; ++b) {
    init_barrier(&barriers.points_full[b], 1);
    init_barrier(&barriers.points_empty[b], kLeavers);
  }
  for (CopyBarrier& turn : barriers.turn) init_barrier(&turn, kWarpgroup / kWarp);
  fence_barriers();
}

template <bool kStay>
__global__ void __launch_bounds__(kBlockThreads, 1)
    first_look_groups(ScreenJob job, WarpgroupsLayout layout) {
  if (!has_wgmma() || !is_due(job.pass)) return;
  const WarpgroupsMemory<kStay> shared{layout};
  if (threadIdx.x == 0) init_barriers(layout, shared.barriers());
  __syncthreads();
  if (threadIdx.x < kWarpgroup) {
    give_registers<40>();
    if (threadIdx.x == 0) Producer<kStay>(job, shared).run();
    return;
  }
  take_registers<232>();
  Consumer<kStay>(job, shared).run();
}

}  // namespace

bool warpgroups_take(const Device& device, const ScreenPointsView& points) {
  return matrix_units(device).warpgroups &&
         WarpgroupsLayout(points.slabs, device.shared_bytes).stages >= kFewestStages;
}

void first_look_by_warpgroups(const Device& device, const ScreenJob& job) {
  const WarpgroupsLayout layout(job.points.slabs, device.shared_bytes);
  const std::int64_t rounds =
      layout.points_stay ? Plan<true>::rounds(job) : Plan<false>::rounds(job);
  launch(layout.points_stay ? first_look_groups<true> : first_look_groups<false>,
         Shape{rounds < device.multiprocessors ? rounds : device.multiprocessors, kBlockThreads,
               layout.bytes},
         job, layout);
}

}  // namespace covey::cuda
