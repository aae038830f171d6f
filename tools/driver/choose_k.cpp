#include "choose_k.h"

#include <algorithm>
#include <cmath>

#include "choice_sentence.h"

namespace covey::driver {
namespace {

// What a k must meet to be supported. A gain of 0.01 leaves 1 % less spread than a cloud's: little
// enough to be the shape of the cloud. 0.75: Hennig 2007.
constexpr double kLeastGain = 0.01;
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
  if (*choice.gain <= kLeastGain + kGainErrors * choice.gain_error) return Support::kOneCloud;
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
    chosen =
        *std::max_element(supported.begin(), supported.end(), [&](std::size_t a, std::size_t b) {
          return choices[a].silhouette < choices[b].silhouette;
        });
    for (const std::size_t at : supported) {
      if (at == chosen ||
          choices[at].silhouette < choices[chosen].silhouette - margin_of(size.sessions))
        continue;
      choice.as_good.push_back(choices[at].k);
      choices[at].verdict = "as good as the chosen k";
    }
    const bool clear = weaknesses(choices[chosen]).empty();
    choice.structure = !choice.as_good.empty() ? Structure::kSeveral
                       : clear                 ? Structure::kClear
                                               : Structure::kWeak;
    choices[chosen].verdict = choices.size() == 1     ? "supported"
                              : supported.size() == 1 ? "chosen: the only one supported"
                                                      : "chosen: highest silhouette";
  }
  choices[chosen].chosen = true;
  choice.k = choices[chosen].k;
  choice.sentence = choice_sentence(choices, support, chosen, choice);
}

}  // namespace covey::driver
