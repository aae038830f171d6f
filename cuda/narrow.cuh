// The narrow Lloyd kernel: d <= 16. A thread holds four points (two where d > 8) in registers and
// passes them by every centroid of every running model; centroids and the sums of moved points are
// in shared memory. One template instance for each number of features that is worth its own.
#pragma once

#include "covey/screen.h"
#include "update.cuh"

namespace covey::cuda {

inline constexpr int kNarrowLargest = 16;
/// Points that a thread holds at once, as many as registers allow.
__host__ __device__ constexpr int points_a_thread(int features) { return features > 8 ? 2 : 4; }
__host__ __device__ constexpr int narrow_tile(int features) {
  return kThreads * points_a_thread(features);
}

/// Floats between centroids in shared memory: a multiple of 16 bytes.
__host__ __device__ constexpr int centroid_step(int features) { return (features + 3) / 4 * 4; }
__host__ __device__ constexpr int sums_step(int d) { return (d + 1) | 1; }

/// A point whose label changed: its place among the warp's points; its clusters, 1 + the old one in
/// the upper half. (Shared memory holds fewer than 2^15 clusters.)
struct Move {
  int point;
  unsigned clusters;
};

/// Where the parts of a block's shared memory begin, in bytes.
struct NarrowLayout {
  std::size_t half, moves, scratch, low, active, bytes;

  __host__ __device__ NarrowLayout(int clusters, int models, int features, int d) {
    const auto count = static_cast<std::size_t>(clusters);
    const std::size_t words = count * static_cast<std::size_t>(sums_step(d));
    half = count * static_cast<std::size_t>(centroid_step(features)) * sizeof(float);
    moves = half + (count + 1) / 2 * 2 * sizeof(float);  // on 8 bytes
    scratch = moves + static_cast<std::size_t>(narrow_tile(features)) * sizeof(Move);
    low = scratch + sizeof(AdvanceScratch);
    active = low + 2 * words * sizeof(std::uint32_t);
    bytes = active + (static_cast<std::size_t>(models) + 1) * sizeof(int);
  }
};

/// A thread's points: coordinate f of point p is x[f][p].
template <int kFeatures>
struct OwnPoints {
  static constexpr int kPoints = points_a_thread(kFeatures);
  float x[kFeatures][kPoints];

  /// Points from i on; beyond the last, zeros.
  __device__ void load(const PointsView& points, std::int64_t i) {
#pragma unroll
    for (int f = 0; f < kFeatures; ++f) {
      const bool there = f < points.d && i < points.count;
      const float* q = points.q + f * points.stride + i;
      if constexpr (kPoints == 4) {
        const float4 four = there ? *reinterpret_cast<const float4*>(q) : make_float4(0, 0, 0, 0);
        x[f][0] = four.x;
        x[f][1] = four.y;
        x[f][2] = four.z;
        x[f][3] = four.w;
      } else {
        const float2 two = there ? *reinterpret_cast<const float2*>(q) : make_float2(0, 0);
        x[f][0] = two.x;
        x[f][1] = two.y;
      }
    }
  }
};

/// Centroids of one model in shared memory.
struct NarrowCentroids {
  const float* q;     ///< centroid_step apart
  const float* half;  ///< half_norm of each
  int k;
};

/// The nearest and the second nearest so far of a thread's points, by scores in float32.
template <int kPoints>
struct TopTwo {
  float best[kPoints], second[kPoints];
  int label[kPoints];
};

template <int kFeatures>
__device__ inline void rank_centroids(const OwnPoints<kFeatures>& points,
                                      const NarrowCentroids& centroids,
                                      TopTwo<points_a_thread(kFeatures)>& top) {
  constexpr int kStep = centroid_step(kFeatures);
  constexpr int kPoints = points_a_thread(kFeatures);
#pragma unroll
  for (int p = 0; p < kPoints; ++p) {
    top.best[p] = top.second[p] = 3.0e38F;
    top.label[p] = 0;
  }
#pragma unroll(kFeatures > 4 ? 1 : 2)
  for (int j = 0; j < centroids.k; ++j) {
    float score[kPoints];
#pragma unroll
    for (int p = 0; p < kPoints; ++p) score[p] = centroids.half[j];
#pragma unroll
    for (int f = 0; f < kStep; f += 4) {
      const float4 four = *reinterpret_cast<const float4*>(centroids.q + j * kStep + f);
      const float c[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
      for (int g = 0; g < 4; ++g) {
        if (f + g >= kFeatures) break;
#pragma unroll
        for (int p = 0; p < kPoints; ++p) score[p] = fmaf(-points.x[f + g][p], c[g], score[p]);
      }
    }
#pragma unroll
    for (int p = 0; p < kPoints; ++p) {
      top.label[p] = score[p] < top.best[p] ? j : top.label[p];
      top.second[p] = fminf(top.second[p], fmaxf(top.best[p], score[p]));
      top.best[p] = fminf(top.best[p], score[p]);
    }
  }
}

/// Cluster of point i by exact distances; the tie rule included.
__device__ inline int nearest_exactly(const PointsView& points, std::int64_t i,
                                      const NarrowCentroids& centroids, int step) {
  int best = 0;
  std::int64_t least = exact_distance(points, i, centroids.q);
  for (int j = 1; j < centroids.k; ++j) {
    const float* c = centroids.q + j * step;
    const std::int64_t distance = exact_distance(points, i, c);
    if (distance < least ||
        (distance == least && wins_tie(c, centroids.q + best * step, points.d, false))) {
      least = distance;
      best = j;
    }
  }
  return best;
}

/// Cluster of point i: by differences where they certify it (they do for points whose distances are
/// small beside their norms), else exactly.
__device__ inline int nearest(const PointsView& points, std::int64_t i,
                              const NarrowCentroids& centroids, int step) {
  float best = 3.0e38F, second = 3.0e38F;
  int label = 0;
  for (int j = 0; j < centroids.k; ++j) {
    float distance = 0;
    for (int f = 0; f < points.d; ++f) {
      const float difference = points.q[f * points.stride + i] - centroids.q[j * step + f];
      distance = fmaf(difference, difference, distance);
    }
    label = distance < best ? j : label;
    second = fminf(second, fmaxf(best, distance));
    best = fminf(best, distance);
  }
  if (second - best > difference_bound(points.d) * second) return label;
  return nearest_exactly(points, i, centroids, step);
}

/// Recomputes the labels that the scores leave open. Returns how many.
template <int kFeatures>
__device__ inline int recheck(const PointsView& view, const OwnPoints<kFeatures>& points,
                              std::int64_t i, const NarrowCentroids& centroids,
                              TopTwo<points_a_thread(kFeatures)>& top) {
  constexpr int kPoints = points_a_thread(kFeatures);
  unsigned open = 0;
#pragma unroll
  for (int p = 0; p < kPoints; ++p) {
    float square = 0;
#pragma unroll
    for (int f = 0; f < kFeatures; ++f) square = fmaf(points.x[f][p], points.x[f][p], square);
    const float bound = product_bound(centroids.half[top.label[p]], square, view.d);
    if (!(top.second[p] - top.best[p] > bound) && i + p < view.count) open |= 1U << p;
  }
  const int count = __popc(open);
  while (open != 0) {
    const int p = __ffs(static_cast<int>(open)) - 1;
    open &= open - 1;
    const int label = nearest(view, i + p, centroids, centroid_step(kFeatures));
#pragma unroll
    for (int slot = 0; slot < kPoints; ++slot)
      if (slot == p) top.label[slot] = label;
  }
  return count;
}

/// Moves the warp's points whose label changed between the sums of the model's clusters. They are
/// few but in the first pass, so they are listed first and then shared out by coordinate. All lanes
/// call; `list` has room for all points of the warp.
template <int kPoints>
__device__ inline void move_points(const LloydView& view, std::int64_t i, const DeviceModel& model,
                                   const int (&before)[kPoints], const TopTwo<kPoints>& top,
                                   const SharedSums& sums, Move* list) {
  const PointsView& points = view.points;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  int found = 0;
  bool any = false;
#pragma unroll
  for (int p = 0; p < kPoints; ++p) {
    const bool moved = top.label[p] != before[p] && i + p < points.count;
    const unsigned lanes = __ballot_sync(kAllLanes, moved);
    if (moved)
      list[found + __popc(lanes & ((1U << lane) - 1))] = {
          lane * kPoints + p,
          (static_cast<unsigned>(before[p] + 1) << 16) | static_cast<unsigned>(top.label[p])};
    found += __popc(lanes);
    any = any || moved;
  }
  if (found == 0) return;
  if (any && view.keep_labels) store_labels(model, i, top.label);
  __syncwarp();
  const std::int64_t first = i - lane * kPoints;
  for (int e = lane; e < found * (points.d + 1); e += kWarp) {
    const Move move = list[e / (points.d + 1)];
    const int f = e % (points.d + 1);
    const std::int64_t at = first + move.point;
    const std::int64_t m = points.multiplicity == nullptr ? 1 : points.multiplicity[at];
    const std::int64_t value =
        f == points.d ? m : m * static_cast<int>(points.q[f * points.stride + at]);
    const int from = static_cast<int>(move.clusters >> 16) - 1;
    sums.add(model.first + static_cast<int>(move.clusters & 0xFFFF), f, value);
    if (from >= 0) sums.add(model.first + from, f, -value);
  }
  __syncwarp();  // the list may be written again
}

/// First of this thread's points in an item of work.
template <int kFeatures>
__device__ inline std::int64_t first_point(int item, int groups) {
  return static_cast<std::int64_t>(item / groups) * narrow_tile(kFeatures) +
         threadIdx.x * points_a_thread(kFeatures);
}

template <int kFeatures>
__device__ inline void narrow_pass(const LloydView& view, const float* q, const float* half,
                                   const SharedSums& sums, const ActiveModels& active, Move* list) {
  constexpr int kStep = centroid_step(kFeatures);
  constexpr bool kAhead = kFeatures <= 4;
  constexpr int kPoints = points_a_thread(kFeatures);
  const int running = active.count();
  const auto tiles =
      static_cast<int>((view.points.count + narrow_tile(kFeatures) - 1) / narrow_tile(kFeatures));
  const auto blocks = static_cast<int>(gridDim.x);
  // Where points alone do not fill the device, its blocks share out the models too.
  const int spare = (blocks + tiles - 1) / tiles;
  const int groups = spare < running ? spare : running;
  const int items = tiles * groups;
  int rechecked = 0;
  OwnPoints<kFeatures> points, ahead;
  if (kAhead)
    points.load(view.points, first_point<kFeatures>(static_cast<int>(blockIdx.x), groups));
  for (int item = static_cast<int>(blockIdx.x); item < items; item += blocks) {
    const std::int64_t i = first_point<kFeatures>(item, groups);
    // The next points are on their way while these are ranked, where registers allow it.
    if (!kAhead)
      points.load(view.points, i);
    else if (item + blocks < items)
      ahead.load(view.points, first_point<kFeatures>(item + blocks, groups));
    const bool in_reach = i - threadIdx.x % kWarp * kPoints < view.points.count;  // of the warp
    for (int a = item % groups; in_reach && a < running; a += groups) {
      DeviceModel model = view.models[active[a]];
      model.label += view.first_label * model.label_bytes;
      const NarrowCentroids centroids{q + model.first * kStep, half + model.first, model.k};
      int before[kPoints];
      if (view.keep_labels) {
        load_labels(model, i, before);
      } else {
#pragma unroll
        for (int p = 0; p < kPoints; ++p) before[p] = -1;
      }
      TopTwo<kPoints> top;
      rank_centroids<kFeatures>(points, centroids, top);
      if (view.certify && model.k > 1)
        rechecked += recheck<kFeatures>(view.points, points, i, centroids, top);
      move_points(view, i, model, before, top, sums, list);
    }
    if (kAhead) points = ahead;
  }
  add_block_sum(rechecked, view.rechecked);
}

template <int kFeatures>
__global__ void __launch_bounds__(kThreads, 2) lloyd_narrow(LloydView view) {
  constexpr int kStep = centroid_step(kFeatures);
  const int d = view.points.d;
  const NarrowLayout layout(view.clusters, view.model_count, kFeatures, d);
  unsigned char* shared = shared_memory();
  auto* q = reinterpret_cast<float*>(shared);
  auto* half = reinterpret_cast<float*>(shared + layout.half);
  auto& scratch = *reinterpret_cast<AdvanceScratch*>(shared + layout.scratch);
  constexpr int kOfWarp = kWarp * points_a_thread(kFeatures);
  Move* list = reinterpret_cast<Move*>(shared + layout.moves) + threadIdx.x / kWarp * kOfWarp;
  const SharedSums sums{reinterpret_cast<std::uint32_t*>(shared + layout.low),
                        view.clusters * sums_step(d), sums_step(d)};
  const ActiveModels active{reinterpret_cast<int*>(shared + layout.active)};

  for (int pass = 0; pass < view.passes; ++pass) {
    active.find(view);
    if (active.count() == 0) return;  // of all blocks alike
    sums.clear(view.clusters);
    for (int e = static_cast<int>(threadIdx.x); e < view.clusters * kStep; e += kThreads) {
      const int f = e % kStep;
      q[e] = f < d ? static_cast<float>(view.centroids[e / kStep * d + f]) : 0.0F;
    }
    for (int j = static_cast<int>(threadIdx.x); j < view.clusters; j += kThreads)
      half[j] = half_norm(square_of(view.centroids + j * d, d), d);
    __syncthreads();
    narrow_pass<kFeatures>(view, q, half, sums, active, list);
    __syncthreads();
    sums.flush(view.sums, view.clusters, d);
    if (!view.advance) return;
    cooperative_groups::this_grid().sync();
    advance_models(view, false, scratch);
    cooperative_groups::this_grid().sync();
  }
}

/// Launches the instance; defined in the files that instantiate it.
template <int kFeatures>
void launch_narrow_instance(const Device& device, const LloydView& view) {
  const NarrowLayout layout(view.clusters, view.model_count, kFeatures, view.points.d);
  const std::int64_t tiles =
      (view.points.count + narrow_tile(kFeatures) - 1) / narrow_tile(kFeatures);
  launch(lloyd_narrow<kFeatures>,
         cooperative_shape(device, lloyd_narrow<kFeatures>, kThreads, layout.bytes,
                           tiles * view.model_count),
         view);
}

extern template void launch_narrow_instance<1>(const Device&, const LloydView&);
extern template void launch_narrow_instance<2>(const Device&, const LloydView&);
extern template void launch_narrow_instance<4>(const Device&, const LloydView&);
extern template void launch_narrow_instance<6>(const Device&, const LloydView&);
extern template void launch_narrow_instance<8>(const Device&, const LloydView&);
extern template void launch_narrow_instance<12>(const Device&, const LloydView&);
extern template void launch_narrow_instance<16>(const Device&, const LloydView&);

}  // namespace covey::cuda
