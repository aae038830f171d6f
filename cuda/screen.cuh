// What the kernels of a labelling by matrix units share: the job, the ranking of scores, what
// becomes of a point after the first look. Scores are half - x'.c' (covey/half_screen.h).
#pragma once

#include <covey_matrix.h>

#include "covey/half_screen.h"
#include "kernel.h"
#include "launch.h"
#include "screen.h"

namespace covey::cuda {

/// Of a tile of points or centroids, one slab.
inline constexpr int kSlabPieces = kScreenTile * kScreenPieces;
inline constexpr int kSlabBytes = kSlabPieces * 16;

inline int slabs_of(int d) { return (d + kScreenSlab - 1) / kScreenSlab; }

/// One pass, with the centroids as they were prepared for it.
struct ScreenJob {
  ScreenPointsView points;
  ScreenPass pass;
  int tiles = 0;  ///< of centroids
  /// The bits of a score that its tag leaves. Not a constant, because an instruction takes one
  /// constant only, and that is the tag.
  std::uint32_t mask = ~((1U << kHalfTagBits) - 1);
  const std::uint16_t* tile = nullptr;           ///< their halves, laid out as the points'
  const float *half = nullptr, *back = nullptr;  ///< HalfCentroid, filled up to whole tiles
  std::uint32_t* open = nullptr;                 ///< points that the first look leaves open
  float* threshold = nullptr;                    ///< of those
  std::uint32_t* open_count = nullptr;

  __device__ std::int64_t point_count() const {
    return pass.list == nullptr ? points.points.count : static_cast<std::int64_t>(*pass.list_count);
  }
};

/// Whether the pass is to be made. The same in all threads.
__device__ inline bool is_due(const ScreenPass& pass) {
  if (pass.choice != nullptr && *pass.choice != pass.chosen) return false;
  return pass.model == nullptr || is_active(pass.model->phase);
}

/// The best two scores of a row so far. The best one's low bits tell its column; `tile`: of its
/// centroid.
struct RankedRow {
  float best = INFINITY, second = INFINITY;
  int tile = 0;

  /// `mask`: ScreenJob::mask. The larger of two is their sum less the smaller one: minimum, maximum
  /// and logic share units that do 16 lanes a cycle, sums have others, which would be idle. What
  /// that rounds is in HalfBound::kOfScore.
  __device__ void add(float score, int tag, std::uint32_t mask) {
    const float tagged =
        __uint_as_float((__float_as_uint(score) & mask) | static_cast<std::uint32_t>(tag));
    const float both = best + tagged;
    best = fminf(best, tagged);
    second = fminf(second, both - best);
  }
  __device__ int tag() const {
    return static_cast<int>(__float_as_uint(best) & ((1U << kHalfTagBits) - 1));
  }
};

/// The best two of a row, and the best one's centroid.
struct RowOutcome {
  float best, second;
  int label;

  __device__ void merge(const RowOutcome& other) {
    second = fminf(fminf(second, other.second), fmaxf(best, other.best));
    label = other.best < best ? other.label : label;
    best = fminf(best, other.best);
  }
};

/// A row that four lanes side by side share, as fragments of products do: lane t has columns
/// 8 b + 2 t and the next of each block b of 8; its tags count those. `first`: the centroid of
/// column 0. All lanes call, and get the same.
__device__ inline RowOutcome joined(const RankedRow& row, int first) {
  const auto lane = static_cast<int>(threadIdx.x) % kWarp;
  const int tag = row.tag();
  RowOutcome outcome{row.best, row.second,
                     first + row.tile * kScreenTile + tag / 2 * 8 + lane % 4 * 2 + tag % 2};
#pragma unroll
  for (int lanes = 1; lanes <= 2; lanes *= 2)
    outcome.merge({__shfl_xor_sync(kAllLanes, outcome.best, lanes),
                   __shfl_xor_sync(kAllLanes, outcome.second, lanes),
                   __shfl_xor_sync(kAllLanes, outcome.label, lanes)});
  return outcome;
}

/// After the first look at point i: its label, and its place on the open list where the bound does
/// not certify that. Whole warps call; `is_point`: not a row beyond the end.
__device__ inline void finish_point(const ScreenJob& job, std::int64_t i, bool is_point,
                                    const RowOutcome& row) {
  bool open = false;
  float threshold = 0;
  if (is_point) {
    const float allowance = job.points.allowance[i], back = job.back[row.label];
    const float need = half_need(allowance, back);
    open = job.pass.certify && !(row.second - row.best > need);
    threshold = half_threshold(row.best, need);
    job.pass.label[i] = row.label;
    if (job.pass.slack != nullptr)
      job.pass.slack[i] = half_slack(row.best, row.second, allowance, back, job.points.square[i]);
  }
  const unsigned lanes = __ballot_sync(kAllLanes, open);
  if (lanes == 0) return;
  const unsigned lane = threadIdx.x % kWarp;
  std::uint32_t first = 0;
  if (lane == 0) first = atomicAdd(job.open_count, static_cast<std::uint32_t>(__popc(lanes)));
  first = __shfl_sync(kAllLanes, first, 0);
  if (!open) return;
  const std::uint32_t at = first + static_cast<std::uint32_t>(__popc(lanes & ((1U << lane) - 1)));
  job.open[at] = static_cast<std::uint32_t>(i);
  job.threshold[at] = threshold;
}

/// What the device's matrix units can do, asked once.
const MatrixUnits& matrix_units(const Device& device);

// The first look's two kernels.

/// Shared memory of a block of warps, without which there is no screen.
std::size_t warps_shared_bytes();
/// By warps (mma.sync): any device, all points or a list.
void first_look_by_warps(const Device& device, const ScreenJob& job);
/// By warpgroups (wgmma): compute capability 9.0, all points.
bool warpgroups_take(const Device& device, const ScreenPointsView& points);
void first_look_by_warpgroups(const Device& device, const ScreenJob& job);
/// Decides what the first look left open.
void second_look(const Device& device, const ScreenJob& job);

}  // namespace covey::cuda
