#include "comparisons.h"

#include <algorithm>

#include "covey/arithmetic.h"
#include "multiple_tests.h"
#include "proportions.h"
#include "statistics.h"

namespace covey::driver {
namespace {

constexpr std::int64_t kLeastExpected = 5;
constexpr const char* kOther = "(other)";
constexpr const char* kOtherMerged = "(other, merged)";  ///< where the data has an "(other)"

/// Whether the smaller of `sessions` times the rate of `all` and times its complement is below
/// kLeastExpected.
bool expects_few(std::int64_t sessions, const Rate& all) {
  const std::int64_t rarer = std::min(all.successes, all.trials - all.successes);
  return Int128{sessions} * rarer < Int128{kLeastExpected} * all.trials;
}

Comparison compared(const std::string& name_a, const std::string& name_b, const Rate& a,
                    const Rate& b, double margin) {
  Comparison result;
  result.a = name_a;
  result.b = name_b;
  result.rate_a = a;
  result.rate_b = b;
  result.difference = newcombe(a, b);
  result.cohens_h = cohens_h(a, b);
  result.too_few = too_few_to_test(a, b);
  if (result.too_few) return result;
  const ZTest test = two_proportion_z(a, b);
  result.z = test.z;
  result.p = test.p;
  result.p_equivalence = equivalence_p(a, b, margin);
  result.equivalent = result.p_equivalence < kLevel;
  return result;
}

}  // namespace

Rate total_rate(const RatedGroups& groups) {
  std::int64_t successes = 0, trials = 0;
  for (const Rate& rate : groups.rates) {
    successes += rate.successes;
    trials += rate.trials;
  }
  return wilson(successes, trials);
}

Rate rest_of(const Rate& rate, const Rate& all) {
  return wilson(all.successes - rate.successes, all.trials - rate.trials);
}

bool too_few_to_test(const Rate& a, const Rate& b) {
  const Rate both = wilson(a.successes + b.successes, a.trials + b.trials);
  return expects_few(std::min(a.trials, b.trials), both);
}

RatedGroups merged_for_pairs(const RatedGroups& groups, std::vector<std::string>& merged) {
  const Rate all = total_rate(groups);
  RatedGroups result, rare;
  for (std::size_t g = 0; g < groups.names.size(); ++g) {
    const bool is_rare =
        result.names.size() == kMostPaired || expects_few(groups.rates[g].trials, all);
    RatedGroups& target = is_rare ? rare : result;
    target.names.push_back(groups.names[g]);
    target.rates.push_back(groups.rates[g]);
  }
  if (!rare.names.empty()) {
    const auto end = result.names.end();
    const bool taken = std::find(result.names.begin(), end, kOther) != end;
    result.names.emplace_back(taken ? kOtherMerged : kOther);
    result.rates.push_back(total_rate(rare));
  }
  merged = std::move(rare.names);
  return result;
}

std::vector<Comparison> compare_pairs(const RatedGroups& groups, double margin) {
  std::vector<Comparison> pairs;
  for (std::size_t a = 0; a < groups.names.size(); ++a) {
    for (std::size_t b = a + 1; b < groups.names.size(); ++b) {
      pairs.push_back(
          compared(groups.names[a], groups.names[b], groups.rates[a], groups.rates[b], margin));
    }
  }
  adjust_family(pairs);
  return pairs;
}

std::vector<Comparison> compare_with_rest(const RatedGroups& groups, std::size_t most,
                                          double margin) {
  if (groups.names.size() < 2) return {};
  const Rate all = total_rate(groups);
  std::vector<Comparison> family;
  for (std::size_t g = 0; g < std::min(most, groups.names.size()); ++g) {
    const Rate& rate = groups.rates[g];
    family.push_back(compared(groups.names[g], "(rest)", rate, rest_of(rate, all), margin));
  }
  adjust_family(family);
  return family;
}

}  // namespace covey::driver
