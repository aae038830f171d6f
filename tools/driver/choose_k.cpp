#include "choose_k.h"

#include <algorithm>
#include <cmath>

#include "choice_sentence.h"

namespace covey::driver {
namespace {

// What a k must meet to be supported. A gain of 0.01 leaves 1 % less spread than a cloud's: little
// enough to be the shape of the cloud; so does a Wilks gain of 0.1, which leaves 10 % less in one
// direction. 0.75: Hennig 2007.
constexpr double kLeastGain = 0.01;
constexpr double kLeastWilks = 0.1;
constexpr double kStable = 0.75;
constexpr std::int64_t kFewestPoints = 4;  ///< distinct points a persona

/// Silhouettes nearer than this are as good: two standard errors of a mean over W sessions, whose
/// silhouettes have a standard deviation of at most about 0.5, and what nobody would act upon.
double margin_of(std::int64_t sessions) {
  return 0.01 + 1 / std::sqrt(static_cast<double>(sessions));
}

Support support_of(const KChoice& choice, std::int64_t distinct) {
  if (choice.k == 1) return Support::kOnePersona;
  if (choice.k * kFewestPoints > distinct || !choice.gain) return Support::kFewPoints;
  if (!is_tighter(choice) && !lies_apart(choice)) return Support::kOneCloud;
  if (*least_jaccard(choice) < kStable) return Support::kUnstable;
  return Support::kSupported;
}

const char* verdict_of(Support support) {
  switch (support) {
    case Support::kOnePersona:
      return "one persona";
    case Support::kFewPoints:
      return "too few distinct points";
    case Support::kOneCloud:
      return "no better than one cloud";
    case Support::kUnstable:
      return "personas do not return";
    case Support::kSupported:
      break;
  }
  return "supported, lower silhouette";
}

/// The first of equal ones.
std::size_t highest_silhouette(const std::vector<KChoice>& choices,
                               const std::vector<std::size_t>& of) {
  return *std::max_element(of.begin(), of.end(), [&](std::size_t a, std::size_t b) {
    return choices[a].silhouette < choices[b].silhouette;
  });
}

/// Those within the margin of the highest silhouette. Where that is low, as it is in many features,
/// silhouettes hardly differ: then those whose Wilks gain is surely lower than another's drop out.
std::vector<std::size_t> best_of(const std::vector<KChoice>& choices,
                                 const std::vector<std::size_t>& supported, double margin) {
  const double highest = choices[highest_silhouette(choices, supported)].silhouette;
  std::vector<std::size_t> near, best;
  for (const std::size_t at : supported) {
    if (choices[at].silhouette >= highest - margin) near.push_back(at);
  }
  if (highest >= kClearSilhouette) return near;
  const auto surely_lower = [&](std::size_t a, std::size_t b) {
    const KChoice& low = choices[a];
    const KChoice& high = choices[b];
    return low.wilks_gain && high.wilks_gain &&
           *low.wilks_gain < *high.wilks_gain - kGainErrors * (low.wilks_error + high.wilks_error);
  };
  for (const std::size_t at : near) {
    const bool lower = std::any_of(near.begin(), near.end(),
                                   [&](std::size_t other) { return surely_lower(at, other); });
    if (!lower) best.push_back(at);
  }
  return best;
}

/// k = 1 where it was asked for, else the largest Calinski-Harabasz index; of equal ones the
/// smallest k.
std::size_t fallback(const std::vector<KChoice>& choices) {
  if (choices.front().k == 1) return 0;
  return largest_calinski_harabasz(choices);
}

Structure unsupported_structure(const std::vector<Support>& support) {
  const auto any = [&](Support what) {
    return std::find(support.begin(), support.end(), what) != support.end();
  };
  if (any(Support::kUnstable)) return Structure::kUnstable;
  return any(Support::kOneCloud) ? Structure::kNone : Structure::kNotTested;
}

}  // namespace

bool is_tighter(const KChoice& choice) {
  return choice.gain && *choice.gain > kLeastGain + kGainErrors * choice.gain_error;
}

bool lies_apart(const KChoice& choice) {
  return choice.wilks_gain && *choice.wilks_gain > kLeastWilks + kGainErrors * choice.wilks_error;
}

std::optional<double> least_jaccard(const KChoice& choice) {
  if (choice.persona_jaccard.empty()) return std::nullopt;
  return *std::min_element(choice.persona_jaccard.begin(), choice.persona_jaccard.end());
}

std::size_t largest_calinski_harabasz(const std::vector<KChoice>& choices) {
  return std::max_element(choices.begin(), choices.end(),
                          [](const KChoice& a, const KChoice& b) {
                            return a.calinski_harabasz < b.calinski_harabasz;
                          }) -
         choices.begin();
}

const char* structure_name(Structure structure) {
  switch (structure) {
    case Structure::kNone:
      return "none";
    case Structure::kUnstable:
      return "unstable";
    case Structure::kWeak:
      return "weak";
    case Structure::kSeveral:
      return "several";
    case Structure::kClear:
      return "clear";
    case Structure::kNotTested:
      break;
  }
  return "not tested";
}

void choose_k(std::vector<KChoice>& choices, const DataSize& size, ChoiceOfK& choice) {
  const bool tested = choice.references > 0;
  std::vector<Support> support;
  std::vector<std::size_t> supported;
  for (std::size_t at = 0; at < choices.size() && tested; ++at) {
    support.push_back(support_of(choices[at], size.distinct));
    choices[at].verdict = verdict_of(support.back());
    if (support.back() == Support::kSupported) supported.push_back(at);
  }

  std::size_t chosen = fallback(choices);
  if (supported.empty()) {
    choice.structure = tested ? unsupported_structure(support) : Structure::kNotTested;
  } else {
    const std::vector<std::size_t> best = best_of(choices, supported, margin_of(size.sessions));
    chosen = highest_silhouette(choices, best);
    for (const std::size_t at : best) {
      if (at == chosen) continue;
      choice.as_good.push_back(choices[at].k);
      choices[at].verdict = "as good as the chosen k";
    }
    const bool clear = weaknesses(choices[chosen]).empty();
    choice.structure = !choice.as_good.empty() ? Structure::kSeveral
                       : clear                 ? Structure::kClear
                                               : Structure::kWeak;
    choices[chosen].verdict = choices.size() == 1     ? "supported"
                              : supported.size() == 1 ? "chosen: the only one supported"
                              : chosen == highest_silhouette(choices, supported)
                                  ? "chosen: highest silhouette"
                                  : "chosen: largest Wilks gain";
  }
  choices[chosen].chosen = true;
  choice.k = choices[chosen].k;
  choice.sentence = choice_sentence(choices, support, chosen, choice);
}

}  // namespace covey::driver
