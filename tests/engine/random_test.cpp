// Draws are functions of keys and coordinates: known answers, ranges at the extremes, and the
// race's odds.
#include "covey/random.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>
#include <vector>

#include "engine/support.h"

namespace covey::test {
namespace {

using Counter = std::array<std::uint32_t, 4>;
using Key = std::array<std::uint32_t, 2>;

TEST(Philox, GivesTheKnownAnswersOfItsAuthors) {
  // The three vectors for philox4x32 with 10 rounds that are distributed with the paper's code.
  EXPECT_EQ(philox4x32(Counter{0, 0, 0, 0}, Key{0, 0}),
            (Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox4x32(Counter{ones, ones, ones, ones}, Key{ones, ones}),
            (Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32(Counter{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                       Key{0xa4093822, 0x299f31d0}),
            (Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(UnitInterval, StaysInsideAtItsExtremes) {
  const double least = unit_interval(0, 0), most = unit_interval(0xffffffff, 0xffffffff);
  EXPECT_EQ(least, 0x1p-53);
  EXPECT_EQ(most, 1.0 - 0x1p-53);
  EXPECT_GT(least, 0.0);
  EXPECT_LT(most, 1.0);
  EXPECT_EQ(1.0 - least, most);  // 1 - u is exact
  EXPECT_EQ(1.0 - most, least);
  EXPECT_EQ(unit_interval(0, 0xfff), least);  // the low 12 bits are not read
  EXPECT_EQ(unit_interval(0x80000000, 0), 0.5 + 0x1p-53);
}

TEST(Draw, DependsOnEveryPartOfItsKey) {
  const DrawKey key{7, 3, 5};
  const auto u = draw_pair(key, 1, 99);
  EXPECT_NE(u[0], u[1]);
  EXPECT_EQ(u, draw_pair({7, 3, 5}, 1, 99));
  std::set<double> seen{u[0]};
  for (const DrawKey& other : {DrawKey{8, 3, 5}, DrawKey{7 + (1ULL << 32), 3, 5}, DrawKey{7, 4, 5},
                               DrawKey{7, 3 + (1U << 23), 5}, DrawKey{7, 3, 6}})
    EXPECT_TRUE(seen.insert(draw_pair(other, 1, 99)[0]).second);
  EXPECT_TRUE(seen.insert(draw_pair(key, 2, 99)[0]).second);
  EXPECT_TRUE(seen.insert(draw_pair(key, 1, 100)[0]).second);
  EXPECT_TRUE(seen.insert(draw_pair(key, 1, 99 + (1ULL << 32))[0]).second);
}

TEST(HashPoint, TellsOrderSignAndLengthApart) {
  const std::int32_t a[] = {1, 2, 0}, b[] = {2, 1, 0}, c[] = {-1, 2, 0};
  std::set<std::uint64_t> seen;
  for (const auto* point : {a, b, c})
    for (int d = 1; d <= 3; ++d) EXPECT_TRUE(seen.insert(hash_point(point, d)).second);
}

TEST(HashPoint, SpreadsANarrowLattice) {
  // 2^16 neighbouring points: 64-bit hashes collide with probability 2^-33, and the top byte is
  // even to 5 sigma (256 expected in each of 256 bins, standard deviation 16).
  std::set<std::uint64_t> seen;
  std::vector<int> top(256, 0), low(256, 0);
  for (std::int32_t x = 0; x < 256; ++x) {
    for (std::int32_t y = 0; y < 256; ++y) {
      const std::int32_t point[] = {x, y};
      const std::uint64_t hash = hash_point(point, 2);
      EXPECT_TRUE(seen.insert(hash).second);
      ++top[hash >> 56];
      ++low[hash & 255];
    }
  }
  for (const auto& bins : {top, low})
    for (const int count : bins) EXPECT_NEAR(count, 256, 80);
}

TEST(Race, WinsInProportionToWeight) {
  // Weights 1, 2, 5: of 40,000 races the shares are 1/8, 2/8, 5/8, each within 5 sigma (< 0.0125).
  const double weights[] = {1, 2, 5};
  int wins[3] = {0, 0, 0};
  for (std::uint32_t race = 0; race < 40'000; ++race) {
    int best = 0;
    double soonest = HUGE_VAL;
    for (int i = 0; i < 3; ++i) {
      const std::int32_t point[] = {i, 10 * i};
      const double time =
          race_time(draw_pair({1, 0, race}, 0, hash_point(point, 2))[0], weights[i]);
      ASSERT_GT(time, 0.0);
      if (time < soonest) best = i, soonest = time;
    }
    ++wins[best];
  }
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(wins[i] / 40'000.0, weights[i] / 8.0, 0.0125);
}

TEST(Race, TimeIsFiniteAndPositiveAtTheExtremes) {
  for (const double u : {0x1p-53, 0.5, 1.0 - 0x1p-53}) {
    for (const double weight : {1.0, race_weight(0xffffffffU, 1LL << 60)}) {
      EXPECT_GT(race_time(u, weight), 0.0);
      EXPECT_LT(race_time(u, weight), HUGE_VAL);
    }
  }
  EXPECT_EQ(race_weight(3, 1LL << 60), 3.0 * 0x1p60);
}

TEST(Race, ScreenBoundsTheTimeFromBelow) {
  // 1 - u <= -ln u: what spares nearly all logarithms must hold for the computed values too.
  Random random(3);
  for (int i = 0; i < 200'000; ++i) {
    const double u = unit_interval(static_cast<std::uint32_t>(random.bits()),
                                   static_cast<std::uint32_t>(random.bits()));
    ASSERT_LE(1.0 - u, -natural_log(u)) << u;
  }
  for (int i = 1; i < 4096; i += 2) {
    const double u = 1.0 - i * 0x1p-53;
    ASSERT_LE(1.0 - u, -natural_log(u)) << u;
  }
}

}  // namespace
}  // namespace covey::test
