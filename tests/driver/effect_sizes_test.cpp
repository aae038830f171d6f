#include "effect_sizes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "results_support.h"

namespace covey::driver {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

EffectSizes effects_of(const Sessions& sessions, const std::vector<std::int32_t>& group,
                       int groups) {
  const auto backend = reference_backend();
  const Prepared prepared = prepare(*backend, sessions, options_for({2}));
  return effect_sizes(label_statistics(*backend, sessions, prepared, group, groups),
                      prepared.original);
}

// x: 1, 2, 3 and 101, 102, 106 have means 2 and 103, and squares of 2 and 14 within: pooled
// variance 16 / 4, so d = 101 / 2. Between: 3 (2 - 52.5)^2 + 3 (103 - 52.5)^2 = 15301.5, and 16 in
// the two. flag does not vary within: its d is infinite, its eta squared 1.
TEST(EffectSizes, ByHand) {
  const EffectSizes effects = effects_of(six_sessions(), {0, 0, 0, 1, 1, 1}, 2);
  EXPECT_DOUBLE_EQ(effects.difference[0][0], -50.5);
  EXPECT_DOUBLE_EQ(effects.difference[1][0], 50.5);
  EXPECT_EQ(effects.difference[0][1], -kInfinity);
  EXPECT_EQ(effects.difference[1][1], kInfinity);
  EXPECT_DOUBLE_EQ(effects.eta_squared[0], 15301.5 / 15317.5);
  EXPECT_EQ(effects.eta_squared[1], 1.0);
}

// Weights of plants under a control and two treatments (A. J. Dobson, An Introduction to
// Statistical Modelling, 1983; `PlantGrowth` of R, whose analysis of variance has squares of
// 3.76634 between and 10.49209 within).
TEST(EffectSizes, EtaSquaredOfPlantGrowth) {
  const Sessions plants =
      sessions_of({"weight"}, {{4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14,  //
                                4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69,  //
                                6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26}});
  std::vector<std::int32_t> group(30);
  for (int row = 0; row < 30; ++row) group[row] = row / 10;
  const EffectSizes effects = effects_of(plants, group, 3);
  EXPECT_NEAR(effects.eta_squared[0], 3.76634 / (3.76634 + 10.49209), 1e-6);
}

TEST(EffectSizes, WithoutVariationOrRestThereAreNone) {
  Sessions sessions = six_sessions();
  sessions.features[1].assign(6, 0.3);
  const EffectSizes constant = effects_of(sessions, {0, 0, 0, 1, 1, 1}, 2);
  EXPECT_EQ(constant.eta_squared[1], 0.0);
  EXPECT_EQ(constant.difference[0][1], 0.0);
  // One group holds everything, the other nothing.
  const EffectSizes all = effects_of(sessions, {0, 0, 0, 0, 0, 0}, 2);
  EXPECT_EQ(all.eta_squared, (std::vector<double>{0, 0}));
  EXPECT_EQ(all.difference, (std::vector<std::vector<double>>{{0, 0}, {0, 0}}));
}

TEST(EffectSizes, DefiningFeatures) {
  EXPECT_EQ(defining_features({0.49, -0.5, 2.0}), (std::vector<int>{2, 1}));
  EXPECT_EQ(defining_features({0.6, -kInfinity, 0.7, -0.7, 0.8}), (std::vector<int>{1, 4, 2}));
  EXPECT_TRUE(defining_features({0.1, -0.2}).empty());
}

}  // namespace
}  // namespace covey::driver
