// The verdict on the number of personas in words: which sentence follows from which finding.
#pragma once

#include <string>
#include <vector>

#include "results.h"

namespace covey::driver {

/// A mean silhouette from which groups are called clear (Kaufman and Rousseeuw 1990).
inline constexpr double kClearSilhouette = 0.5;

/// A gain counts where it exceeds its threshold by this many standard errors. They are of ten
/// references, so that 4 of them (t with 9 degrees of freedom: 0.16 %) leave room for nine k.
inline constexpr double kGainErrors = 4;

/// Whether the evidence supports a k, and if not why.
enum class Support { kOnePersona, kFewPoints, kOneCloud, kUnstable, kSupported };

/// Index of the largest Calinski-Harabasz index; of equal ones the first.
std::size_t largest_calinski_harabasz(const std::vector<KChoice>& choices);

/// What keeps a supported k from being called clear, in words.
std::vector<std::string> weaknesses(const KChoice& choice);

/// `support`: by choice; empty without evidence. `chosen`: an index into `choices`.
std::string choice_sentence(const std::vector<KChoice>& choices,
                            const std::vector<Support>& support, std::size_t chosen,
                            const ChoiceOfK& choice);

}  // namespace covey::driver
