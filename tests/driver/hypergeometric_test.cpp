#include "hypergeometric.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace covey::driver {
namespace {

/// ln of n over k.
double log_choose(std::int64_t n, std::int64_t k) {
  const auto log_factorial = [](std::int64_t of) {
    return std::lgamma(static_cast<double>(of) + 1.0);
  };
  return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

/// Chance of that many good ones.
double chance(std::int64_t good, std::int64_t bad, std::int64_t sample, std::int64_t count) {
  if (count > good || sample - count > bad) return 0.0;
  return std::exp(log_choose(good, count) + log_choose(bad, sample - count) -
                  log_choose(good + bad, sample));
}

// Draws against the exact chances: Pearson's statistic of counts with an expected 5 or more stays
// below the 1 in 10,000 point of its distribution (Wilson and Hilferty).
TEST(Hypergeometric, CountsComeAsOftenAsTheyShould) {
  const struct {
    std::int64_t good, bad, sample;
  } cases[] = {{1, 1, 1}, {4, 4, 4},        {1, 500, 3},
               {7, 3, 8}, {600, 5'000, 40}, {1'908, 10'422, 2'451}};
  constexpr int kDraws = 20'000;
  for (const auto& c : cases) {
    std::vector<int> seen(c.sample + 1, 0);
    for (std::uint32_t table = 0; table < kDraws; ++table)
      ++seen[hypergeometric(c.good, c.bad, c.sample, {1, table, 3})];
    double statistic = 0.0, rest_expected = 0.0;
    int rest_seen = 0, cells = 0;
    for (std::int64_t count = 0; count <= c.sample; ++count) {
      const double expected = kDraws * chance(c.good, c.bad, c.sample, count);
      EXPECT_TRUE(expected > 0.0 || seen[count] == 0);
      if (expected < 5.0) {
        rest_expected += expected;
        rest_seen += seen[count];
        continue;
      }
      statistic += (seen[count] - expected) * (seen[count] - expected) / expected;
      ++cells;
    }
    if (rest_expected > 0.0)
      statistic += (rest_seen - rest_expected) * (rest_seen - rest_expected) / rest_expected;
    const double degrees = cells;
    const double limit =
        degrees *
        std::pow(1.0 - 2.0 / (9.0 * degrees) + 3.719 * std::sqrt(2.0 / (9.0 * degrees)), 3);
    EXPECT_LT(statistic, limit) << c.good << " " << c.bad << " " << c.sample;
  }
}

TEST(Hypergeometric, OnlyOneCountIsPossible) {
  EXPECT_EQ(hypergeometric(0, 10, 5, {}), 0);
  EXPECT_EQ(hypergeometric(10, 0, 5, {}), 5);
  EXPECT_EQ(hypergeometric(10, 7, 17, {}), 10);
  EXPECT_EQ(hypergeometric(10, 7, 0, {}), 0);
}

// Mean and variance of 4,000 draws from billions lie within 4 standard errors.
TEST(Hypergeometric, BillionsKeepMeanAndVariance) {
  constexpr std::int64_t kGood = 800'000'000, kBad = 3'200'000'000, kSample = 1'000'000'000;
  constexpr double kMean = 0.2 * kSample;
  constexpr double kVariance = kSample * 0.2 * 0.8 * 0.75;
  constexpr int kDraws = 4'000;
  double sum = 0.0, squares = 0.0;
  for (std::uint32_t table = 0; table < kDraws; ++table) {
    const double off =
        static_cast<double>(hypergeometric(kGood, kBad, kSample, {7, table, 0})) - kMean;
    sum += off;
    squares += off * off;
  }
  EXPECT_NEAR(sum / kDraws, 0.0, 4.0 * std::sqrt(kVariance / kDraws));
  EXPECT_NEAR(squares / kDraws / kVariance, 1.0, 4.0 * std::sqrt(2.0 / kDraws));
}

TEST(Hypergeometric, TheKeyDecides) {
  const auto draw = [](std::uint64_t seed, std::uint32_t table, std::uint32_t cell) {
    return hypergeometric(1'000'000, 3'000'000, 500'000, {seed, table, cell});
  };
  EXPECT_EQ(draw(1, 2, 3), draw(1, 2, 3));
  EXPECT_NE(draw(1, 2, 3), draw(2, 2, 3));
  EXPECT_NE(draw(1, 2, 3), draw(1, 3, 3));
  EXPECT_NE(draw(1, 2, 3), draw(1, 2, 4));
}

}  // namespace
}  // namespace covey::driver
