// The rule that chooses the number of personas: docs/statistics.md gives it in words.
#pragma once

#include <cstdint>
#include <vector>

#include "results.h"

namespace covey::driver {

/// What the rule knows of the data beside the figures of each k.
struct DataSize {
  std::int64_t sessions = 0;
  std::int64_t distinct = 0;  ///< distinct points
};

/// Marks the chosen k, gives each k its verdict, and says what was found. `choices`: k rising, each
/// once. `choice`: what gap and bootstrap ran on; no references: no evidence was asked for.
void choose_k(std::vector<KChoice>& choices, const DataSize& size, ChoiceOfK& choice);

/// The least mean Jaccard index of a persona; absent without evidence.
std::optional<double> least_jaccard(const KChoice& choice);

/// Whether the gain in tightness, or that of Wilks' lambda, is beyond what one cloud gives.
bool is_tighter(const KChoice& choice);
bool lies_apart(const KChoice& choice);

/// "clear", "several as good" ...: the structure in files.
const char* structure_name(Structure structure);

}  // namespace covey::driver
