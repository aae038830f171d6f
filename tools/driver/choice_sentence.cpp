#include "choice_sentence.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "choose_k.h"

namespace covey::driver {
namespace {

// What a supported k must meet to be called clear, beside kClearSilhouette. 0.85: "highly stable"
// in Hennig's words; 0.25: Kaufman and Rousseeuw 1990.
constexpr double kClearPersonaSilhouette = 0.25;
constexpr double kClearJaccard = 0.85;
constexpr double kClearGain = 0.2;

/// By how much the spread within personas is smaller than one cloud's would be: W of the data over
/// W of the references, each against its own k = 1.
std::string tighter_text(const KChoice& choice) {
  return fmt::format("{:.0f} %", -std::expm1(-*choice.gain) * 100);
}

double least_silhouette(const KChoice& choice) {
  return *std::min_element(choice.persona_silhouette.begin(), choice.persona_silhouette.end());
}

std::string strength_text(const KChoice& choice) {
  const std::string what =
      is_tighter(choice)
          ? fmt::format(
                "its personas are {} tighter than those of one featureless cloud (gain "
                "{:.2f}, standard error {:.3f})",
                tighter_text(choice), *choice.gain, choice.gain_error)
          : fmt::format(
                "its personas lie apart in some directions as those of one featureless "
                "cloud do not (Wilks gain {:.2f}, standard error {:.3f})",
                *choice.wilks_gain, choice.wilks_error);
  return fmt::format(
      "{}, and each comes back when sessions are drawn anew (mean Jaccard at least {:.2f})", what,
      *least_jaccard(choice));
}

std::string why_unsupported(const KChoice& choice, Support support) {
  switch (support) {
    case Support::kFewPoints:
      return "there are too few distinct points to tell groups from values";
    case Support::kOneCloud:
      return fmt::format(
          "its personas are no tighter than those of one featureless cloud (gain {:.2f}, standard "
          "error {:.3f}): they slice it",
          *choice.gain, choice.gain_error);
    case Support::kUnstable:
      return fmt::format(
          "not every persona comes back when sessions are drawn anew (least mean Jaccard {:.2f}, "
          "0.75 is needed)",
          *least_jaccard(choice));
    case Support::kOnePersona:
    case Support::kSupported:
      break;
  }
  return "";
}

/// ", Calinski-Harabasz and Davies-Bouldin agree", or which k they would take.
std::string witnesses(const std::vector<KChoice>& choices, std::size_t chosen) {
  const std::size_t ch = largest_calinski_harabasz(choices);
  std::size_t db = chosen;
  for (std::size_t at = 0; at < choices.size(); ++at) {
    if (choices[at].k > 1 && choices[at].davies_bouldin < choices[db].davies_bouldin) db = at;
  }
  if (ch == chosen && db == chosen) return "Calinski-Harabasz and Davies-Bouldin agree.";
  const auto opinion = [&](const char* name, std::size_t at) {
    return at == chosen ? fmt::format("{} agrees", name)
                        : fmt::format("{} would take k = {}", name, choices[at].k);
  };
  return fmt::format("{}; {}.", opinion("Calinski-Harabasz", ch), opinion("Davies-Bouldin", db));
}

std::string k_list(const std::vector<int>& k) { return fmt::format("{}", fmt::join(k, ", ")); }

std::string supported_sentence(const std::vector<KChoice>& choices,
                               const std::vector<Support>& support, std::size_t chosen,
                               const ChoiceOfK& choice) {
  const KChoice& best = choices[chosen];
  std::vector<int> supported;
  for (std::size_t at = 0; at < choices.size(); ++at) {
    if (support[at] == Support::kSupported) supported.push_back(choices[at].k);
  }
  const bool highest = std::none_of(choices.begin(), choices.end(), [&](const KChoice& other) {
    return other.silhouette > best.silhouette &&
           std::find(supported.begin(), supported.end(), other.k) != supported.end();
  });
  const std::string of =
      fmt::format("Of the k that the evidence supports ({}) it has", k_list(supported));
  const std::string why =
      supported.size() == 1
          ? fmt::format("It is the only k that the evidence supports (silhouette {:.2f})",
                        best.silhouette)
      : highest ? fmt::format("{} the highest silhouette ({:.2f})", of, best.silhouette)
                : fmt::format(
                      "{} the largest Wilks gain ({:.2f}) among those whose silhouettes "
                      "hardly differ ({:.2f})",
                      of, *best.wilks_gain, best.silhouette);
  std::string text;
  if (choice.structure == Structure::kSeveral) {
    text = fmt::format(
        "Several k are as good: k = {} was taken, k = {} {} within what sampling explains. {}; {}.",
        best.k, k_list(choice.as_good), choice.as_good.size() == 1 ? "is" : "are", why,
        strength_text(best));
    if (!weaknesses(best).empty())
      text += fmt::format(" The groups are weak: {}.", fmt::join(weaknesses(best), ", "));
  } else if (choice.structure == Structure::kClear) {
    text = fmt::format("Clear groups: k = {}. {}; {}.", best.k, why, strength_text(best));
  } else {
    text = fmt::format("Weak groups: k = {}. {}; {}. But {}.", best.k, why, strength_text(best),
                       fmt::join(weaknesses(best), ", "));
  }
  return text + ' ' + witnesses(choices, chosen);
}

std::string unsupported_sentence(const std::vector<KChoice>& choices,
                                 const std::vector<Support>& support, std::size_t chosen,
                                 const ChoiceOfK& choice) {
  const KChoice& kept = choices[chosen];
  const std::string rest =
      kept.k == 1 ? "All sessions are one persona."
                  : fmt::format(
                        "k = {} has the largest Calinski-Harabasz index and is kept for "
                        "description only.",
                        kept.k);
  if (choice.structure == Structure::kNone) {
    const auto best =
        std::max_element(choices.begin(), choices.end(), [](const KChoice& a, const KChoice& b) {
          return a.gain.value_or(-HUGE_VAL) < b.gain.value_or(-HUGE_VAL);
        });
    return fmt::format(
        "No structure: the personas slice one cloud. No k makes them tighter than those of a "
        "featureless cloud (the largest gain is {:.2f}, standard error {:.3f}, at k = {}). {}",
        *best->gain, best->gain_error, best->k, rest);
  }
  if (choice.structure == Structure::kUnstable) {
    std::size_t best = chosen;
    double jaccard = -1;
    for (std::size_t at = 0; at < choices.size(); ++at) {
      if (support[at] != Support::kUnstable || *least_jaccard(choices[at]) <= jaccard) continue;
      jaccard = *least_jaccard(choices[at]);
      best = at;
    }
    return fmt::format(
        "No k holds: the sessions are not one featureless cloud, but with every k that was tried "
        "{} "
        "(the least mean Jaccard is at most {:.2f}, at k = {}; 0.75 is needed). {}",
        "some persona does not come back when sessions are drawn anew", jaccard, choices[best].k,
        rest);
  }
  return fmt::format("Not tested: there are too few distinct points to tell groups from values. {}",
                     rest);
}

std::string given_sentence(const KChoice& given, Support support, const ChoiceOfK& choice) {
  if (support == Support::kOnePersona) return "k = 1 was given: all sessions are one persona.";
  if (support != Support::kSupported) {
    return fmt::format("k = {} was given, and the evidence does not support it: {}.", given.k,
                       why_unsupported(given, support));
  }
  std::string text =
      fmt::format("k = {} was given, and the evidence supports it: {}. The silhouette is {:.2f}.",
                  given.k, strength_text(given), given.silhouette);
  if (choice.structure == Structure::kWeak)
    text += fmt::format(" The groups are weak: {}.", fmt::join(weaknesses(given), ", "));
  return text + " Other k were not tried.";
}

}  // namespace

std::vector<std::string> weaknesses(const KChoice& choice) {
  std::vector<std::string> words;
  if (choice.silhouette < kClearSilhouette)
    words.push_back(fmt::format("the silhouette is below {}", kClearSilhouette));
  else if (least_silhouette(choice) < kClearPersonaSilhouette)
    words.push_back(
        fmt::format("one persona has a silhouette of only {:.2f}", least_silhouette(choice)));
  if (*least_jaccard(choice) < kClearJaccard)
    words.push_back(fmt::format("one persona comes back only in part (mean Jaccard {:.2f})",
                                *least_jaccard(choice)));
  if (*choice.gain < kClearGain) {
    words.push_back(is_tighter(choice) ? fmt::format("{} is little", tighter_text(choice))
                                       : "over all features together they are no tighter");
  }
  return words;
}

std::string choice_sentence(const std::vector<KChoice>& choices,
                            const std::vector<Support>& support, std::size_t chosen,
                            const ChoiceOfK& choice) {
  const KChoice& best = choices[chosen];
  if (support.empty()) {
    const std::string untested = "whether the sessions form groups at all was not tested";
    if (choices.size() == 1) return fmt::format("k = {} was given; {}.", best.k, untested);
    return fmt::format("k = {} has the largest Calinski-Harabasz index; {}.", best.k, untested);
  }
  if (choices.size() == 1) return given_sentence(best, support.front(), choice);
  if (support[chosen] == Support::kSupported)
    return supported_sentence(choices, support, chosen, choice);
  return unsupported_sentence(choices, support, chosen, choice);
}

}  // namespace covey::driver
