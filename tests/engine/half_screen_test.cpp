// The bound of the first look in fp16, against exact integers: scores with every error that the
// matrix units may make stay within it, half of it certifies wrong labels, and a slack is never
// more than the true gap.
#include "covey/half_screen.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/support.h"

namespace covey::test {
namespace {

using Vector = std::vector<std::int32_t>;

TEST(HalfOfGrid, EveryCoordinateIsItsHalfAndARest) {
  for (std::int32_t v = 0; v <= 2 * kGridLimit; v += v < 70'000 ? 1 : 37) {
    for (const std::int32_t signed_v : {v, -v}) {
      const std::uint16_t half = half_of_grid(signed_v);
      const std::int32_t h = grid_of_half(half);
      // 11 bits hold it: the rest is at most half of the last one.
      const int places = v < 2048 ? 0 : std::ilogb(static_cast<double>(v)) - 10;
      ASSERT_LE(std::abs(signed_v - h), places == 0 ? 0 : 1 << (places - 1)) << signed_v;
      ASSERT_LT(half & 0x7FFFU, 0x7C00U) << signed_v;  // finite
      ASSERT_EQ(half_of_grid(h), half) << signed_v;
    }
  }
}

TEST(HalfOfGrid, HalvesGoToEven) {
  EXPECT_EQ(grid_of_half(half_of_grid(2049)), 2048);
  EXPECT_EQ(grid_of_half(half_of_grid(2051)), 2052);
  EXPECT_EQ(grid_of_half(half_of_grid(-4098)), -4096);
  EXPECT_EQ(grid_of_half(half_of_grid(4095)), 4096);  // over a power of two
  EXPECT_EQ(half_of_grid(256), 0x3C00);
  EXPECT_EQ(half_of_grid(-512), 0xC000);
  EXPECT_EQ(half_of_grid(1), 0x1C00);
}

HalfSquares squares(const Vector& v) {
  HalfSquares squares;
  for (const std::int32_t value : v) squares.add(value);
  return squares;
}

long double product(const Vector& x, const Vector& c) {
  Int128 sum = 0;
  for (std::size_t f = 0; f < x.size(); ++f) sum += static_cast<Int128>(x[f]) * c[f];
  return static_cast<long double>(sum);
}

Vector halves(const Vector& v) {
  Vector h;
  h.reserve(v.size());
  for (const std::int32_t value : v) h.push_back(grid_of_half(half_of_grid(value)));
  return h;
}

/// |c|^2 / 2 - x.c in the unit of scores: a multiple of 2^-17 below 2^46, exact.
long double exact_score(const Vector& x, const Vector& c) {
  return (product(c, c) / 2 - product(x, c)) * 0x1p-16L;
}

/// A score as the matrix units may make it: `error` of the largest error that the bound allows
/// them, -1 to 1, then all bits of the tag set or cleared.
float computed_score(const Vector& x, const Vector& c, float half, double error, bool tag) {
  const HalfSquares of_x = squares(x), of_c = squares(c);
  const long double gamma = static_cast<long double>(x.size() + 16) * 0x1p-22L;
  const long double lengths = std::sqrt(static_cast<long double>(of_x.high)) *
                              std::sqrt(static_cast<long double>(of_c.high));
  const long double sum =
      (product(halves(x), halves(c)) + static_cast<long double>(error) * gamma * lengths) *
      0x1p-16L;
  // Where the sum was at the edge of gamma, the rounding to float32 is part of gamma.
  const auto accumulated =
      static_cast<float>(std::abs(error) == 1 ? sum * (1 - 0x1p-23L * (sum * error > 0)) : sum);
  const auto bits = std::bit_cast<std::uint32_t>(half - accumulated);
  const std::uint32_t mask = (1U << kHalfTagBits) - 1;
  return std::bit_cast<float>(tag ? bits | mask : bits & ~mask);
}

double ratio_of(const Vector& x) {
  const HalfSquares of = squares(x);
  return of.high == 0 ? 0 : std::sqrt(static_cast<double>(of.rest) / static_cast<double>(of.high));
}

/// Coordinates of some kind within the difference of two grid points.
Vector draw(Random& random, int d) {
  constexpr std::int64_t kMost = 2 * kGridLimit;
  const std::int64_t size = random.one_of<std::int64_t>({1, 100, 2047, 5000, 1 << 20, kMost});
  const int kind = static_cast<int>(random.below(3));
  Vector v;
  for (int f = 0; f < d; ++f) {
    const std::int64_t value = random.between(-size, size);
    // Rests as large as can be: just below the middle of two halves.
    const std::int64_t rested = (value / 4096 * 4096 + (value < 0 ? -1 : 1)) % kMost;
    v.push_back(static_cast<std::int32_t>(kind == 0   ? value
                                          : kind == 1 ? rested
                                                      : (f == 0 ? value : 0)));
  }
  return v;
}

TEST(HalfBound, HoldsWhateverTheMatrixUnitsDo) {
  Random random(71);
  for (int i = 0; i < 4000; ++i) {
    const int d = random.one_of({1, 2, 17, 64, 100, 1000});
    const Vector x = draw(random, d);
    Vector c = random.below(3) == 0 ? x : draw(random, d);
    if (random.below(2) == 0) c[0] = std::clamp(c[0] + 1, -2 * kGridLimit, 2 * kGridLimit);
    // Any ratio is right, the point's own is usual.
    const HalfBound bound(d, random.one_of({ratio_of(x), 0.0, 0x1p-11, 1.0}));
    const float allowance = bound.allowance(squares(x));
    const HalfCentroid centroid = bound.centroid(squares(c));
    const long double exact = exact_score(x, c), a = allowance / 2;
    for (const double error : {-1.0, 0.0, 0.25, 1.0}) {
      for (const bool tag : {false, true}) {
        const float score = computed_score(x, c, centroid.half, error, tag);
        ASSERT_GE(exact, score - a) << "case " << i << ", d " << d << ", error " << error;
        ASSERT_LE(exact, score + a + static_cast<long double>(centroid.back))
            << "case " << i << ", d " << d << ", error " << error;
      }
    }
  }
}

/// A point whose rest lies along one centroid and against the other, both of the point's length and
/// made of halves: the error is nearly the whole of |rest| |c|, and opposite for the two.
/// Coordinates are v and -v, and of d / 2 - 1 negative ones the half is a place lower; rests are
/// half a place, less one unit. So coordinates add up to a little more than 0, halves to less: the
/// centroid (v, ..., v) is nearer than (-v, ..., -v), and looks farther.
struct Edge {
  Vector x, near, far;
};
Edge edge(int d, std::int32_t v) {
  Edge edge;
  const std::int32_t place = v / 1024;  // v is a power of two
  for (int f = 0; f < d; ++f) {
    const std::int32_t half = f % 2 == 0 ? v : f == 1 ? -v : -v - place;
    edge.x.push_back(half + place / 2 - 1);
    edge.near.push_back(v);
    edge.far.push_back(-v);
  }
  return edge;
}

TEST(HalfBound, HalfOfItCertifiesWrongLabels) {
  for (const int d : {16, 64, 200}) {
    const Edge one = edge(d, 1 << 20);
    ASSERT_LT(exact_score(one.x, one.near), exact_score(one.x, one.far));
    const HalfBound bound(d, ratio_of(one.x));
    const HalfCentroid near = bound.centroid(squares(one.near));
    const HalfCentroid far = bound.centroid(squares(one.far));
    const float best = computed_score(one.x, one.far, far.half, 0, false);
    const float second = computed_score(one.x, one.near, near.half, 0, false);
    const float need = half_need(bound.allowance(squares(one.x)), far.back);
    EXPECT_GT(second - best, need / 2) << d;
    EXPECT_LE(second - best, need) << d;
    EXPECT_LE(second, half_threshold(best, need)) << d;
    EXPECT_EQ(half_slack(best, second, bound.allowance(squares(one.x)), far.back,
                         half_square(squares(one.x).whole)),
              0);
  }
}

TEST(HalfSlack, IsNeverMoreThanTheTrueGap) {
  Random random(72);
  int positive = 0;
  for (int i = 0; i < 4000; ++i) {
    const int d = random.one_of({1, 17, 64, 300});
    const Vector x = draw(random, d);
    std::array<Vector, 2> c = {random.below(2) == 0 ? x : draw(random, d), draw(random, d)};
    c[0][0] = std::clamp(c[0][0] + 3, -2 * kGridLimit, 2 * kGridLimit);
    const HalfBound bound(d, ratio_of(x));
    std::array<long double, 2> distance{};
    std::array<float, 2> score{};
    std::array<HalfCentroid, 2> centroid{};
    for (std::size_t j = 0; j < 2; ++j) {
      centroid[j] = bound.centroid(squares(c[j]));
      score[j] = computed_score(x, c[j], centroid[j].half, j == 0 ? 1 : -1, j == 0);
      const long double square = product(x, x) + product(c[j], c[j]) - 2 * product(x, c[j]);
      distance[j] = std::sqrt(square);
    }
    const std::size_t best = score[0] < score[1] ? 0 : 1;
    const float slack = half_slack(score[best], score[1 - best], bound.allowance(squares(x)),
                                   centroid[best].back, half_square(squares(x).whole));
    ASSERT_GE(slack, 0);
    if (slack > 0) {
      ASSERT_LE(slack, distance[1 - best] - distance[best]) << i;
      positive += slack > 0.9 * (distance[1 - best] - distance[best]);
    }
  }
  EXPECT_GT(positive, 1000);  // and mostly not much less
}

TEST(HalfSlack, OneCentroidIsCertifiedForGood) {
  const HalfBound bound(1, 0);
  const float slack = half_slack(-1, kHalfFar, bound.allowance({}), 0, 1);
  EXPECT_GT(slack, 1e18F);
  EXPECT_TRUE(std::isfinite(slack));
}

TEST(HalfBound, EqualScoresAreNeverCertified) {
  const HalfBound bound(17, 0);
  EXPECT_FALSE(0.0F > half_need(bound.allowance({}), bound.centroid({}).back));
  EXPECT_EQ(half_slack(0, 0, bound.allowance({}), bound.centroid({}).back, 0), 0);
}

}  // namespace
}  // namespace covey::test
