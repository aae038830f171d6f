// Steps 1 to 3 of the contract: fixed point, moments, and the choice of one grid for all features.
#include "covey/grid.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "covey/backend.h"
#include "engine/support.h"

namespace covey::test {
namespace {

Summary summary_of(const Data& data, Scaling scaling, const std::vector<bool>& log1p = {}) {
  const Columns view = data.view();
  return summarise(*reference(), {&view, 1}, scaling, log1p);
}
Grid grid_of(const Data& data, Scaling scaling, const std::vector<bool>& log1p = {}) {
  return make_grid(summary_of(data, scaling, log1p), scaling, log1p);
}
Range range_of(double low, double high) {
  Range range;
  range.include(low);
  range.include(high);
  return range;
}

TEST(FixedPoint, KeepsEveryWholeNumberOfARangeBelowTwoToThe31) {
  Random random(21);
  for (int i = 0; i < 2000; ++i) {
    const std::int64_t width = random.between(1, 1LL << random.between(1, 31)) - 1;
    const std::int64_t low = random.between(-(1LL << 52), (1LL << 52));
    const FixedPoint fixed =
        fixed_point(range_of(static_cast<double>(low), static_cast<double>(low + width)));
    for (const std::int64_t x : {low, low + width / 3, low + width / 2, low + width}) {
      const FixedPoint::Limbs limbs = fixed.split(static_cast<double>(x));
      ASSERT_EQ(limbs.r, 0) << x << " in [" << low << ", +" << width << "]";
      ASSERT_EQ(fixed.middle + fixed.step * limbs.v, static_cast<double>(x));
    }
  }
}

TEST(FixedPoint, LimbsStayWithinTwoToThe30AndRestoreTheValue) {
  Random random(22);
  for (int i = 0; i < 5000; ++i) {
    const double size = std::ldexp(1.0, static_cast<int>(random.between(-300, 300)));
    const double offset = random.normal() * size * random.one_of({0.0, 1.0, 1e8});
    const double a = offset + random.normal() * size, b = offset + random.normal() * size;
    const Range range = range_of(a, b);
    const FixedPoint fixed = fixed_point(range);
    EXPECT_EQ(fixed.step * fixed.inverse_step, 1.0);
    for (const double t : {0.0, 1.0, random.uniform(), random.uniform()}) {
      const double x = std::min(std::max(a + (b - a) * t, range.low), range.high);
      const FixedPoint::Limbs limbs = fixed.split(x);
      ASSERT_LE(std::abs(limbs.v), 1 << 30);
      ASSERT_LE(std::abs(limbs.r), 1 << 30);
      const double back = fixed.middle + fixed.step * (limbs.v + limbs.r * 0x1p-31);
      // Half a unit of the second limb, and the rounding of the two sums with the middle.
      ASSERT_LE(std::abs(back - x),
                fixed.step * 0x1p-32 + (std::abs(x) + std::abs(fixed.middle)) * 0x1p-51)
          << x;
    }
  }
}

TEST(FixedPoint, MeanOfAColumnOfOnesIsOne) {
  // The range has no width: every limb is 0 and the middle is the value itself.
  const Summary summary = summary_of({1, std::vector<double>(1000, 1.0), {}}, Scaling::kStandard);
  EXPECT_EQ(summary.fixed[0].mean(summary.moments[0].sum_v, summary.moments[0].sum_r, 1000), 1.0);
}

TEST(Moments, MeanAndDeviationOfWholeNumbersAreExact) {
  // Mean 40 / 8 = 5, population variance (9 + 1 + 1 + 1 + 0 + 0 + 4 + 16) / 8 = 4.
  const Summary summary = summary_of(points(1, {2, 4, 4, 4, 5, 5, 7, 9}), Scaling::kStandard);
  const Moments& moments = summary.moments[0];
  EXPECT_EQ(summary.fixed[0].mean(moments.sum_v, moments.sum_r, 8), 5.0);
  EXPECT_EQ(standard_deviation(summary.fixed[0], moments, 8), 2.0);
}

TEST(Moments, AnOffsetOfAHundredMillionChangesNoDigitOfTheDeviation) {
  const Data near = points(1, {1, 2, 3, 4, 10});
  Data far = near;
  for (double& x : far.values) x += 1e8;
  const Summary a = summary_of(near, Scaling::kStandard), b = summary_of(far, Scaling::kStandard);
  EXPECT_EQ(standard_deviation(a.fixed[0], a.moments[0], 5),
            standard_deviation(b.fixed[0], b.moments[0], 5));
  EXPECT_EQ(b.fixed[0].mean(b.moments[0].sum_v, b.moments[0].sum_r, 5), 100000004.0);
}

TEST(Moments, MultiplicityNearTwoToThe32DoesNotOverflow) {
  // 2^31 times -1 and 2^31 - 1 times 1: the mean is -1 / (2^32 - 1), the deviation 1 to within a
  // rounding.
  Data data = points(1, {-1, 1});
  data.multiplicity = {1U << 31, (1U << 31) - 1};
  const Summary summary = summary_of(data, Scaling::kStandard);
  EXPECT_EQ(summary.weight, (1LL << 32) - 1);
  EXPECT_NEAR(standard_deviation(summary.fixed[0], summary.moments[0], summary.weight), 1.0, 1e-15);
  EXPECT_NEAR(
      summary.fixed[0].mean(summary.moments[0].sum_v, summary.moments[0].sum_r, summary.weight),
      -1.0 / 4294967295.0, 1e-24);
}

/// Largest |q| over all cells, before any cut, if p were `p`.
double reach(const Data& data, Grid grid, int p) {
  grid.p = p;
  double most = 0;
  for (std::int64_t row = 0; row < data.rows(); ++row) {
    for (int f = 0; f < data.d; ++f) {
      const double x = grid.transformed(data.at(row, f), f);
      const double offset = grid.features[static_cast<std::size_t>(f)].offset;
      most = std::max(most, std::abs(std::nearbyint((x - offset) * grid.factor(f))));
    }
  }
  return most;
}

class EveryScaling : public testing::TestWithParam<Scaling> {};

TEST_P(EveryScaling, PIsTheLargestThatKeepsTheLimit) {
  Random random(23);
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t seed = random.bits();
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random own(seed);
    Data data{static_cast<int>(own.between(1, 4)), {}, {}};
    const double unit = std::ldexp(1.0, static_cast<int>(own.between(-40, 40)));
    for (std::int64_t cell = own.between(2, 40) * data.d; cell > 0; --cell)
      data.values.push_back(own.normal() * unit + 3 * unit);
    const Grid grid = grid_of(data, GetParam());
    ASSERT_LE(reach(data, grid, grid.p), kGridLimit);  // a few tens of normal values never saturate
    ASSERT_GT(reach(data, grid, grid.p + 1), kGridLimit);
  }
}

INSTANTIATE_TEST_SUITE_P(Grid, EveryScaling,
                         testing::Values(Scaling::kStandard, Scaling::kMinMax, Scaling::kRobust,
                                         Scaling::kNone));

TEST(Grid, MinMaxAlwaysHasP22) {
  // q runs from 0 to 2^p, and 2^22 <= 8,355,711 < 2^23.
  EXPECT_EQ(grid_of(points(2, {0, 5, 1e-3, 7, 4, 1e9}), Scaling::kMinMax).p, 22);
}

TEST(Grid, AbsurdCellSaturatesAndIsCounted) {
  // 100,000 values 0 and 1 by turns and one of 1e9: the deviation is about 1e9 / sqrt(1e5), so the
  // cell lies sqrt(1e5) = 316 deviations out: p = floor(log2(8355711 / 316)) = 14. With 1e8 times
  // as many rows as multiplicity it would be below 12; two cells in a column of 4e9 rows are: 1e9 /
  // (1e9 / sqrt(2^32)) = 2^16 > 8355711 / 2^12 = 2040.
  Data data = points(1, {0, 1, 1e9});
  data.multiplicity = {1U << 31, (1U << 31) - 3, 2};
  const Columns view = data.view();
  const auto backend = reference();
  const Grid grid = grid_of(data, Scaling::kStandard);
  EXPECT_EQ(grid.p, 12);
  const auto loaded = backend->load({&view, 1}, grid, {});
  ASSERT_EQ(loaded->saturated().size(), 1U);
  EXPECT_EQ(loaded->saturated()[0], 2);  // by multiplicity
  EXPECT_EQ(coordinates(data, grid)[2], kGridLimit);
}

TEST(Grid, NoScalingNeverSaturates) {
  Data data = points(1, {0, 1, 1e9});
  const Grid grid = grid_of(data, Scaling::kNone);
  EXPECT_LE(reach(data, grid, grid.p), kGridLimit);
  EXPECT_LT(grid.p, 0);  // cells of more than one unit
}

TEST(Grid, NoScalingKeepsWholeNumbersExactly) {
  // A range of at most 2 Q = 16,711,422: cells of 1 or less, so different whole numbers stay apart,
  // by equal steps.
  const Data data = points(2, {-3, 0, 4, 16'000'000, 5, 9'999'999});
  const Grid grid = grid_of(data, Scaling::kNone);
  const auto q = coordinates(data, grid);
  EXPECT_GE(grid.p, 0);
  for (int row = 0; row < 3; ++row) {
    for (int f = 0; f < 2; ++f) {
      EXPECT_EQ(grid.value(q[static_cast<std::size_t>(2 * row + f)], f), data.at(row, f));
      EXPECT_EQ(q[static_cast<std::size_t>(2 * row + f)] - q[static_cast<std::size_t>(f)],
                std::ldexp(data.at(row, f) - data.at(0, f), grid.p));
    }
  }
}

TEST(Grid, ConstantFeatureIsZeroAndKeepsItsValue) {
  const Data data = points(2, {7.25, 1, 7.25, 2, 7.25, 4});
  for (const Scaling scaling :
       {Scaling::kStandard, Scaling::kMinMax, Scaling::kRobust, Scaling::kNone}) {
    const Grid grid = grid_of(data, scaling);
    EXPECT_TRUE(grid.features[0].constant);
    EXPECT_FALSE(grid.features[1].constant);
    EXPECT_EQ(grid.factor(0), 0.0);
    EXPECT_EQ(grid.value(0, 0), 7.25);
    const auto q = coordinates(data, grid);
    EXPECT_EQ(q[0], 0);
    EXPECT_EQ(q[4], 0);
  }
}

TEST(Grid, AllFeaturesConstantHasPZero) {
  const Grid grid = grid_of(points(2, {3, -0.0, 3, 0}), Scaling::kStandard);
  EXPECT_EQ(grid.p, 0);
  EXPECT_TRUE(grid.features[0].constant);
  EXPECT_TRUE(grid.features[1].constant);  // -0 is +0
  EXPECT_EQ(std::bit_cast<std::uint64_t>(grid.features[1].offset), 0U);
}

TEST(Grid, RobustTakesQuartilesLinearlyBetweenOrderStatistics) {
  // Five values: quartiles lie on the 2nd, 3rd, 4th. Four values 0, 1, 2, 10: at positions
  // 0.75, 1.5, 2.25.
  const Grid five = grid_of(points(1, {9, 1, 3, 7, 100}), Scaling::kRobust);
  EXPECT_EQ(five.features[0].offset, 7.0);
  EXPECT_EQ(five.features[0].scale, 9.0 - 3.0);
  const Grid four = grid_of(points(1, {10, 0, 2, 1}), Scaling::kRobust);
  EXPECT_EQ(four.features[0].offset, 1.5);
  EXPECT_EQ(four.features[0].scale, 4.0 - 0.75);
}

TEST(Grid, RobustCountsMultiplicities) {
  Data weighted = points(1, {1, 3, 7, 9, 100});
  weighted.multiplicity = {3, 1, 4, 1, 5};
  std::vector<std::int64_t> origin;
  const Grid a = grid_of(weighted, Scaling::kRobust);
  const Grid b = grid_of(weighted.repeated(origin), Scaling::kRobust);
  EXPECT_EQ(a.features[0].offset, b.features[0].offset);
  EXPECT_EQ(a.features[0].scale, b.features[0].scale);
  EXPECT_EQ(a.p, b.p);
}

TEST(Grid, RobustFallsBackToTheDeviationWhereTheQuartilesMeet) {
  // Seven of eight values are 5, the eighth 13: quartiles 5, 5, 5; mean 6, variance (7 + 49) / 8
  // = 7.
  const Grid grid = grid_of(points(1, {5, 5, 5, 5, 5, 5, 5, 13}), Scaling::kRobust);
  EXPECT_EQ(grid.features[0].offset, 5.0);
  EXPECT_DOUBLE_EQ(grid.features[0].scale, std::sqrt(7.0));
  EXPECT_FALSE(grid.features[0].constant);
}

TEST(Grid, HugeAndTinyValuesGiveAGrid) {
  for (const Scaling scaling :
       {Scaling::kStandard, Scaling::kMinMax, Scaling::kRobust, Scaling::kNone}) {
    for (const Data& data :
         {points(1, {-1e300, 1e300, 0}), points(1, {0, 5e-324, 1e-323}),
          points(1, {1e300, 1e300, 9.99e299}), points(1, {1e-300, 2e-300, 5e-300}),
          points(2, {-1e300, 5e-324, 1e300, 1, 0, -1})}) {
      const Grid grid = grid_of(data, scaling);
      for (const std::int32_t q : coordinates(data, grid)) EXPECT_LE(std::abs(q), kGridLimit);
      EXPECT_TRUE(std::isfinite(grid.value(kGridLimit, 0)) || scaling == Scaling::kNone);
    }
  }
}

TEST(Grid, Log1pComesFirst) {
  const Data data = points(1, {0, 1, 3600});
  const Grid grid = grid_of(data, Scaling::kMinMax, {true});
  EXPECT_EQ(grid.features[0].offset, 0.0);
  EXPECT_EQ(grid.features[0].scale, log1p_exactly(3600.0));
  EXPECT_EQ(coordinates(data, grid)[2], 1 << 22);
  EXPECT_NEAR(grid.value(1 << 22, 0), 3600.0, 1e-9);
  EXPECT_NEAR(grid.value(coordinates(data, grid)[1], 0), 1.0, 1e-5);
}

TEST(Quantise, RoundsHalvesToEvenAndCutsBeyondTheLimit) {
  bool cut = false;
  EXPECT_EQ(Grid::quantise(2.5, 0, 1, cut), 2);
  EXPECT_EQ(Grid::quantise(-3.5, 0, 1, cut), -4);
  EXPECT_EQ(Grid::quantise(kGridLimit, 0, 1, cut), kGridLimit);
  EXPECT_FALSE(cut);
  EXPECT_EQ(Grid::quantise(kGridLimit + 1.0, 0, 1, cut), kGridLimit);
  EXPECT_TRUE(cut);
  EXPECT_EQ(Grid::quantise(-1e300, 1e300, 1e10, cut),
            -kGridLimit);  // the difference times 1e10 overflows
  EXPECT_TRUE(cut);
}

TEST(ScalingName, IsReadBack) {
  for (const Scaling scaling :
       {Scaling::kStandard, Scaling::kMinMax, Scaling::kRobust, Scaling::kNone})
    EXPECT_EQ(scaling_from_name(scaling_name(scaling)), scaling);
  EXPECT_EQ(error_of([] { scaling_from_name("minmax"); }).kind(), ErrorKind::kUsage);
}

}  // namespace
}  // namespace covey::test
