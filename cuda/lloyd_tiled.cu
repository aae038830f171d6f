// The tiled Lloyd kernel: any d and k. A block takes 128 points and goes through the centroids 64
// at a time, 16 features at a time, as a matrix product does; a thread keeps 8 points x 4
// distances, and the nearest two so far of its 8 points, in registers. No n x k matrix is written.
#include "covey/screen.h"
#include "update.cuh"

namespace covey::cuda {
namespace {

constexpr int kTilePoints = 128;
constexpr int kTileCentroids = 64;
constexpr int kTileFeatures = 16;
constexpr int kOwnPoints = 8;
constexpr int kOwnCentroids = 4;
/// Threads that share 8 points: they stand side by side in a warp.
constexpr int kSharers = kTileCentroids / kOwnCentroids;
/// Floats between features of the centroid tile: off a multiple of the banks, on 16 bytes.
constexpr int kCentroidStep = kTileCentroids + 4;

/// A block's shared memory; the lists of models and the sums of clusters follow.
struct TiledShared {
  float x[kTileFeatures][kTilePoints];
  float c[kTileFeatures][kCentroidStep];
  float square[kTilePoints];  ///< of the points' lengths, in float32
  int label[kTilePoints];
  int before[kTilePoints];
  int open[kTilePoints];  ///< points to recheck, then points that moved
  int open_count;
  int padding;
  AdvanceScratch scratch;
};

struct TiledLayout {
  std::size_t active, low, bytes;

  __host__ __device__ TiledLayout(int clusters, int models, int d, bool shared_sums) {
    const std::size_t words =
        shared_sums ? static_cast<std::size_t>(clusters) * static_cast<std::size_t>((d + 1) | 1)
                    : 0;
    active = sizeof(TiledShared);
    low = active + (static_cast<std::size_t>(models) + 1) * sizeof(int);
    bytes = low + 2 * words * sizeof(std::uint32_t);
  }
};

/// The nearest and second nearest so far of a thread's points.
struct OwnTopTwo {
  float best[kOwnPoints], second[kOwnPoints];
  int label[kOwnPoints];
};

__device__ inline int features_in_chunk(int d, int first) {
  return d - first < kTileFeatures ? d - first : kTileFeatures;
}

/// Features [first, first + 16) of the points from `begin` and of the centroids from j0.
__device__ inline void load_chunk(const LloydView& view, const DeviceModel& model,
                                  std::int64_t begin, int j0, int first, TiledShared& shared) {
  const int thread = static_cast<int>(threadIdx.x);
  const int features = features_in_chunk(view.points.d, first);
#pragma unroll 1
  for (int e = thread; e < features * (kTilePoints / 4); e += kThreads) {
    const int f = e / (kTilePoints / 4), at = e % (kTilePoints / 4) * 4;
    *reinterpret_cast<float4*>(&shared.x[f][at]) = *reinterpret_cast<const float4*>(
        view.points.q + (first + f) * view.points.stride + begin + at);
  }
#pragma unroll 2
  for (int e = thread; e < kTileCentroids * kTileFeatures; e += kThreads) {
    const int j = e / kTileFeatures, f = e % kTileFeatures;
    if (f >= features || j0 + j >= model.k) continue;
    const std::int64_t row = static_cast<std::int64_t>(model.first + j0 + j) * view.points.d;
    shared.c[f][j] = static_cast<float>(view.centroids[row + first + f]);
  }
}

__device__ inline void add_chunk(const TiledShared& shared, int features, int point, int centroid,
                                 float (&score)[kOwnPoints][kOwnCentroids]) {
#pragma unroll 1
  for (int f = 0; f < features; ++f) {
    float x[kOwnPoints], c[kOwnCentroids];
#pragma unroll
    for (int p = 0; p < kOwnPoints; p += 4) {
      const float4 four = *reinterpret_cast<const float4*>(&shared.x[f][point + p]);
      x[p] = four.x;
      x[p + 1] = four.y;
      x[p + 2] = four.z;
      x[p + 3] = four.w;
    }
    const float4 four = *reinterpret_cast<const float4*>(&shared.c[f][centroid]);
    c[0] = four.x;
    c[1] = four.y;
    c[2] = four.z;
    c[3] = four.w;
#pragma unroll
    for (int p = 0; p < kOwnPoints; ++p) {
#pragma unroll
      for (int j = 0; j < kOwnCentroids; ++j) {
        score[p][j] = fmaf(-x[p], c[j], score[p][j]);
      }
    }
  }
}

__device__ inline void rank(float score, int label, float& best, float& second, int& nearest) {
  nearest = score < best ? label : nearest;
  second = fminf(second, fmaxf(best, score));
  best = fminf(best, score);
}

/// One point's squares of a chunk's features, by the thread of its number.
__device__ inline void add_squares(TiledShared& shared, int features) {
  float square = shared.square[threadIdx.x];
  for (int f = 0; f < features; ++f) {
    const float x = shared.x[f][threadIdx.x];
    square = fmaf(x, x, square);
  }
  shared.square[threadIdx.x] = square;
}

/// The nearest two of this thread's points over all centroids of the model.
__device__ inline void rank_all(const LloydView& view, const DeviceModel& model, std::int64_t begin,
                                TiledShared& shared, OwnTopTwo& top) {
  const int point = static_cast<int>(threadIdx.x) / kSharers * kOwnPoints;
  const int centroid = static_cast<int>(threadIdx.x) % kSharers * kOwnCentroids;
#pragma unroll
  for (int p = 0; p < kOwnPoints; ++p) {
    top.best[p] = top.second[p] = 3.0e38F;
    top.label[p] = 0;
  }
  if (threadIdx.x < kTilePoints) shared.square[threadIdx.x] = 0;
  for (int j0 = 0; j0 < model.k; j0 += kTileCentroids) {
    float score[kOwnPoints][kOwnCentroids];
#pragma unroll
    for (int j = 0; j < kOwnCentroids; ++j) {
      const bool there = j0 + centroid + j < model.k;
      const float half = there ? view.half[model.first + j0 + centroid + j] : 0;
#pragma unroll
      for (int p = 0; p < kOwnPoints; ++p) score[p][j] = half;
    }
    for (int first = 0; first < view.points.d; first += kTileFeatures) {
      const int features = features_in_chunk(view.points.d, first);
      __syncthreads();  // the last chunk has been read
      load_chunk(view, model, begin, j0, first, shared);
      __syncthreads();
      add_chunk(shared, features, point, centroid, score);
      if (j0 == 0 && threadIdx.x < kTilePoints) add_squares(shared, features);
    }
#pragma unroll
    for (int p = 0; p < kOwnPoints; ++p) {
#pragma unroll
      for (int j = 0; j < kOwnCentroids; ++j) {
        if (j0 + centroid + j < model.k)
          rank(score[p][j], j0 + centroid + j, top.best[p], top.second[p], top.label[p]);
      }
    }
  }
  __syncthreads();  // the squares are complete
  // Merge over the threads that share these points.
#pragma unroll
  for (int p = 0; p < kOwnPoints; ++p) {
    for (int offset = kSharers / 2; offset > 0; offset /= 2) {
      const float best = __shfl_xor_sync(kAllLanes, top.best[p], offset);
      const float second = __shfl_xor_sync(kAllLanes, top.second[p], offset);
      const int label = __shfl_xor_sync(kAllLanes, top.label[p], offset);
      top.second[p] = fminf(fmaxf(top.best[p], best), fminf(top.second[p], second));
      top.label[p] = best < top.best[p] ? label : top.label[p];
      top.best[p] = fminf(top.best[p], best);
    }
  }
}

/// Labels of the tile by float scores into shared.label; what the bound leaves open is listed.
__device__ inline void label_tile(const LloydView& view, const DeviceModel& model,
                                  std::int64_t begin, TiledShared& shared) {
  if (threadIdx.x == 0) shared.open_count = 0;
  OwnTopTwo top;
  rank_all(view, model, begin, shared, top);
  if (static_cast<int>(threadIdx.x) % kSharers == 0) {
    const int point = static_cast<int>(threadIdx.x) / kSharers * kOwnPoints;
#pragma unroll
    for (int p = 0; p < kOwnPoints; ++p) {
      shared.label[point + p] = top.label[p];
      const float bound = product_bound(view.half[model.first + top.label[p]],
                                        shared.square[point + p], view.points.d);
      const bool sure = top.second[p] - top.best[p] > bound;
      if (view.certify && !sure && model.k > 1 && begin + point + p < view.points.count)
        shared.open[atomicAdd(&shared.open_count, 1)] = point + p;
    }
  }
  __syncthreads();
}

/// A warp for each listed point: lanes share out the centroids.
__device__ inline void recheck_tile(const LloydView& view, const DeviceModel& model,
                                    std::int64_t begin, TiledShared& shared) {
  const int d = view.points.d;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const std::int32_t* rows = view.centroids + static_cast<std::int64_t>(model.first) * d;
  if (threadIdx.x == 0) atomic_add(view.rechecked, shared.open_count);
  for (int o = static_cast<int>(threadIdx.x) / kWarp; o < shared.open_count;
       o += kThreads / kWarp) {
    const std::int64_t i = begin + shared.open[o];
    std::int64_t least = INT64_MAX;
    int best = -1;
    for (int j = lane; j < model.k; j += kWarp) {
      const std::int32_t* row = rows + static_cast<std::int64_t>(j) * d;
      const std::int64_t distance = exact_distance(view.points, i, row);
      if (distance < least ||
          (distance == least &&
           wins_tie(row, rows + static_cast<std::int64_t>(best) * d, d, false))) {
        least = distance;
        best = j;
      }
    }
    for (int offset = kWarp / 2; offset > 0; offset /= 2) {
      const std::int64_t other_least = __shfl_xor_sync(kAllLanes, least, offset);
      const int other = __shfl_xor_sync(kAllLanes, best, offset);
      if (other < 0) continue;
      if (best < 0 || other_least < least ||
          (other_least == least &&
           wins_tie(rows + static_cast<std::int64_t>(other) * d,
                    rows + static_cast<std::int64_t>(best) * d, d, other < best))) {
        least = other_least;
        best = other;
      }
    }
    if (lane == 0) shared.label[shared.open[o]] = best;
  }
  __syncthreads();
}

/// Sums of clusters in this block's shared memory.
__device__ inline SharedSums sums_in_shared(const LloydView& view) {
  const int d = view.points.d;
  const TiledLayout layout(view.clusters, view.model_count, d, true);
  return {reinterpret_cast<std::uint32_t*>(shared_memory() + layout.low),
          view.clusters * ((d + 1) | 1), (d + 1) | 1};
}

/// Adds where sums of moved points go: shared memory where they fit, else global memory.
__device__ inline void add_sum(const LloydView& view, bool shared_sums, int cluster, int f,
                               std::int64_t value) {
  if (shared_sums)
    sums_in_shared(view).add(cluster, f, value);
  else
    atomic_add(view.sums + static_cast<std::int64_t>(cluster) * (view.points.d + 1) + f, value);
}

/// A warp for each point whose label changed: lanes share out the features, so that their sums lie
/// side by side.
__device__ inline void move_tile(const LloydView& view, const DeviceModel& model,
                                 std::int64_t begin, TiledShared& shared, bool shared_sums) {
  const int thread = static_cast<int>(threadIdx.x);
  const int d = view.points.d;
  if (thread == 0) shared.open_count = 0;
  __syncthreads();
  if (thread < kTilePoints / 4) {
    int before[4] = {-1, -1, -1, -1}, label[4];
    const std::int64_t at = view.first_label + begin + 4 * thread;
    if (view.keep_labels) load_labels(model, at, before);
    bool changed = false;
    for (int p = 0; p < 4; ++p) {
      const int point = 4 * thread + p;
      label[p] = shared.label[point];
      shared.before[point] = before[p];
      if (label[p] == before[p] || begin + point >= view.points.count) continue;
      changed = true;
      if (view.update) shared.open[atomicAdd(&shared.open_count, 1)] = point;
    }
    if (changed && view.keep_labels) store_labels(model, at, label);
  }
  __syncthreads();
  for (int o = thread / kWarp; o < shared.open_count; o += kThreads / kWarp) {
    const int point = shared.open[o];
    const std::int64_t i = begin + point;
    const std::int64_t m = view.points.multiplicity == nullptr ? 1 : view.points.multiplicity[i];
    const int to = model.first + shared.label[point];
    const int from = model.first + shared.before[point];
    for (int f = thread % kWarp; f <= d; f += kWarp) {
      const std::int64_t moved =
          f == d ? m : m * static_cast<int>(view.points.q[f * view.points.stride + i]);
      add_sum(view, shared_sums, to, f, moved);
      if (shared.before[point] >= 0) add_sum(view, shared_sums, from, f, -moved);
    }
  }
  __syncthreads();
}

__global__ void __launch_bounds__(kThreads, 2) lloyd_tiled(LloydView view, bool shared_sums) {
  const TiledLayout layout(view.clusters, view.model_count, view.points.d, shared_sums);
  unsigned char* memory = shared_memory();
  auto& shared = *reinterpret_cast<TiledShared*>(memory);
  const ActiveModels active{reinterpret_cast<int*>(memory + layout.active)};
  const auto tiles = static_cast<int>((view.points.count + kTilePoints - 1) / kTilePoints);
  const auto blocks = static_cast<int>(gridDim.x);

  for (int pass = 0; pass < view.passes; ++pass) {
    active.find(view);
    const int running = active.count();
    if (running == 0) return;  // of all blocks alike
    if (shared_sums) sums_in_shared(view).clear(view.clusters);
    __syncthreads();
    const int spare = (blocks + tiles - 1) / tiles;
    const int groups = spare < running ? spare : running;
    for (int item = static_cast<int>(blockIdx.x); item < tiles * groups; item += blocks) {
      const std::int64_t begin = static_cast<std::int64_t>(item / groups) * kTilePoints;
      for (int a = item % groups; a < running; a += groups) {
        const DeviceModel& model = view.models[active[a]];
        label_tile(view, model, begin, shared);
        if (shared.open_count > 0) recheck_tile(view, model, begin, shared);
        __syncthreads();  // the count has been read
        move_tile(view, model, begin, shared, shared_sums);
      }
    }
    if (shared_sums) sums_in_shared(view).flush(view.sums, view.clusters, view.points.d);
    if (!view.advance) return;
    cooperative_groups::this_grid().sync();
    advance_models(view, true, shared.scratch);
    cooperative_groups::this_grid().sync();
  }
}

}  // namespace

void launch_tiled(const Device& device, const LloydView& view) {
  const std::size_t with_sums =
      TiledLayout(view.clusters, view.model_count, view.points.d, true).bytes;
  // Two blocks a multiprocessor at least, so that one computes while the other waits.
  const bool shared_sums = view.update && with_sums <= device.shared_bytes / 2;
  const TiledLayout layout(view.clusters, view.model_count, view.points.d, shared_sums);
  const std::int64_t tiles = (view.points.count + kTilePoints - 1) / kTilePoints;
  launch(lloyd_tiled,
         cooperative_shape(device, lloyd_tiled, kThreads, layout.bytes, tiles * view.model_count),
         view, shared_sums);
}

}  // namespace covey::cuda
