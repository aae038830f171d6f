// The logarithm that every back end inlines: how far it is from the truth, and its very bits, which
// each machine and compiler must reproduce (draws and log1p columns hang on them).
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "covey/arithmetic.h"
#include "engine/support.h"

namespace covey::test {
namespace {

struct Entry {
  double x, y;
};

// Computed once from the definition in arithmetic.h; not from libm.
constexpr Entry kNaturalLog[] = {
    {0x1p-1022, -0x1.6232bdd7abcd2p+9},
    {0x1.56e1fc2f8f359p-997, -0x1.5963447f87fb5p+9},
    {0x1p-53, -0x1.25e4f7b2737fap+5},
    {0x1.8p-53, -0x1.22a69334db8cap+5},
    {0x1.12e0be826d695p-30, -0x1.4b927f32bffb8p+4},
    {0x1.5555555555555p-10, -0x1.a933d9da57ab2p+2},
    {0x1.999999999999ap-4, -0x1.26bb1bbb55515p+1},
    {0x1.5555555555555p-2, -0x1.193ea7aad030bp+0},
    {0x1p-1, -0x1.62e42fefa39efp-1},
    {0x1.6a09e667f3bccp-1, -0x1.62e42fefa39f1p-2},
    {0x1.6a09e667f3bcdp-1, -0x1.62e42fefa39edp-2},
    {0x1.8p-1, -0x1.269621134db92p-2},
    {0x1.ff7ced916872bp-1, -0x1.064670d979b73p-10},
    {0x1.fffffffffffffp-1, -0x1p-53},
    {0x1p+0, 0x0p+0},
    {0x1.0000000000001p+0, 0x1p-52},
    {0x1.000ff45bb59bdp+0, 0x1.fe7b8e9cc593p-13},
    {0x1.199999999999ap+0, 0x1.8663f793c46ccp-4},
    {0x1.6a09e667f3bcdp+0, 0x1.62e42fefa39f1p-2},
    {0x1.6a09e667f3bcep+0, 0x1.62e42fefa39f3p-2},
    {0x1.8p+0, 0x1.9f323ecbf984cp-2},
    {0x1p+1, 0x1.62e42fefa39efp-1},
    {0x1.5bf0a8b145769p+1, 0x1p+0},
    {0x1.8p+1, 0x1.193ea7aad030bp+0},
    {0x1.cp+2, 0x1.f2272ae325a57p+0},
    {0x1.4p+3, 0x1.26bb1bbb55516p+1},
    {0x1.9p+6, 0x1.26bb1bbb55516p+2},
    {0x1.81cd6c8b43958p+13, 0x1.2d79559791e31p+3},
    {0x1.fffffffep+31, 0x1.62e42fef939efp+4},
    {0x1.c6bf52634p+49, 0x1.144f69ff9ffc4p+5},
    {0x1.fffffffffffffp+1023, 0x1.62e42fefa39efp+9},
};

constexpr Entry kLog1p[] = {
    {-0x1.fffffffffffffp-1, -0x1.25e4f7b2737fap+5},
    {-0x1.fff2e48e8a71ep-1, -0x1.26bb1bbb55554p+3},
    {-0x1.8p-1, -0x1.62e42fefa39efp+0},
    {-0x1p-1, -0x1.62e42fefa39efp-1},
    {-0x1.2bec333018868p-2, -0x1.62e42fefa39f1p-2},
    {-0x1.999999999999ap-4, -0x1.af8e8210a415ep-4},
    {-0x1.4f8b588e368f1p-17, -0x1.4f8bc681e6006p-17},
    {-0x1.70ef54646d497p-57, -0x1.70ef54646d497p-57},
    {0x0p+0, 0x0p+0},
    {0x0.0000000000001p-1022, 0x0.0000000000001p-1022},
    {0x1.70ef54646d497p-57, 0x1.70ef54646d497p-57},
    {0x1p-53, 0x1p-53},
    {0x1.8p-53, 0x1.8p-53},
    {0x1.b7cdfd9d7bdbbp-34, 0x1.b7cdfd9d1d693p-34},
    {0x1.4f8b588e368f1p-17, 0x1.4f8aea9ae7317p-17},
    {0x1.89374bc6a7efap-9, 0x1.88a09a34caacep-9},
    {0x1.003f349a91171p-3, 0x1.e2e0d2dcb6dd4p-4},
    {0x1p-2, 0x1.c8ff7c79a9a21p-3},
    {0x1.5555555555555p-2, 0x1.269621134db93p-2},
    {0x1.a827999fcef34p-2, 0x1.62e42fefa39f1p-2},
    {0x1p-1, 0x1.9f323ecbf984cp-2},
    {0x1p+0, 0x1.62e42fefa39efp-1},
    {0x1.8p+0, 0x1.d5240f0e0e078p-1},
    {0x1p+1, 0x1.193ea7aad030bp+0},
    {0x1.2p+3, 0x1.26bb1bbb55516p+1},
    {0x1.fap+5, 0x1.0a6b040900195p+2},
    {0x1.c2p+11, 0x1.060c043c6cc9ap+3},
    {0x1.f3cbp+15, 0x1.621ea3063c09fp+3},
    {0x1.7d784p+26, 0x1.26bb1bbe04833p+4},
    {0x1.1c37937e08p+53, 0x1.26bb1bbb55516p+5},
    {0x1.7e43c8800759cp+996, 0x1.5963447f87fb5p+9},
};

/// |got - truth| in units of the last place of a double at the truth.
double ulps(double got, long double truth) {
  int exponent = 0;
  (void)std::frexp(truth, &exponent);
  const long double unit = std::ldexp(1.0L, exponent - std::numeric_limits<double>::digits);
  return static_cast<double>(std::abs(static_cast<long double>(got) - truth) / unit);
}

TEST(NaturalLog, HasTheCommittedBits) {
  for (const Entry& entry : kNaturalLog)
    EXPECT_EQ(std::bit_cast<std::uint64_t>(natural_log(entry.x)),
              std::bit_cast<std::uint64_t>(entry.y))
        << entry.x;
}

TEST(Log1p, HasTheCommittedBits) {
  for (const Entry& entry : kLog1p)
    EXPECT_EQ(std::bit_cast<std::uint64_t>(log1p_exactly(entry.x)),
              std::bit_cast<std::uint64_t>(entry.y))
        << entry.x;
}

TEST(NaturalLog, IsWithinTwoUlp) {
  // long double has 11 bits more than double, so its own error does not count.
  static_assert(std::numeric_limits<long double>::digits >= 64);
  Random random(11);
  double worst = 0;
  for (int i = 0; i < 300'000; ++i) {
    const double any = std::bit_cast<double>(random.bits() >> 1);
    const double near_one =
        1.0 + std::ldexp(random.uniform() - 0.5, static_cast<int>(-random.between(0, 50)));
    for (const double x : {any, near_one, random.uniform() + 0x1p-54}) {
      if (!std::isnormal(x) || x == 1.0) continue;
      const double off = ulps(natural_log(x), std::log(static_cast<long double>(x)));
      ASSERT_LE(off, 2.0) << std::hexfloat << x;
      worst = std::max(worst, off);
    }
  }
  RecordProperty("worst_ulp", std::to_string(worst));
}

TEST(Log1p, IsWithinFourUlp) {
  Random random(12);
  for (int i = 0; i < 300'000; ++i) {
    const double small =
        std::ldexp(random.uniform() * 2 - 1, static_cast<int>(-random.between(0, 70)));
    const double large = std::bit_cast<double>((random.bits() >> 2) | 0x3ff0000000000000ULL);
    for (const double x : {small, large}) {
      if (!std::isfinite(x) || x <= -1.0 || x == 0.0) continue;
      ASSERT_LE(ulps(log1p_exactly(x), std::log1p(static_cast<long double>(x))), 4.0)
          << std::hexfloat << x;
    }
  }
}

TEST(Log1p, IsExactAtZeroAndMonotoneOnWholeNumbers) {
  EXPECT_EQ(log1p_exactly(0.0), 0.0);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(log1p_exactly(0.0)), 0U);
  // Durations and clicks: two different whole numbers must never change places.
  double before = log1p_exactly(0.0);
  for (int i = 1; i <= 1'000'000; ++i) {
    const double now = log1p_exactly(i);
    ASSERT_GT(now, before) << i;
    before = now;
  }
}

}  // namespace
}  // namespace covey::test
