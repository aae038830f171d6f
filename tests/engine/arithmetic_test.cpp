// The inline arithmetic that every back end shares: rounding, wide integers, order of points,
// inertia as text.
#include "covey/arithmetic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "covey/kmeans.h"
#include "engine/support.h"

namespace covey::test {
namespace {

TEST(DivideHalfEven, AgreesWithItsDefinitionOnEverySmallQuotient) {
  // The nearest integer q to n / m has |2 (n - q m)| <= m; in the tie |2 (n - q m)| = m it is even.
  for (std::int64_t m = 1; m <= 64; ++m) {
    for (std::int64_t n = -1000; n <= 1000; ++n) {
      const std::int64_t q = divide_half_even(n, m);
      const std::int64_t twice_off = 2 * std::abs(n - q * m);
      ASSERT_LE(twice_off, m) << n << " / " << m;
      ASSERT_TRUE(twice_off < m || q % 2 == 0) << n << " / " << m;
    }
  }
}

TEST(DivideHalfEven, HoldsAtTheLargestSums) {
  // W = 2^32 - 1 points at the grid's limit: the centroid is the limit.
  const std::int64_t weight = (1LL << 32) - 1;
  EXPECT_EQ(divide_half_even(weight * kGridLimit, weight), kGridLimit);
  EXPECT_EQ(divide_half_even(-weight * kGridLimit, weight), -kGridLimit);
  const std::int64_t large = (1LL << 62) - 1;
  EXPECT_EQ(divide_half_even(large, 1), large);
  EXPECT_EQ(divide_half_even(-large, 1), -large);
  EXPECT_EQ(divide_half_even(large, large), 1);
  EXPECT_EQ(divide_half_even(1LL << 61, large), 1);        // 2^61 / (2^62 - 1) is just above 1/2
  EXPECT_EQ(divide_half_even((1LL << 61) - 1, large), 0);  // and one less just below
  EXPECT_EQ(divide_half_even(-(1LL << 61), large), -1);
}

TEST(DivideHalfEven, IsOddUnderChangeOfSign) {
  Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    const std::int64_t m = 1 + static_cast<std::int64_t>(random.bits() >> random.between(32, 63));
    const auto n = static_cast<std::int64_t>(random.bits() >> random.between(2, 63));
    ASSERT_EQ(divide_half_even(-n, m), -divide_half_even(n, m)) << n << " / " << m;
  }
}

TEST(RoundHalfEven, AgreesWithNearbyint) {
  for (int i = -4000; i <= 4000; ++i) {
    const double t = i * 0.125;
    ASSERT_EQ(round_half_even(t), std::nearbyint(t)) << t;
  }
  Random random(2);
  for (int i = 0; i < 100'000; ++i) {
    const double t = (random.uniform() - 0.5) * static_cast<double>(1ULL << random.between(1, 51));
    ASSERT_EQ(round_half_even(t), std::nearbyint(t)) << t;
    const double half = std::nearbyint(t * 0.25) + 0.5;
    ASSERT_EQ(round_half_even(half), std::nearbyint(half)) << half;
  }
  EXPECT_EQ(round_half_even(0x1.fffffffffffffp-2), 0.0);  // the largest double below 1/2
  EXPECT_EQ(round_half_even(-0.0), 0.0);
  EXPECT_EQ(round_half_even(0x1p51 - 1.0), 0x1p51 - 1.0);
}

TEST(SquaredDistance, ReachesTwoToTheSixty) {
  // 4096 features that differ by 2 Q each: 4096 * (2 * 8,355,711)^2, just below 2^60.
  const std::vector<std::int32_t> low(4096, -kGridLimit), high(4096, kGridLimit);
  const std::int64_t expected = 4096LL * (4LL * kGridLimit * kGridLimit);
  EXPECT_EQ(squared_distance(low.data(), high.data(), 4096), expected);
  EXPECT_EQ(squared_distance(high.data(), low.data(), 4096), expected);
  EXPECT_LE(expected, 1LL << 60);
  EXPECT_EQ(squared_distance(low.data(), low.data(), 4096), 0);
}

TEST(GridLimit, IsThreeSignedLimbs) { EXPECT_EQ(kGridLimit, 127 * (65536 + 256 + 1)); }

TEST(ComparePoints, IsLexicographicAndSigned) {
  const std::int32_t a[] = {-1, 5}, b[] = {1, -5}, c[] = {-1, 6};
  EXPECT_EQ(compare_points(a, b, 2), -1);
  EXPECT_EQ(compare_points(b, a, 2), 1);
  EXPECT_EQ(compare_points(a, c, 2), -1);
  EXPECT_EQ(compare_points(a, c, 1), 0);  // equal in the first feature
  EXPECT_EQ(compare_points(a, a, 2), 0);
}

TEST(Int128Text, WritesEveryDigit) {
  EXPECT_EQ(to_string(Int128{0}), "0");
  EXPECT_EQ(to_string(Int128{-7}), "-7");
  const Int128 largest = static_cast<Int128>(~UInt128{0} >> 1);
  EXPECT_EQ(to_string(largest), "170141183460469231731687303715884105727");
  EXPECT_EQ(to_string(-largest - 1), "-170141183460469231731687303715884105728");
}

TEST(ScaledInertia, IsCorrectlyRounded) {
  EXPECT_EQ(scaled_inertia(Int128{3} << 46, 23), 3.0);
  EXPECT_EQ(scaled_inertia(Int128{5}, -3), 320.0);  // p may be negative: cells of side 8
  // 2^53 + 1 is half-way between two doubles: to even, 2^53. One more unit in the last place tips
  // it.
  EXPECT_EQ(scaled_inertia((Int128{1} << 53) + 1, 0), 0x1p53);
  EXPECT_EQ(scaled_inertia((Int128{1} << 103) + (Int128{1} << 50) + 1, 0), 0x1p103 + 0x1p51);
}

}  // namespace
}  // namespace covey::test
