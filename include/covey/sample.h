// A sample of sessions without replacement. Each session is kept or not by a draw that belongs to
// its coordinates, so the sample does not depend on the order of the rows.
#pragma once

#include <cstdint>
#include <vector>

#include "covey/arithmetic.h"
#include "covey/random.h"

namespace covey {

class Points;

/// Distinct points in lexicographic order, each with the number of its sessions that were kept.
struct PointSample {
  int d = 0;
  std::vector<std::int32_t> q;  ///< row-major
  std::vector<std::uint32_t> multiplicity;
};

/// About `sessions` of the points' W sessions, each kept with probability min(1, sessions / W)
/// independently of the others. Throws Error (usage) for sessions < 1.
PointSample sample_sessions(Points& points, std::int64_t sessions, std::uint64_t seed);

/// Step of the draws that thin: no step of k-means++, whose steps are below 2^31 because k is an
/// int.
inline constexpr std::uint32_t kThinningStep = 1U << 31;

struct Thinning {
  std::uint64_t seed = 1;
  double log_lost = 0;  ///< ln(1 - q) of the probability q in (0, 1) of being kept

  /// 1 <= sessions < weight < 2^32, so 2^-32 < q <= 1 - 2^-32.
  static Thinning of(std::uint64_t seed, std::int64_t sessions, std::int64_t weight) {
    return {seed, log1p_exactly(-(static_cast<double>(sessions) / static_cast<double>(weight)))};
  }
};

/// u number `number` (< 2^33) of the point with this hash; two of them are one call of Philox.
COVEY_HOST_DEVICE inline double thinning_draw(const Thinning& thinning, std::uint64_t hash,
                                              std::uint64_t number) {
  const DrawKey key{thinning.seed, static_cast<std::uint32_t>(number >> 9), kThinningStep};
  const auto pair = draw_pair(key, static_cast<std::uint32_t>(number >> 1) & 255U, hash);
  return (number & 1) == 0 ? pair[0] : pair[1];
}

/// How many of the `multiplicity` sessions of the point with this hash_point (unmasked) are kept:
/// binomial, by jumps from one kept session to the next. floor(ln u / ln(1 - q)) sessions are lost
/// in between: below 2^38, as -ln u < 37 and -ln(1 - q) > 2^-32.
COVEY_HOST_DEVICE inline std::uint32_t thinned(const Thinning& thinning, std::uint64_t hash,
                                               std::uint32_t multiplicity) {
  std::int64_t left = multiplicity;
  for (std::uint32_t kept = 0;; ++kept) {
    const double jump = natural_log(thinning_draw(thinning, hash, kept)) / thinning.log_lost;
    left -= static_cast<std::int64_t>(jump) + 1;
    if (left < 0) return kept;
  }
}

/// Whether the first u alone tells that none is kept, as it does nearly always where few are: then
/// no logarithm is needed. -ln u >= 1 - u, which is exact, and a part in 2^20 covers all roundings,
/// so that the first jump is at least the multiplicity.
COVEY_HOST_DEVICE inline bool none_kept(const Thinning& thinning, double first_u,
                                        std::uint32_t multiplicity) {
  return 1.0 - first_u >= multiplicity * (-thinning.log_lost * (1.0 + 0x1p-20));
}

}  // namespace covey
