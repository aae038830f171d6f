#include "runs.h"

#include "covey/half_screen.h"
#include "kernel.h"
#include "launch.h"
#include "update.cuh"

namespace covey::cuda {
namespace {

/// Entries that a warp adds up before it goes on elsewhere: sums of moved points cost one atomic
/// operation for so many points, or where the cluster ends.
constexpr int kPiece = 128;
/// Features that a lane keeps sums of.
constexpr int kOwnFeatures = 4;
constexpr int kChunk = kOwnFeatures * kWarp;
/// Rows that are on their way at once.
constexpr int kAhead = 4;

struct RunsView {
  std::uint32_t* count;
  std::uint32_t* cursor;
  std::uint32_t* total;
  uint2* entry;
};

__device__ inline bool runs(const MovedPoints& moved) { return is_active(moved.model->phase); }

/// The points that may have moved.
struct Candidates {
  const std::uint32_t* list;
  std::int64_t count;

  __device__ explicit Candidates(const MovedPoints& moved) {
    list = moved.list;
    count = list == nullptr ? moved.points.count : *moved.list_count;
  }
  __device__ std::int64_t operator[](std::int64_t t) const { return list == nullptr ? t : list[t]; }
};

/// Adds 1 to counter[key] for every lane with a key (>= 0) and returns what it was before, as if
/// the lanes came one after another. One atomic operation a key of the warp. All lanes call.
__device__ inline std::uint32_t count_up(std::uint32_t* counter, int key) {
  const unsigned active = __ballot_sync(kAllLanes, key >= 0);
  if (key < 0) return 0;
  const unsigned lane = threadIdx.x % kWarp;
  const unsigned peers = __match_any_sync(active, key);
  const int leader = __ffs(static_cast<int>(peers)) - 1;
  std::uint32_t first = 0;
  if (static_cast<int>(lane) == leader)
    first = atomicAdd(counter + key, static_cast<std::uint32_t>(__popc(peers)));
  first = __shfl_sync(active, first, leader);
  return first + static_cast<std::uint32_t>(__popc(peers & ((1U << lane) - 1)));
}

/// Calls use(point, cluster to add to, cluster to subtract from or -1) with all lanes of the warp
/// for the candidates in turn; clusters are -1 where a lane has no moved point.
template <class Use>
__device__ inline void for_moved(const MovedPoints& moved, Use use) {
  const Candidates candidates(moved);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  for (std::int64_t first = first_item() - lane; first < candidates.count; first += item_stride()) {
    const std::int64_t t = first + lane;
    std::int64_t i = 0;
    int to = -1, from = -1;
    if (t < candidates.count) {
      i = candidates[t];
      to = moved.label[i];
      from = moved.before == nullptr ? -1 : moved.before[i];
      if (to == from) to = from = -1;
    }
    if (__any_sync(kAllLanes, to >= 0)) use(i, to, from);
  }
}

__global__ void count_entries(MovedPoints moved, RunsView own) {
  if (!runs(moved)) return;
  if (first_item() == 0) *own.total = 0;
  for_moved(moved, [&](std::int64_t, int to, int from) {
    count_up(own.count, to < 0 ? -1 : 2 * to);
    count_up(own.count, from < 0 ? -1 : 2 * from + 1);
  });
}

/// Gives every cluster its place among the entries: in no certain order, but without gaps.
__global__ void place_runs(MovedPoints moved, RunsView own) {
  if (!runs(moved)) return;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  for (std::int64_t first = first_item() - lane; first < moved.k; first += item_stride()) {
    const std::int64_t j = first + lane;
    std::uint32_t plus = 0, minus = 0;
    if (j < moved.k) {
      plus = own.count[2 * j];
      minus = own.count[2 * j + 1];
      own.count[2 * j] = own.count[2 * j + 1] = 0;
    }
    const std::uint32_t begin = take_places(own.total, plus + minus);
    if (j >= moved.k) continue;
    own.cursor[2 * j] = begin;
    own.cursor[2 * j + 1] = begin + plus;
  }
}

__global__ void scatter_entries(MovedPoints moved, RunsView own) {
  if (!runs(moved)) return;
  for_moved(moved, [&](std::int64_t i, int to, int from) {
    const int plus = to < 0 ? -1 : 2 * to, minus = from < 0 ? -1 : 2 * from + 1;
    const std::uint32_t to_place = count_up(own.cursor, plus);
    const std::uint32_t from_place = count_up(own.cursor, minus);
    const auto point = static_cast<std::uint32_t>(i);
    if (plus >= 0) {
      own.entry[to_place] = make_uint2(point, static_cast<std::uint32_t>(plus));
      if (moved.before != nullptr) moved.before[i] = to;
    }
    if (minus >= 0) own.entry[from_place] = make_uint2(point, static_cast<std::uint32_t>(minus));
  });
}

/// Coordinates from the rows, less the origin: a warp reads 128 bytes side by side.
struct FromRows {
  const ScreenPointsView& rows;

  __device__ static int feature(int chunk, int t) {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    return chunk * kChunk + t / 2 * kScreenSlab + 2 * lane + t % 2;
  }
  __device__ static int coordinate(std::uint32_t high, std::uint32_t low) {
    return grid_of_half(static_cast<std::uint16_t>(high)) + static_cast<std::int16_t>(low);
  }
  __device__ void load(std::int64_t i, int chunk, int (&x)[kOwnFeatures]) const {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
#pragma unroll
    for (int s = 0; s < 2; ++s) {
      const int slab = 2 * chunk + s;
      x[2 * s] = x[2 * s + 1] = 0;
      if (slab >= rows.slabs) continue;
      const std::int64_t word = 4 * rows.piece(i, slab, lane / 4) + lane % 4;  // two coordinates
      const std::uint32_t high = reinterpret_cast<const std::uint32_t*>(rows.high)[word];
      const std::uint32_t low = reinterpret_cast<const std::uint32_t*>(rows.low)[word];
      x[2 * s] = coordinate(high & 0xFFFF, low & 0xFFFF);
      x[2 * s + 1] = coordinate(high >> 16, low >> 16);
    }
  }
  __device__ std::int64_t origin(int f) const { return rows.origin[f]; }
};

/// Coordinates from the grid, feature by feature.
struct FromGrid {
  const PointsView& points;

  __device__ static int feature(int chunk, int t) {
    return chunk * kChunk + t * kWarp + static_cast<int>(threadIdx.x) % kWarp;
  }
  __device__ void load(std::int64_t i, int chunk, int (&x)[kOwnFeatures]) const {
#pragma unroll
    for (int t = 0; t < kOwnFeatures; ++t) {
      const int f = feature(chunk, t);
      x[t] = f < points.d ? static_cast<int>(points.q[f * points.stride + i]) : 0;
    }
  }
  __device__ static std::int64_t origin(int) { return 0; }
};

/// A warp's sums of one cluster: kOwnFeatures of each lane, less the origin, and the weight.
struct RunSums {
  std::int64_t sum[kOwnFeatures], weight;

  __device__ void clear() {
#pragma unroll
    for (int t = 0; t < kOwnFeatures; ++t) sum[t] = 0;
    weight = 0;
  }
  template <class Source>
  __device__ void flush(const MovedPoints& moved, const Source& source, int chunk,
                        std::uint32_t key) {
    const int d = moved.points.d;
    std::int64_t* to = moved.sums + static_cast<std::int64_t>(key / 2) * (d + 1);
    const std::int64_t sign = key % 2 == 0 ? 1 : -1;
#pragma unroll
    for (int t = 0; t < kOwnFeatures; ++t) {
      const int f = Source::feature(chunk, t);
      if (f < d) atomic_add(to + f, sign * (sum[t] + source.origin(f) * weight));
    }
    if (chunk == 0 && threadIdx.x % kWarp == 0) atomic_add(to + d, sign * weight);
    clear();
  }
};

/// Adds up entries [begin, begin + count), all features of one chunk, by one warp.
template <class Source>
__device__ inline void sum_piece(const MovedPoints& moved, const Source& source, int chunk,
                                 const uint2* entry, int count) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  RunSums sums;
  sums.clear();
  std::uint32_t key = entry->y;
  for (int first = 0; first < count; first += kWarp) {
    const uint2 own = first + lane < count ? entry[first + lane] : make_uint2(0, 0);
    std::uint32_t own_weight = 1;
    if (moved.points.multiplicity != nullptr) own_weight = moved.points.multiplicity[own.x];
    const int here = count - first < kWarp ? count - first : kWarp;
    for (int e = 0; e < here; e += kAhead) {
      int x[kAhead][kOwnFeatures];
#pragma unroll
      for (int a = 0; a < kAhead; ++a)  // past the end: the last one's neighbours, unused
        source.load(__shfl_sync(kAllLanes, own.x, e + a), chunk, x[a]);
#pragma unroll
      for (int a = 0; a < kAhead; ++a) {
        const std::uint32_t next = __shfl_sync(kAllLanes, own.y, e + a);
        const std::int64_t weight = __shfl_sync(kAllLanes, own_weight, e + a);
        if (e + a >= here) continue;
        if (next != key) sums.flush(moved, source, chunk, key);
        key = next;
#pragma unroll
        for (int t = 0; t < kOwnFeatures; ++t) sums.sum[t] += weight * x[a][t];
        sums.weight += weight;
      }
    }
  }
  sums.flush(moved, source, chunk, key);
}

template <class Source>
__device__ inline void sum_pieces(const MovedPoints& moved, const Source& source,
                                  const RunsView& own) {
  const std::int64_t total = *own.total;
  const int chunks = (moved.points.d + kChunk - 1) / kChunk;
  const std::int64_t items = (total + kPiece - 1) / kPiece * chunks;
  for (std::int64_t item = first_item() / kWarp; item < items; item += item_stride() / kWarp) {
    const std::int64_t begin = item / chunks * kPiece;
    const std::int64_t count = total - begin < kPiece ? total - begin : kPiece;
    sum_piece(moved, source, static_cast<int>(item % chunks), own.entry + begin,
              static_cast<int>(count));
  }
}

__global__ void __launch_bounds__(kThreads) sum_rows(MovedPoints moved, RunsView own) {
  if (runs(moved)) sum_pieces(moved, FromRows{moved.rows}, own);
}

__global__ void __launch_bounds__(kThreads) sum_grid(MovedPoints moved, RunsView own) {
  if (runs(moved)) sum_pieces(moved, FromGrid{moved.points}, own);
}

}  // namespace

Runs::Runs(const Device& device, std::int64_t entries, int largest_k)
    : device_(device),
      count_(2 * static_cast<std::int64_t>(largest_k)),
      cursor_(2 * static_cast<std::int64_t>(largest_k)),
      total_(1),
      entry_(entries) {
  count_.fill_bytes(0);
}

std::int64_t Runs::bytes(std::int64_t entries, int largest_k) {
  return 8 * entries + 16 * static_cast<std::int64_t>(largest_k);
}

void Runs::add(const MovedPoints& moved) {
  const RunsView own{count_.data(), cursor_.data(), total_.data(), entry_.data()};
  launch(count_entries, spread(device_, moved.points.count), moved, own);
  launch(place_runs, spread(device_, moved.k), moved, own);
  launch(scatter_entries, spread(device_, moved.points.count), moved, own);
  const int chunks = (moved.points.d + kChunk - 1) / kChunk;
  const std::int64_t pieces = (2 * moved.points.count + kPiece - 1) / kPiece;
  launch(moved.rows.high != nullptr ? sum_rows : sum_grid, spread(device_, pieces * chunks * kWarp),
         moved, own);
}

}  // namespace covey::cuda
