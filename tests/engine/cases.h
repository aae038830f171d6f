// Random problems for the property tests: shapes that straddle lanes and blocks, and data made to
// be awkward.
#pragma once

#include <cstdint>
#include <ostream>

#include "engine/support.h"

namespace covey::test {

enum class Kind {
  kMixture,          ///< round clusters
  kNoise,            ///< none
  kLattice,          ///< few whole numbers: ties between centroids and equal points by construction
  kEqual,            ///< all points equal
  kConstantFeature,  ///< one feature constant, zeros of both signs
  kAbsurdCell,       ///< one cell of 1e9
  kOffset,           ///< offsets of 1e8
  kDuplicates,       ///< few distinct rows, large multiplicities
  kCount
};

/// All of a case follows from its seed, so a failure names everything that is needed to see it
/// again.
struct Case {
  std::uint64_t seed = 0;
  int n = 1, d = 1, k = 1;
  Kind kind = Kind::kMixture;
};
std::ostream& operator<<(std::ostream& out, const Case& one);

/// Case number `index` of `family`, of at most `budget` = n * d * k.
Case make_case(std::uint64_t family, int index, std::int64_t budget);
/// Whether this run takes the case: all, or where COVEY_CASES is "2/3" every third from the second
/// on, so that three runs (orders of a GPU's threads, variants of a back end) together take each
/// case once.
bool is_taken(int index);
Data make_data(const Case& one);
/// Scaling, plan, tolerance and starts of a case; every fifth or so asks for log1p.
Job make_job(const Case& one, const Data& data);

}  // namespace covey::test
