// Greedy k-means++ for many restarts at once, in one cooperative launch: a step is a race for each
// candidate, a barrier, the candidates' potentials, a barrier.
#pragma once

#include <cooperative_groups.h>

#include "covey/random.h"
#include "distance.cuh"
#include "kernel.h"
#include "launch.h"
#include "points.h"

namespace covey::cuda {

inline constexpr int kMostCandidates = 32;  // 2 + floor(ln s) for any step s < 2^31 is 23
inline constexpr int kTogether = 4;         // candidates whose potentials share a pass

struct SeedView {
  PointsView points;
  const std::uint64_t* hash = nullptr;
  std::uint64_t seed = 1;
  int first_restart = 0;
  int restarts = 1;
  int k = 1;
  int parts = 1;                         ///< blocks that share a restart
  int candidates = 1;                    ///< most of any step
  std::int64_t* distance = nullptr;      ///< restarts x stride: squared, to the nearest centre
  double* winner_time = nullptr;         ///< 2 x restarts x candidates x parts
  std::int64_t* winner_point = nullptr;  ///< likewise; -1: none
  std::int64_t* potential = nullptr;     ///< k x restarts x candidates x 2: low 31 bits, the rest
  std::uint32_t* chosen = nullptr;       ///< restarts x k

  __device__ std::int64_t winner_at(int step, int restart, int candidate) const {
    return ((static_cast<std::int64_t>(step % 2) * restarts + restart) * candidates + candidate) *
           parts;
  }
  __device__ std::int64_t potential_at(int step, int restart, int candidate) const {
    return ((static_cast<std::int64_t>(step) * restarts + restart) * candidates + candidate) * 2;
  }
  __device__ DrawKey key(int step, int restart) const {
    return {seed, static_cast<std::uint32_t>(first_restart + restart),
            static_cast<std::uint32_t>(step)};
  }
};

/// The front of one candidate's race.
struct Runner {
  double time = 0;
  std::int64_t point = -1;

  __device__ void meet(const Runner& other, const PointsView& points) {
    if (other.point < 0) return;
    if (point < 0 || other.time < time ||
        (other.time == time && before(points, other.point, point)))
      *this = other;
  }
  __device__ static bool before(const PointsView& points, std::int64_t a, std::int64_t b) {
    for (int f = 0; f < points.d; ++f) {
      const float* q = points.q + f * points.stride;
      if (q[a] != q[b]) return q[a] < q[b];
    }
    return false;
  }
  /// The first of the warp, in every lane. All lanes call.
  __device__ void meet_warp(const PointsView& points) {
    for (int offset = kWarp / 2; offset > 0; offset /= 2) {
      const Runner other{__shfl_xor_sync(kAllLanes, time, offset),
                         __shfl_xor_sync(kAllLanes, point, offset)};
      meet(other, points);
    }
  }
};

struct SeedShared {
  Runner of_warp[kThreads / kWarp];
  std::int64_t winner[kMostCandidates];
  std::int64_t newest;
};

/// This block's first of one candidate's race, written where the other blocks find it.
__device__ inline void publish(const SeedView& view, Runner runner, std::int64_t at, int part,
                               SeedShared& shared) {
  const int thread = static_cast<int>(threadIdx.x);
  runner.meet_warp(view.points);
  __syncthreads();  // the slots are free
  if (thread % kWarp == 0) shared.of_warp[thread / kWarp] = runner;
  __syncthreads();
  if (thread != 0) return;
  for (int w = 1; w < kThreads / kWarp; ++w) runner.meet(shared.of_warp[w], view.points);
  view.winner_time[at + part] = runner.time;
  view.winner_point[at + part] = runner.point;
}

/// Joins one point to the race. -ln u >= 1 - u, so most are out of it before a logarithm is taken;
/// the margin of 2^-39 covers the rounding of both sides.
__device__ inline void join_race(const PointsView& points, std::int64_t i, double u, double weight,
                                 Runner& runner) {
  constexpr double kMargin = 1.0 + 0x1p-39;
  if (runner.point >= 0 && 1.0 - u > runner.time * weight * kMargin) return;
  runner.meet({race_time(u, weight), i}, points);
}

/// The races of one step over this block's part of the points, after taking in the distance to the
/// newest centre (-1 at step 0).
__device__ inline void draw(const SeedView& view, int step, int restart, int part,
                            std::int64_t newest, SeedShared& shared) {
  const int candidates = candidates_at_step(step);
  std::int64_t* distances = view.distance + restart * view.points.stride;
  const std::int64_t stride = static_cast<std::int64_t>(view.parts) * kThreads;
  const DrawKey key = view.key(step, restart);
  for (int pair = 0; 2 * pair < candidates; ++pair) {
    Runner even, odd;
    for (std::int64_t i = static_cast<std::int64_t>(part) * kThreads + threadIdx.x;
         i < view.points.count; i += stride) {
      std::int64_t distance = step == 0 ? 1 : distances[i];
      if (pair == 0 && step > 0) {
        const std::int64_t to_newest = point_distance(view.points, i, newest);
        distance = step == 1 || to_newest < distance ? to_newest : distance;
        distances[i] = distance;
      }
      if (distance == 0) continue;
      const std::uint32_t m =
          view.points.multiplicity == nullptr ? 1U : view.points.multiplicity[i];
      const double weight = race_weight(m, distance);
      const auto u = draw_pair(key, static_cast<std::uint32_t>(pair), view.hash[i]);
      join_race(view.points, i, u[0], weight, even);
      if (2 * pair + 1 < candidates) join_race(view.points, i, u[1], weight, odd);
    }
    publish(view, even, view.winner_at(step, restart, 2 * pair), part, shared);
    if (2 * pair + 1 < candidates)
      publish(view, odd, view.winner_at(step, restart, 2 * pair + 1), part, shared);
  }
}

/// The winner of each candidate's race into shared.winner. All threads call.
__device__ inline void collect_winners(const SeedView& view, int step, int restart,
                                       SeedShared& shared) {
  const int candidates = candidates_at_step(step);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  __syncthreads();  // the last winners have been read
  for (int c = static_cast<int>(threadIdx.x) / kWarp; c < candidates; c += kThreads / kWarp) {
    const std::int64_t at = view.winner_at(step, restart, c);
    Runner first;
    for (int part = lane; part < view.parts; part += kWarp)
      first.meet({view.winner_time[at + part], view.winner_point[at + part]}, view.points);
    first.meet_warp(view.points);
    if (lane == 0) shared.winner[c] = first.point;
  }
  __syncthreads();
}

/// Sums of m * min(D^2, distance to the candidate) over this block's part, for each candidate.
__device__ inline void add_potentials(const SeedView& view, int step, int restart, int part,
                                      SeedShared& shared) {
  collect_winners(view, step, restart, shared);
  const PointsView& points = view.points;
  const int candidates = candidates_at_step(step);
  const std::int64_t* distances = view.distance + restart * points.stride;
  const std::int64_t stride = static_cast<std::int64_t>(view.parts) * kThreads;
  for (int first = 0; first < candidates; first += kTogether) {
    std::int64_t low[kTogether] = {}, high[kTogether] = {}, centre[kTogether];
#pragma unroll
    for (int c = 0; c < kTogether; ++c)
      centre[c] = shared.winner[first + c < candidates ? first + c : first];
    for (std::int64_t i = static_cast<std::int64_t>(part) * kThreads + threadIdx.x;
         i < points.count; i += stride) {
      std::int64_t to[kTogether] = {};
      for (int f = 0; f < points.d; ++f) {
        const float* q = points.q + f * points.stride;
        const int x = static_cast<int>(q[i]);
#pragma unroll
        for (int c = 0; c < kTogether; ++c) {
          const int difference = x - static_cast<int>(q[centre[c]]);
          to[c] += static_cast<std::int64_t>(difference) * difference;
        }
      }
      const std::uint32_t m = points.multiplicity == nullptr ? 1U : points.multiplicity[i];
#pragma unroll
      for (int c = 0; c < kTogether; ++c) {
        const std::int64_t nearest = to[c] < distances[i] ? to[c] : distances[i];
        const UInt128 term = static_cast<UInt128>(m) * static_cast<std::uint64_t>(nearest);
        low[c] += static_cast<std::int64_t>(term & 0x7FFFFFFFU);
        high[c] += static_cast<std::int64_t>(term >> 31);  // all sums of m D^2 are below 2^92
      }
    }
#pragma unroll
    for (int c = 0; c < kTogether; ++c) {
      if (first + c >= candidates) break;
      std::int64_t* potential = view.potential + view.potential_at(step, restart, first + c);
      add_block_sum(low[c], potential);
      add_block_sum(high[c], potential + 1);
    }
  }
}

/// The centre that the step chose: the candidate of lowest potential, the first of equals. All
/// threads call and get it.
__device__ inline std::int64_t decide(const SeedView& view, int step, int restart, int part,
                                      SeedShared& shared) {
  collect_winners(view, step, restart, shared);
  if (threadIdx.x == 0) {
    int best = 0;
    UInt128 lowest = 0;
    const int candidates = candidates_at_step(step);
    for (int c = 0; c < candidates; ++c) {
      const std::int64_t* sum = view.potential + view.potential_at(step, restart, c);
      const UInt128 potential = (static_cast<UInt128>(static_cast<std::uint64_t>(sum[1])) << 31) +
                                static_cast<std::uint64_t>(sum[0]);
      if (c == 0 || potential < lowest) {
        lowest = potential;
        best = c;
      }
    }
    shared.newest = shared.winner[best];
    if (part == 0)
      view.chosen[static_cast<std::int64_t>(restart) * view.k + step] =
          static_cast<std::uint32_t>(shared.newest);
  }
  __syncthreads();
  return shared.newest;
}

__global__ void __launch_bounds__(kThreads, 2) seed_plus_plus(SeedView view) {
  auto& shared = *reinterpret_cast<SeedShared*>(shared_memory());
  const int block = static_cast<int>(blockIdx.x);
  const int teams = static_cast<int>(gridDim.x) / view.parts;
  const int part = block % view.parts;
  // Blocks that no team needs only keep the barriers.
  const int first = block / view.parts < teams ? block / view.parts : view.restarts;
  for (int step = 0; step < view.k; ++step) {
    for (int restart = first; restart < view.restarts; restart += teams) {
      const std::int64_t newest = step == 0 ? -1 : decide(view, step - 1, restart, part, shared);
      draw(view, step, restart, part, newest, shared);
    }
    cooperative_groups::this_grid().sync();
    if (candidates_at_step(step) == 1) continue;
    for (int restart = first; restart < view.restarts; restart += teams)
      add_potentials(view, step, restart, part, shared);
    cooperative_groups::this_grid().sync();
  }
  for (int restart = first; restart < view.restarts; restart += teams)
    decide(view, view.k - 1, restart, part, shared);
}

}  // namespace covey::cuda
