// Gap statistic and bootstrap on points whose answer is known.
#include "gap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "bootstrap.h"
#include "results_support.h"
#include "sample_points.h"

namespace covey::driver {
namespace {

/// `groups` stretches of a line, each of `count` points 1,000 apart, `step` from one to the next.
PointSample stretches(int groups, int count, int step) {
  PointSample sample;
  sample.d = 1;
  for (int group = 0; group < groups; ++group) {
    for (int at = 0; at < count; ++at) sample.q.push_back(group * step + at * 1'000);
  }
  sample.multiplicity.assign(sample.q.size(), 1);
  return sample;
}

std::unique_ptr<Points> loaded(const Backend& backend, const PointSample& sample) {
  const std::vector<double> coordinates(sample.q.begin(), sample.q.end());
  return load_coordinates(backend, sample.d, coordinates, sample.multiplicity);
}

// A uniform line cut in k: each part has a k-th of the points and a k-th of the width, so that W_k
// = W_1 / k^2, in the data as in the references.
TEST(Gap, OfAUniformLineIsZero) {
  const auto backend = reference_backend();
  const auto points = loaded(*backend, stretches(1, 400, 0));
  const std::vector<Gap> gaps = gap_statistic(*backend, *points, {2, 3}, {});
  ASSERT_EQ(gaps.size(), 3U);
  for (const Gap& gap : gaps) {
    EXPECT_NEAR(*gap.value, 0.0, 4 * gap.error) << gap.k;
    EXPECT_NEAR(*gap.gain, 0.0, 4 * gap.gain_error + 1e-12) << gap.k;
    EXPECT_LT(gap.error, 0.1);
  }
}

// Two stretches of 200 points, 1,000 apart, 10^6 between their starts: W_1 / W_2 = 1 + (5 10^5)^2 /
// (1000^2 (200^2 - 1) / 12), where references have 4 (but for their noise).
TEST(Gap, OfTwoStretchesIsWhatTheyGain) {
  const auto backend = reference_backend();
  const auto points = loaded(*backend, stretches(2, 200, 1'000'000));
  const std::vector<Gap> gaps = gap_statistic(*backend, *points, {2}, {});
  const double ratio = 1 + 2.5e11 / (1e6 * (200.0 * 200.0 - 1) / 12);
  EXPECT_NEAR(*gaps[1].gain, std::log(ratio / 4), 4 * gaps[1].gain_error);
  EXPECT_LT(gaps[1].gain_error, 0.1);
  EXPECT_NEAR(*gaps[1].value - *gaps[0].value, *gaps[1].gain, 1e-12);
}

TEST(Gap, IsAbsentWhereNoSpreadIsLeft) {
  const auto backend = reference_backend();
  const auto points = loaded(*backend, stretches(3, 1, 1'000));
  const std::vector<Gap> gaps = gap_statistic(*backend, *points, {2, 3}, {});
  EXPECT_TRUE(gaps[1].value.has_value());
  EXPECT_FALSE(gaps[2].value.has_value());
  EXPECT_FALSE(gaps[2].gain.has_value());
}

TEST(Gap, OfEqualPointsIsAbsent) {
  const auto backend = reference_backend();
  PointSample sample = stretches(1, 1, 0);
  sample.multiplicity = {7};
  const auto points = loaded(*backend, sample);
  for (const Gap& gap : gap_statistic(*backend, *points, {2}, {}))
    EXPECT_FALSE(gap.value.has_value());
}

// Beyond the grid's room the references are drawn in coarser units; the logarithm makes up for it.
TEST(Gap, OfWideDataFitsTheGrid) {
  const auto backend = reference_backend();
  PointSample sample{2, {}, std::vector<std::uint32_t>(64, 1)};
  for (std::int32_t at = 0; at < 64; ++at) {
    const std::int32_t x = at % 2 == 0 ? kGridLimit : -kGridLimit;
    sample.q.insert(sample.q.end(), {x - at * (x > 0 ? 9 : -9), x});
  }
  const auto points = loaded(*backend, sample);
  const std::vector<Gap> gaps = gap_statistic(*backend, *points, {2}, {});
  EXPECT_NEAR(*gaps[0].value, 0.0, 4 * gaps[0].error);
  EXPECT_GT(*gaps[1].gain, 10.0);
}

TEST(Bootstrap, DrawsAsManySessionsAsThereAre) {
  const std::vector<std::uint32_t> multiplicity = {1, 5, 1, 93, 400};
  std::vector<std::uint64_t> total(5, 0);
  for (std::uint32_t sample = 0; sample < 200; ++sample) {
    const auto drawn = bootstrap_multiplicities(multiplicity, sample, 1);
    EXPECT_EQ(std::accumulate(drawn.begin(), drawn.end(), 0U), 500U);
    for (std::size_t point = 0; point < 5; ++point) total[point] += drawn[point];
  }
  // Binomial: mean 200 m, variance at most 200 m.
  for (std::size_t point = 0; point < 5; ++point) {
    const double mean = 200.0 * multiplicity[point];
    EXPECT_NEAR(static_cast<double>(total[point]), mean, 4 * std::sqrt(mean));
  }
  EXPECT_NE(bootstrap_multiplicities(multiplicity, 0, 1),
            bootstrap_multiplicities(multiplicity, 1, 1));
  EXPECT_NE(bootstrap_multiplicities(multiplicity, 0, 1),
            bootstrap_multiplicities(multiplicity, 0, 2));
}

// Far groups come back whatever is drawn. Cut once more, one of them falls apart elsewhere each
// time: the two parts of it are the unstable ones.
TEST(Bootstrap, FarGroupsComeBack) {
  const auto backend = reference_backend();
  const PointSample sample = stretches(3, 40, 1'000'000);
  const auto points = loaded(*backend, sample);
  const std::vector<KMeansModel> models = fit_kmeans(*points, sample_fits({3, 4}, 4, 1));
  const std::vector<Centroids> centroids = {models[0].centroids, models[1].centroids};
  const auto stability = bootstrap_stability(*backend, sample, *points, centroids, {});
  EXPECT_EQ(stability[0].jaccard, std::vector<double>(3, 1.0));
  EXPECT_EQ(stability[0].ari, 1.0);
  ASSERT_EQ(stability[1].jaccard.size(), 4U);
  EXPECT_LT(*std::min_element(stability[1].jaccard.begin(), stability[1].jaccard.end()), 0.9);
  EXPECT_LT(stability[1].ari, 1.0);
}

}  // namespace
}  // namespace covey::driver
