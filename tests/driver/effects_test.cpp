// The verdicts on data sets of known truth: sessions drawn independently by the generator, where
// Ads converts a given number of points above the other channels. Seeds are 1, 2, 3 ...: nothing is
// chosen.
#include <gtest/gtest.h>
#include <tbb/parallel_for.h>

#include <array>
#include <cmath>
#include <vector>

#include "attribution_tests.h"
#include "generate_sessions.h"

namespace covey::driver {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr int kManySets = 100, kLargeSets = 3;
#else
constexpr int kManySets = 1'000, kLargeSets = 100;
#endif

/// How far off the share may be among so many sets: 2 points of 5 % among 1,000.
double room(double share, int sets) {
  constexpr double kDeviations = 2.9;
  return kDeviations * std::sqrt(share * (1 - share) / sets);
}

/// Findings on `rows` sessions of this seed under each effect; the sessions of all effects are made
/// from the same words.
template <std::size_t n>
std::array<Findings, n> findings_of(std::uint64_t seed, std::int64_t rows,
                                    const std::array<double, n>& effects) {
  std::vector<IndependentStream> streams(effects.begin(), effects.end());
  ClassifiedCounts none;
  none.channels.assign(kChannelNames.begin(), kChannelNames.end());
  none.by_channel = {kChannels, 1, 1, true,
                     std::vector<std::int64_t>(std::size_t{2} * kChannels, 0)};
  none.by_device = {1, 1, 1, true, {0, 0}};
  std::vector<ClassifiedCounts> counts(n, none);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto words = words_of(seed, static_cast<std::uint64_t>(row));
    for (std::size_t e = 0; e < n; ++e) {
      const auto draw = streams[e].next(words);
      ++counts[e].by_channel.sessions[std::size_t{2} * draw.channel + draw.conversion];
    }
  }
  std::array<Findings, n> findings;
  for (std::size_t e = 0; e < n; ++e) findings[e] = test_attribution(counts[e], {}, 0.01);
  return findings;
}

/// What is asked of one data set.
struct Seen {
  bool differ = false;      ///< the omnibus verdict
  bool pair = false;        ///< at least one pair, after Holm
  bool ads = false;         ///< Ads against the rest, after Holm
  Interval ads_difference;  ///< Ads less the rest
};

Seen seen(const Findings& findings) {
  Seen result;
  result.differ = findings.rows.front().verdict.starts_with("channels differ");
  for (const Comparison& pair : findings.channel_pairs) result.pair |= pair.differs;
  for (const Comparison& rest : findings.channel_rest) {
    if (rest.a != "Ads") continue;
    result.ads = rest.differs;
    result.ads_difference = rest.difference;
  }
  return result;
}

/// seen[set][effect] of the seeds from 1.
template <std::size_t n>
std::vector<std::array<Seen, n>> sets_of(int sets, std::int64_t rows,
                                         const std::array<double, n>& effects) {
  std::vector<std::array<Seen, n>> result(sets);
  tbb::parallel_for(0, sets, [&](int set) {
    const auto findings = findings_of(static_cast<std::uint64_t>(set) + 1, rows, effects);
    for (std::size_t e = 0; e < n; ++e) result[set][e] = seen(findings[e]);
  });
  return result;
}

/// Share of the sets that meet it.
template <typename Sets, typename Meets>
double share_of(const Sets& sets, Meets meets) {
  int count = 0;
  for (const auto& set : sets) count += meets(set) ? 1 : 0;
  return count / static_cast<double>(sets.size());
}

// 10,000 sessions: the rarest cell, conversions of Ads, expects 202.
TEST(Effects, NoEffectIsSeldomSeenAndTheIntervalCoversASmallOne) {
  const auto sets = sets_of<2>(kManySets, 10'000, {0.0, 0.3});
  const double false_alarms = share_of(sets, [](const auto& set) { return set[0].differ; });
  EXPECT_NEAR(false_alarms, 0.05, room(0.05, kManySets));
  EXPECT_LE(share_of(sets, [](const auto& set) { return set[0].pair; }),
            0.05 + room(0.05, kManySets));
  EXPECT_LE(share_of(sets, [](const auto& set) { return set[1].differ; }), 0.5);
  const double covered = share_of(sets, [](const auto& set) {
    const Interval& ads = set[1].ads_difference;
    return ads.low <= 0.003 && 0.003 <= ads.high;
  });
  EXPECT_NEAR(covered, 0.95, room(0.05, kManySets));
}

// 500,000 sessions, 50,000 of them by Ads: a point is 5.2 standard errors, 0.3 points 1.6.
TEST(Effects, APointIsFoundAndALittleMostlyNot) {
  const auto sets = sets_of<2>(kLargeSets, 500'000, {0.3, 1.0});
  const int missed = static_cast<int>(
      std::lround(kLargeSets * share_of(sets, [](const auto& set) { return !set[1].differ; })));
  EXPECT_LE(missed, 1);
  EXPECT_GE(share_of(sets, [](const auto& set) { return set[1].ads; }), 0.99);
  EXPECT_LE(share_of(sets, [](const auto& set) { return set[0].differ; }), 0.5);
}

}  // namespace
}  // namespace covey::driver
