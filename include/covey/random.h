// Randomness without state: every draw is a function of (seed, restart, step, candidate) and of the
// point's coordinates, never of its position, so shuffling rows, splitting batches or collapsing
// equal rows changes nothing.
#pragma once

#include <array>
#include <cstdint>

#include "covey/arithmetic.h"

namespace covey {

/// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11.
COVEY_HOST_DEVICE inline std::array<std::uint32_t, 4> philox4x32(
    std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = 0xD2511F53ULL * counter[0];
    const std::uint64_t product1 = 0xCD9E8D57ULL * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

/// (x + 1/2) 2^-52 from the top 52 bits of high:low: strictly inside (0, 1), exact, and so is 1 -
/// u.
COVEY_HOST_DEVICE inline double unit_interval(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = ((static_cast<std::uint64_t>(high) << 32) | low) >> 12;
  return (static_cast<double>(bits) + 0.5) * 0x1p-52;
}

/// Unseeded 64-bit hash of a grid point, feature by feature: start, then one step a feature, then
/// the end.
inline constexpr std::uint64_t kHashStart = 0x9E3779B97F4A7C15ULL;

COVEY_HOST_DEVICE inline std::uint64_t hash_step(std::uint64_t hash, std::int32_t coordinate) {
  hash = (hash ^ static_cast<std::uint32_t>(coordinate)) * 0xBF58476D1CE4E5B9ULL;
  return hash ^ (hash >> 32);
}

COVEY_HOST_DEVICE inline std::uint64_t hash_end(std::uint64_t hash) {
  hash = (hash ^ (hash >> 29)) * 0x94D049BB133111EBULL;
  return hash ^ (hash >> 32);
}

COVEY_HOST_DEVICE inline std::uint64_t hash_point(const std::int32_t* point, int d) {
  std::uint64_t hash = kHashStart;
  for (int f = 0; f < d; ++f) hash = hash_step(hash, point[f]);
  return hash_end(hash);
}

/// Key and stream of one k-means++ step: step < 2^32, restart < 2^24; a Philox call serves two
/// candidates.
struct DrawKey {
  std::uint64_t seed = 1;
  std::uint32_t restart = 0;
  std::uint32_t step = 0;
};

/// u of candidates 2 * pair and 2 * pair + 1 (pair < 256) for the point with this hash.
COVEY_HOST_DEVICE inline std::array<double, 2> draw_pair(const DrawKey& key, std::uint32_t pair,
                                                         std::uint64_t hash) {
  const auto bits = philox4x32(
      {static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(hash >> 32), key.step,
       (key.restart << 8) | pair},
      {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)});
  return {unit_interval(bits[0], bits[1]), unit_interval(bits[2], bits[3])};
}

/// Time at which a point of this weight > 0 fires in an exponential race; the smallest wins with
/// probability proportional to its weight (Efraimidis and Spirakis 2006 take the same race for
/// sampling).
COVEY_HOST_DEVICE inline double race_time(double u, double weight) {
  return -natural_log(u) / weight;
}

/// Weight of a point in the race: multiplicity times squared distance to the nearest centre so far.
COVEY_HOST_DEVICE inline double race_weight(std::uint32_t multiplicity, std::int64_t distance) {
  return static_cast<double>(multiplicity) * static_cast<double>(distance);
}

/// Candidates of greedy k-means++ at step s: 1 for the first centre, then 2 + floor(ln s). (ln s of
/// a whole number s > 1 is never whole, and natural_log errs far less than it misses by.)
COVEY_HOST_DEVICE inline int candidates_at_step(int step) {
  return step == 0 ? 1 : 2 + static_cast<int>(natural_log(static_cast<double>(step)));
}

/// Distinct points in the sketch that seeds k clusters.
COVEY_HOST_DEVICE inline std::int64_t sketch_size(int k) {
  constexpr std::int64_t kSmallest = 1LL << 20;
  return k > kSmallest / 64 ? 64LL * k : kSmallest;
}

}  // namespace covey
