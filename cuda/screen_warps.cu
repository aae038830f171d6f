// Products of halves by warps: the first look of devices without warpgroups and at lists of points,
// and the second look, which also decides. A block of 8 warps takes 128 points and goes through the
// centroids 128 at a time, 64 features at a time; a warp has 32 x 64 of the scores. Copies of the
// next slabs run beside the products. No n x k matrix is written.
#include <algorithm>

#include "distance.cuh"
#include "screen.cuh"

namespace covey::cuda {
namespace {

constexpr int kWarpsDown = 4, kWarpsAcross = 2;
constexpr int kWarpPoints = kScreenTile / kWarpsDown;
constexpr int kWarpCentroids = kScreenTile / kWarpsAcross;
constexpr int kRowBlocks = kWarpPoints / 16;       // of a product's 16 rows
constexpr int kColumnBlocks = kWarpCentroids / 8;  // of its 8 columns
constexpr int kOwnRows = 2 * kRowBlocks;           // a thread has rows g and g + 8 of each block
constexpr int kStages = 2;
constexpr int kCopiedRows = kThreads / kScreenPieces;  // at a time
constexpr int kCandidates = 8;  // of an open point; with more, all centroids are looked at

/// A block's shared memory: slabs as in ScreenPointsView.
struct WarpsShared {
  uint4 points[kStages][kSlabPieces];
  uint4 centroids[kStages][kSlabPieces];
  float half[kStages][kScreenTile];
  std::int64_t row[kScreenTile];  ///< of the points, ScreenPointsView::row
  union {
    RowOutcome outcome[kWarpsAcross][kScreenTile];
    struct {
      int count[kScreenTile];
      int candidate[kScreenTile][kCandidates];
    } found;
  };
};

/// Products of a warp: of row block m and column block n, as mma_16x8x16 has them.
using WarpSums = float[kRowBlocks][kColumnBlocks][4];

/// Where a thread stands.
struct Seat {
  int thread = static_cast<int>(threadIdx.x);
  int lane = thread % kWarp;
  int row = thread / kWarp % kWarpsDown * kWarpPoints;  ///< first of the warp's points
  int column = thread / kWarp / kWarpsDown * kWarpCentroids;

  /// The thread's row r of 0 to kOwnRows - 1, among the tile's.
  __device__ int own_row(int r) const { return row + r / 2 * 16 + r % 2 * 8 + lane / 4; }
};

/// Where a slab of points stands at a step: up to kStages slabs stay from the first tile of
/// centroids on.
__device__ inline int points_stage(const ScreenJob& job, int slab, int step) {
  return job.points.slabs <= kStages ? slab : step % kStages;
}

/// Starts the copies of a step: a slab of the points that shared.row names and of a tile of
/// centroids.
__device__ inline void start_copies(const ScreenJob& job, int tile, int slab, int step,
                                    WarpsShared& shared) {
  const auto thread = static_cast<int>(threadIdx.x);
  if (tile == 0 || job.points.slabs > kStages) {
    const auto* points =
        reinterpret_cast<const uint4*>(job.points.high) + std::int64_t{slab} * kSlabPieces;
    uint4* to = shared.points[points_stage(job, slab, step)];
    const int place = thread % kScreenPieces;
#pragma unroll
    for (int row = thread / kScreenPieces; row < kScreenTile; row += kCopiedRows) {
      const std::int64_t from = shared.row[row];
      copy_16_async(to + row * kScreenPieces + (place ^ (row % 8)),
                    points + from * kScreenPieces + (place ^ static_cast<int>(from % 8)));
    }
  }
  const int stage = step % kStages;
  const uint4* centroids = reinterpret_cast<const uint4*>(job.tile) +
                           (std::int64_t{tile} * job.points.slabs + slab) * kSlabPieces;
#pragma unroll
  for (int piece = thread; piece < kSlabPieces; piece += kThreads)
    copy_16_async(shared.centroids[stage] + piece, centroids + piece);
  if (slab == job.points.slabs - 1 && thread < kScreenTile / 4)
    copy_16_async(shared.half[stage] + 4 * thread, job.half + tile * kScreenTile + 4 * thread);
}

/// Adds the products of a slab. Matrices are loaded four at a time: lanes 8 i to 8 i + 7 give the
/// rows of matrix i.
__device__ inline void add_slab(const Seat& seat, const uint4* points, const uint4* centroids,
                                WarpSums& sums) {
  const int turn = seat.lane % 8, matrix = seat.lane / 8;
  const uint4* point_row = points + (seat.row + matrix % 2 * 8 + turn) * kScreenPieces;
  const uint4* centroid_row = centroids + (seat.column + matrix / 2 * 8 + turn) * kScreenPieces;
#pragma unroll
  for (int piece = 0; piece < kScreenPieces; piece += 2) {
    std::uint32_t a[kRowBlocks][4];
#pragma unroll
    for (int m = 0; m < kRowBlocks; ++m)
      load_matrix_x4(a[m], point_row + m * 16 * kScreenPieces + ((piece + matrix / 2) ^ turn));
#pragma unroll
    for (int n = 0; n < kColumnBlocks; n += 2) {
      std::uint32_t b[4];
      load_matrix_x4(b, centroid_row + n * 8 * kScreenPieces + ((piece + matrix % 2) ^ turn));
#pragma unroll
      for (int m = 0; m < kRowBlocks; ++m) {
        mma_16x8x16(sums[m][n], a[m], {b[0], b[1]});
        mma_16x8x16(sums[m][n + 1], a[m], {b[2], b[3]});
      }
    }
  }
}

/// Hands every score of the tile to `look(r, column, score)`, r the thread's row, and clears the
/// sums.
template <class Look>
__device__ inline void for_scores(const Seat& seat, const float* half, WarpSums& sums, Look look) {
#pragma unroll
  for (int n = 0; n < kColumnBlocks; ++n) {
    const float2 halves =
        *reinterpret_cast<const float2*>(half + seat.column + n * 8 + seat.lane % 4 * 2);
#pragma unroll
    for (int r = 0; r < kOwnRows; ++r) {
      float(&sum)[4] = sums[r / 2][n];
      look(r, 2 * n, halves.x - sum[r % 2 * 2]);
      look(r, 2 * n + 1, halves.y - sum[r % 2 * 2 + 1]);
      sum[r % 2 * 2] = sum[r % 2 * 2 + 1] = 0;
    }
  }
}

/// All scores of a tile of points, whose row r is point(r): look(r, tag, score, tile) by the thread
/// that has them, after_tile(tile) when those of a tile are done. All threads call.
template <class Point, class Look, class AfterTile>
__device__ inline void for_all_centroids(const ScreenJob& job, const Seat& seat,
                                         WarpsShared& shared, Point point, Look look,
                                         AfterTile after_tile) {
  const int slabs = job.points.slabs;
  WarpSums sums = {};
  __syncthreads();  // shared memory is free
  for (int row = seat.thread; row < kScreenTile; row += kThreads)
    shared.row[row] = job.points.row(point(row), 0);
  __syncthreads();
  start_copies(job, 0, 0, 0, shared);
  commit_copies();
  int step = 0;
#pragma unroll 1
  for (int tile = 0; tile < job.tiles; ++tile) {
#pragma unroll 1
    for (int slab = 0; slab < slabs; ++slab, ++step) {
      wait_copies<0>();
      __syncthreads();  // the step is here, and every warp has left the one before
      const bool ends = slab == slabs - 1;
      if (!ends || tile < job.tiles - 1)
        start_copies(job, ends ? tile + 1 : tile, ends ? 0 : slab + 1, step + 1, shared);
      commit_copies();
      add_slab(seat, shared.points[points_stage(job, slab, step)], shared.centroids[step % kStages],
               sums);
    }
    for_scores(seat, shared.half[(step - 1) % kStages], sums,
               [&](int r, int tag, float score) { look(r, tag, score, tile); });
    after_tile(tile);
  }
}

__global__ void __launch_bounds__(kThreads, 2) first_look(ScreenJob job) {
  if (!is_due(job.pass)) return;
  auto& shared = *reinterpret_cast<WarpsShared*>(shared_memory());
  const Seat seat;
  const std::int64_t count = job.point_count();
  for (std::int64_t begin = static_cast<std::int64_t>(blockIdx.x) * kScreenTile; begin < count;
       begin += static_cast<std::int64_t>(gridDim.x) * kScreenTile) {
    const auto point = [&](int row) {
      const std::int64_t at = begin + row;
      if (job.pass.list == nullptr) return at;  // rows beyond the end are there, and zero
      return static_cast<std::int64_t>(job.pass.list[at < count ? at : begin]);
    };
    RankedRow rows[kOwnRows];
    float before[kOwnRows];
#pragma unroll
    for (int r = 0; r < kOwnRows; ++r) before[r] = INFINITY;
    for_all_centroids(
        job, seat, shared, point,
        [&](int r, int tag, float score, int) { rows[r].add(score, tag, job.mask); },
        [&](int tile) {
#pragma unroll
          for (int r = 0; r < kOwnRows; ++r) {
            if (rows[r].best != before[r]) rows[r].tile = tile;
            before[r] = rows[r].best;
          }
        });
#pragma unroll
    for (int r = 0; r < kOwnRows; ++r) {
      const RowOutcome outcome = joined(rows[r], seat.column);
      if (seat.lane % 4 == 0)
        shared.outcome[seat.column / kWarpCentroids][seat.own_row(r)] = outcome;
    }
    __syncthreads();
    if (seat.thread < kScreenTile) {
      RowOutcome outcome = shared.outcome[0][seat.thread];
      outcome.merge(shared.outcome[1][seat.thread]);
      finish_point(job, point(seat.thread), begin + seat.thread < count, outcome);
    }
  }
}

/// Exact squared distance of point i to a centroid; all lanes of a warp call and get it.
__device__ inline std::int64_t warp_distance(const ScreenPointsView& points, std::int64_t i,
                                             const std::int32_t* centroid) {
  std::int64_t sum = 0;
  for (int f = static_cast<int>(threadIdx.x) % kWarp; f < points.points.d; f += kWarp) {
    const std::int64_t place = points.place(i, f);
    const std::int64_t difference =
        points.origin[f] + grid_of_half(points.high[place]) + points.low[place] - centroid[f];
    sum += difference * difference;
  }
  return warp_sum(sum);
}

/// Adds up the distances that decide open points: of row t by thread t, for `rows` rows. Whole
/// warps call.
__device__ inline void count_compared(const ScreenJob& job, std::int64_t rows, const int* found) {
  const auto row = static_cast<int>(threadIdx.x);
  if (job.pass.compared == nullptr || row >= kScreenTile) return;
  const int count = row < rows ? found[row] : 0;
  add_block_sum(count > kCandidates ? job.pass.k : count, job.pass.compared);
}

/// The label of an open point by step 4 of the contract: by a warp, among `count` candidates, or
/// among all centroids where those did not fit.
__device__ inline void decide(const ScreenJob& job, std::int64_t i, int count,
                              const int* candidates) {
  const int d = job.points.points.d;
  const bool all = count > kCandidates;
  int nearest = all ? 0 : candidates[0];
  if (count > 1) {
    std::int64_t least =
        warp_distance(job.points, i, job.pass.centroids + static_cast<std::int64_t>(nearest) * d);
    const int last = all ? job.pass.k : count;
    for (int c = 1; c < last; ++c) {
      const int j = all ? c : candidates[c];
      const std::int32_t* row = job.pass.centroids + static_cast<std::int64_t>(j) * d;
      const std::int64_t distance = warp_distance(job.points, i, row);
      if (distance < least ||
          (distance == least &&
           wins_tie(row, job.pass.centroids + static_cast<std::int64_t>(nearest) * d, d,
                    j < nearest))) {
        least = distance;
        nearest = j;
      }
    }
  }
  if (threadIdx.x % kWarp == 0) job.pass.label[i] = nearest;
}

__global__ void __launch_bounds__(kThreads, 2) look_again(ScreenJob job) {
  if (!is_due(job.pass)) return;
  auto& shared = *reinterpret_cast<WarpsShared*>(shared_memory());
  const Seat seat;
  const std::int64_t count = *job.open_count;
  if (blockIdx.x == 0 && seat.thread == 0) atomic_add(job.pass.rechecked, count);
  for (std::int64_t begin = static_cast<std::int64_t>(blockIdx.x) * kScreenTile; begin < count;
       begin += static_cast<std::int64_t>(gridDim.x) * kScreenTile) {
    const auto entry = [&](int row) { return begin + row < count ? begin + row : begin; };
    float threshold[kOwnRows];
#pragma unroll
    for (int r = 0; r < kOwnRows; ++r) threshold[r] = job.threshold[entry(seat.own_row(r))];
    __syncthreads();  // the rows before are decided
    for (int row = seat.thread; row < kScreenTile; row += kThreads) shared.found.count[row] = 0;
    for_all_centroids(
        job, seat, shared, [&](int row) { return static_cast<std::int64_t>(job.open[entry(row)]); },
        [&](int r, int tag, float score, int tile) {
          if (score > threshold[r]) return;
          const int row = seat.own_row(r);
          const int at = atomicAdd(&shared.found.count[row], 1);
          if (at < kCandidates)
            shared.found.candidate[row][at] =
                tile * kScreenTile + seat.column + tag / 2 * 8 + seat.lane % 4 * 2 + tag % 2;
        },
        [](int) {});
    __syncthreads();
    count_compared(job, count - begin, shared.found.count);
    for (int row = seat.thread / kWarp; row < kScreenTile && begin + row < count;
         row += kThreads / kWarp)
      decide(job, job.open[begin + row], shared.found.count[row], shared.found.candidate[row]);
  }
}

/// Two blocks a multiprocessor, if there is that much to do.
Shape warps_shape(const Device& device, std::int64_t points) {
  const std::int64_t tiles = (points + kScreenTile - 1) / kScreenTile;
  return {std::clamp(tiles, std::int64_t{1}, std::int64_t{2} * device.multiprocessors), kThreads,
          sizeof(WarpsShared)};
}

}  // namespace

std::size_t warps_shared_bytes() { return sizeof(WarpsShared); }

void first_look_by_warps(const Device& device, const ScreenJob& job) {
  launch(first_look, warps_shape(device, job.points.points.count), job);
}

void second_look(const Device& device, const ScreenJob& job) {
  launch(look_again, warps_shape(device, job.points.points.count), job);
}

}  // namespace covey::cuda
