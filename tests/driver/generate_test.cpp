// The stream of generated sessions: quotas, determinism, independence, and the laws of the latent
// types.
#include "generate.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <tuple>
#include <vector>

#include "covey/error.h"
#include "generate_sessions.h"

namespace covey::driver {
namespace {

std::vector<GeneratedSession> sessions_of(const GenerateOptions& options) {
  SessionStream stream(options);
  std::vector<GeneratedSession> sessions;
  for (std::int64_t row = 0; row < options.rows; ++row) sessions.push_back(stream.next());
  return sessions;
}

auto tie(const GeneratedSession& s) {
  return std::tie(s.id, s.clicks, s.page_views, s.time_spent, s.add_to_cart, s.channel, s.device,
                  s.conversion, s.type);
}

bool same(const std::vector<GeneratedSession>& a, const std::vector<GeneratedSession>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return tie(x) == tie(y); });
}

/// Pearson's statistic of channel x conversion: 4 degrees of freedom, mean 4, variance 8 under
/// independence.
double chi_square(const std::vector<GeneratedSession>& sessions) {
  std::array<std::array<double, 2>, kChannels> count{};
  for (const auto& session : sessions) ++count[session.channel][session.conversion];
  std::array<double, 2> all{};
  for (const auto& row : count) all = {all[0] + row[0], all[1] + row[1]};
  double sum = 0;
  for (const auto& row : count) {
    for (int value = 0; value < 2; ++value) {
      const double expected = (row[0] + row[1]) * all[value] / (all[0] + all[1]);
      sum += (row[value] - expected) * (row[value] - expected) / expected;
    }
  }
  return sum;
}

double ads_rate_over_others(const std::vector<GeneratedSession>& sessions) {
  std::array<double, 2> rows{}, conversions{};
  for (const auto& session : sessions) {
    const int group = kChannelNames[session.channel] == "Ads" ? 1 : 0;
    ++rows[group];
    conversions[group] += session.conversion;
  }
  return 100 * (conversions[1] / rows[1] - conversions[0] / rows[0]);
}

TEST(LargestRemainder, SplitsExactlyAndBreaksTiesByIndex) {
  // 7 * {1,1,1}/3 = 2.33 each: the one left goes to the first.
  EXPECT_EQ(largest_remainder(7, {1, 1, 1}), (std::vector<std::int64_t>{3, 2, 2}));
  // 10 * {5,3,1}/9 = 5.56, 3.33, 1.11.
  EXPECT_EQ(largest_remainder(10, {5, 3, 1}), (std::vector<std::int64_t>{6, 3, 1}));
  EXPECT_EQ(largest_remainder(0, {5, 3}), (std::vector<std::int64_t>{0, 0}));
  EXPECT_EQ(largest_remainder(1'000'000'000'000, {999, 1}),
            (std::vector<std::int64_t>{999'000'000'000, 1'000'000'000}));
}

TEST(CountTable, HasTheMeanAndVarianceOfItsLaw) {
  for (const LatentType& type : kLatentTypes) {
    for (const CountLaw& law : {type.clicks, type.further_views, type.seconds}) {
      const CountTable table(law);
      EXPECT_NEAR(table.mean(), law.mean, 1e-6 * law.mean);
      // 2^16 midpoints of equal chance; they miss little of the variance, from the last one's tail.
      double sum = 0;
      for (std::uint32_t word = 0x8000;; word += 0x10000) {
        sum += std::pow(table(word) - law.mean, 2);
        if (word > 0xFFFF0000U) break;
      }
      const double variance = law.mean + law.mean * law.mean / law.shape;
      EXPECT_NEAR(sum / 65536, variance, 0.002 * variance);
    }
  }
}

TEST(CountTable, IsMonotoneInTheWord) {
  const CountTable table({417, 12});
  std::int32_t last = 0;
  for (std::uint64_t word = 0; word < (std::uint64_t{1} << 32); word += 99'991) {
    const std::int32_t count = table(static_cast<std::uint32_t>(word));
    ASSERT_GE(count, last);
    last = count;
  }
  EXPECT_GT(last, 900);
  EXPECT_GE(table(0xFFFFFFFFU), last);
}

TEST(GenerateQuota, DefaultFiguresAreExact) {
  const auto sessions = sessions_of({});
  std::array<std::int64_t, kChannels> rows{}, conversions{}, seconds{};
  std::array<std::array<std::int64_t, kTypes>, kChannels> types{};
  std::set<std::tuple<int, int, int, int>> distinct;
  std::int64_t id = 0;
  for (const auto& s : sessions) {
    ASSERT_EQ(s.id, ++id);
    ASSERT_GE(s.clicks, 0);
    ASSERT_GE(s.page_views, 1);
    ASSERT_GE(s.time_spent, 0);
    ++rows[s.channel];
    conversions[s.channel] += s.conversion;
    seconds[s.channel] += s.time_spent;
    ++types[s.channel][s.type];
    distinct.insert({s.clicks, s.page_views, s.time_spent, s.add_to_cart});
  }
  EXPECT_EQ(rows, (std::array<std::int64_t, 5>{150'000, 125'000, 50'000, 100'000, 75'000}));
  EXPECT_EQ(conversions, (std::array<std::int64_t, 5>{30'435, 25'363, 9'960, 20'200, 15'150}));
  for (int channel = 0; channel < kChannels; ++channel) {
    EXPECT_GE(seconds[channel], 140 * rows[channel]);
    EXPECT_LE(seconds[channel], 141 * rows[channel]);
    for (int type = 0; type < kTypes; ++type) {
      EXPECT_EQ(types[channel][type] * 1000, rows[channel] * kLatentTypes[type].share_permille);
    }
  }
  EXPECT_GT(distinct.size(), 80'000U);
  EXPECT_LT(distinct.size(), 100'000U);
}

TEST(GenerateQuota, ScalesToAnyNumberOfRows) {
  for (const std::int64_t rows : {1, 2, 7, 64, 1025, 33'333}) {
    GenerateOptions options;
    options.rows = rows;
    std::array<std::int64_t, kChannels> count{}, conversions{};
    for (const auto& session : sessions_of(options)) {
      ++count[session.channel];
      conversions[session.channel] += session.conversion;
    }
    EXPECT_EQ(std::accumulate(count.begin(), count.end(), std::int64_t{0}), rows);
    for (int channel = 0; channel < kChannels; ++channel) {
      const auto& quota = kChannelQuotas[channel];
      EXPECT_LT(std::abs(count[channel] * 500'000 - rows * quota.sessions), 500'000) << rows;
      EXPECT_LE(
          2 * std::abs(conversions[channel] * quota.sessions - count[channel] * quota.conversions),
          quota.sessions)
          << rows;
    }
  }
}

TEST(GenerateQuota, TypesKeepTheirMeansAndRates) {
  std::array<double, kTypes> rows{}, clicks{}, views{}, seconds{}, cart{}, conversions{};
  GenerateOptions options;
  options.seed = 7;
  for (const auto& s : sessions_of(options)) {
    ++rows[s.type];
    clicks[s.type] += s.clicks;
    views[s.type] += s.page_views;
    seconds[s.type] += s.time_spent;
    cart[s.type] += s.add_to_cart;
    conversions[s.type] += s.conversion;
  }
  for (int t = 0; t < kTypes; ++t) {
    const LatentType& type = kLatentTypes[t];
    // Five standard errors of independent draws; time is stratified and far closer.
    const auto bound = [&](const CountLaw& law) {
      return 5 * std::sqrt((law.mean + law.mean * law.mean / law.shape) / rows[t]);
    };
    EXPECT_NEAR(clicks[t] / rows[t], type.clicks.mean, bound(type.clicks));
    EXPECT_NEAR(views[t] / rows[t], 1 + type.further_views.mean, bound(type.further_views));
    EXPECT_NEAR(seconds[t] / rows[t], type.seconds.mean, 0.2 * bound(type.seconds));
    EXPECT_NEAR(cart[t] / rows[t], type.cart_permille / 1000.0, 0.003);
    EXPECT_NEAR(conversions[t] / rows[t], type.conversion_permille / 1000.0, 0.002);
  }
}

TEST(GenerateQuota, NoOrderInTheRows) {
  // Each tenth of the file holds its part of every channel: the stream does not run dry of one
  // before another. A tenth is drawn without replacement, so its count varies less than a
  // binomial's; five standard errors of that.
  GenerateOptions options;
  options.rows = 100'000;
  const auto sessions = sessions_of(options);
  for (int tenth = 0; tenth < 10; ++tenth) {
    std::array<double, kChannels> count{};
    for (int row = 0; row < 10'000; ++row) ++count[sessions[tenth * 10'000 + row].channel];
    for (int channel = 0; channel < kChannels; ++channel) {
      const double share = static_cast<double>(kChannelQuotas[channel].sessions) / 500'000;
      EXPECT_NEAR(count[channel], 10'000 * share, 5 * std::sqrt(10'000 * share * (1 - share)));
    }
  }
}

TEST(Generate, TheSeedDecidesEverything) {
  for (const std::optional<double> effect : {std::optional<double>{}, std::optional<double>{0.0}}) {
    GenerateOptions options;
    options.rows = 5000;
    options.effect_points = effect;
    const auto first = sessions_of(options);
    EXPECT_TRUE(same(first, sessions_of(options)));
    options.seed = 2;
    EXPECT_FALSE(same(first, sessions_of(options)));
    options.seed = (std::uint64_t{1} << 32) + 1;  // the seed's upper half counts too
    EXPECT_FALSE(same(first, sessions_of(options)));
  }
}

TEST(Generate, KnownBits) {
  // Guards the promise that a seed means the same file on every machine and in every version.
  const auto sessions = sessions_of({});
  std::uint64_t hash = 0;
  for (const auto& s : sessions) {
    for (const std::int64_t value :
         {s.id, std::int64_t{s.clicks}, std::int64_t{s.page_views}, std::int64_t{s.time_spent},
          std::int64_t{s.add_to_cart}, std::int64_t{s.channel}, std::int64_t{s.device},
          std::int64_t{s.conversion}}) {
      hash = hash * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(value);
    }
  }
  EXPECT_EQ(hash, 4610229332481522694ULL);
}

TEST(GenerateEffect, AShorterFileIsTheBeginningOfALongerOne) {
  // Rows are independent of each other and of their number here; under quotas the number matters.
  GenerateOptions options;
  options.effect_points = 1.0;
  options.rows = 3000;
  auto longer = sessions_of(options);
  longer.resize(1000);
  options.rows = 1000;
  EXPECT_TRUE(same(longer, sessions_of(options)));
}

TEST(GenerateEffect, ZeroIsUnbiased) {
  // The sum of 60 independent statistics of 4 degrees of freedom has mean 240 and standard
  // deviation sqrt(480) = 21.9: the bounds lie four of those away. Above 9.488 lie 5 % of them: 3
  // of 60 expected, 11 or more with chance 2e-4.
  double sum = 0;
  int above = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    GenerateOptions options;
    options.rows = 20'000;
    options.seed = seed;
    options.effect_points = 0.0;
    const double statistic = chi_square(sessions_of(options));
    sum += statistic;
    above += statistic > 9.488;
  }
  EXPECT_GT(sum, 240 - 88);
  EXPECT_LT(sum, 240 + 88);
  EXPECT_LE(above, 10);
}

TEST(GenerateEffect, ShiftsAdsByTheGivenPoints) {
  for (const double points : {-15.0, -2.0, 3.0, 40.0}) {
    GenerateOptions options;
    options.rows = 400'000;
    options.effect_points = points;
    // Standard error at most 100 sqrt(0.25 / 40,000 + 0.162 / 360,000) = 0.26 points; four of them.
    EXPECT_NEAR(ads_rate_over_others(sessions_of(options)), points, 1.04);
  }
}

TEST(GenerateEffect, TheExtremesAreNoneAndAll) {
  // Rates of 1.5e-5 and 1 - 8.5e-5: of some 2,000 sessions of Ads, 0.03 and 0.17 are expected to
  // differ from the rest.
  for (const double points : {-20.21, 79.78}) {
    GenerateOptions options;
    options.rows = 20'000;
    options.effect_points = points;
    int sessions = 0, differ = 0;
    for (const auto& session : sessions_of(options)) {
      if (kChannelNames[session.channel] != "Ads") continue;
      ++sessions;
      differ += session.conversion != (points > 0);
    }
    EXPECT_GT(sessions, 1500);
    EXPECT_LE(differ, 2);
  }
}

TEST(GenerateEffect, RefusesRatesOutsideZeroToOne) {
  for (const double points : {-20.3, 79.9, std::nan(""), double{INFINITY}}) {
    GenerateOptions options;
    options.effect_points = points;
    try {
      SessionStream stream(options);
      ADD_FAILURE() << points;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_NE(std::string(error.what()).find("--effect"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace covey::driver
