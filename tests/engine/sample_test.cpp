// Samples of sessions: their size, that they are a part of the data, and that no order shows.
#include "covey/sample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "engine/support.h"

namespace covey::test {
namespace {

/// 600 rows of few distinct points, multiplicities up to 40.
Data sessions(std::uint64_t seed) {
  Random random(seed);
  Data data{2, {}, {}};
  for (int row = 0; row < 600; ++row) {
    data.values.push_back(static_cast<double>(random.between(-9, 9)));
    data.values.push_back(static_cast<double>(random.between(-9, 9)));
    data.multiplicity.push_back(static_cast<std::uint32_t>(random.between(1, 40)));
  }
  return data;
}

std::map<std::vector<std::int32_t>, std::int64_t> by_point(const PointSample& sample) {
  std::map<std::vector<std::int32_t>, std::int64_t> counts;
  const auto d = static_cast<std::size_t>(sample.d);
  for (std::size_t i = 0; i < sample.multiplicity.size(); ++i)
    counts[{sample.q.data() + i * d, sample.q.data() + (i + 1) * d}] = sample.multiplicity[i];
  return counts;
}

std::int64_t size(const PointSample& sample) {
  return std::accumulate(sample.multiplicity.begin(), sample.multiplicity.end(), std::int64_t{0});
}

class Sample : public OnBackend {};
INSTANTIATE_TEST_SUITE_P(On, Sample, testing::ValuesIn(back_ends()), variant_name);

TEST_P(Sample, OfAsManySessionsAsThereAreIsTheDataItself) {
  const Data data = sessions(1);
  std::map<std::vector<std::int32_t>, std::int64_t> expected;
  const auto q = coordinates(data, unit_grid(2));
  for (std::size_t row = 0; row < 600; ++row)
    expected[{q[2 * row], q[2 * row + 1]}] += data.multiplicity[row];
  const auto loaded = load(data);
  for (const std::int64_t sessions :
       {loaded->weight(), loaded->weight() + 1, std::int64_t{1} << 60}) {
    const PointSample all = sample_sessions(*loaded, sessions, 5);
    EXPECT_EQ(by_point(all), expected);
    EXPECT_EQ(all.multiplicity.size(), expected.size());
  }
}

TEST_P(Sample, IsAPartInLexicographicOrder) {
  const auto loaded = load(sessions(2));
  const auto all = by_point(sample_sessions(*loaded, loaded->weight(), 1));
  for (const std::int64_t sessions : {std::int64_t{1}, std::int64_t{40}, loaded->weight() - 1}) {
    const PointSample sample = sample_sessions(*loaded, sessions, 77);
    for (std::size_t i = 1; i < sample.multiplicity.size(); ++i)
      ASSERT_LT(compare_points(sample.q.data() + 2 * (i - 1), sample.q.data() + 2 * i, 2), 0);
    for (const auto& [point, kept] : by_point(sample)) {
      ASSERT_TRUE(all.count(point));
      ASSERT_GE(kept, 1);
      ASSERT_LE(kept, all.at(point));
    }
  }
}

TEST_P(Sample, HasTheSizeOfABinomial) {
  // Over 50 seeds the sizes add up to a binomial of 50 W sessions: within 5 sigma of 50 times what
  // was asked for. A point of half of the sessions keeps its share as well.
  Data data = sessions(3);
  data.values.insert(data.values.end(), {100, 100});
  data.multiplicity.push_back(12'000);
  const auto loaded = load(data);
  const auto weight = static_cast<double>(loaded->weight());
  for (const std::int64_t asked : {20, 3000}) {
    std::int64_t total = 0, heavy = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const PointSample sample = sample_sessions(*loaded, asked, seed);
      total += size(sample);
      const auto counts = by_point(sample);
      const auto found = counts.find({100, 100});
      if (found != counts.end()) heavy += found->second;
    }
    const double q = static_cast<double>(asked) / weight;
    const auto expect_binomial = [&](std::int64_t kept, double n) {
      EXPECT_NEAR(static_cast<double>(kept), n * q, 5 * std::sqrt(n * q * (1 - q)));
    };
    expect_binomial(total, 50 * weight);
    expect_binomial(heavy, 50 * 12'000.0);
  }
}

TEST_P(Sample, NothingButCoordinatesAndSeedMatters) {
  const Data data = sessions(4);
  Random random(5);
  const PointSample expected = sample_sessions(*load(data), 500, 9);
  expect_same(sample_sessions(*load(data.taken(random.permutation(600))), 500, 9), expected);
  for (const Collapse collapse : {Collapse::kDistinct, Collapse::kRows})
    expect_same(sample_sessions(*on_unit_grid(backend(), data, collapse), 500, 9), expected);
  std::vector<std::int64_t> origin;
  expect_same(sample_sessions(*load(data.repeated(origin)), 500, 9), expected);
  EXPECT_NE(sample_sessions(*load(data), 500, 10).q, expected.q);
}

TEST_P(Sample, MaskedHashesDoNotChangeIt) {
  // The hook makes hashes collide; a sample takes the whole hash, or equal ones would share draws.
  BackendOptions options = GetParam().options;
  options.hooks.hash_mask = 0x3;
  const Data data = sessions(6);
  expect_same(sample_sessions(*on_unit_grid(*open_backend(options), data), 300, 2),
              sample_sessions(*load(data), 300, 2));
}

TEST_P(Sample, RefusesLessThanOneSession) {
  const auto loaded = load(points(1, {1, 2}));
  for (const std::int64_t sessions : {std::int64_t{0}, std::int64_t{-5}})
    EXPECT_EQ(error_of([&] { sample_sessions(*loaded, sessions, 1); }).kind(), ErrorKind::kUsage);
}

TEST(Thinning, TakesDrawsThatKMeansPlusPlusNeverTakes) {
  // Its steps are below 2^31. A thousand draws of one point and those of as many steps: all differ,
  // and are no more alike than chance: the correlation of 1,000 pairs is within 5 / sqrt(1000).
  const Thinning thinning = Thinning::of(7, 10, 100);
  double product = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const double own = thinning_draw(thinning, 0x1234567, i);
    for (const std::uint32_t pair : {0U, i >> 1 & 255U}) {
      const auto theirs = draw_pair({7, 0, i}, pair, 0x1234567);
      ASSERT_NE(own, theirs[0]);
      ASSERT_NE(own, theirs[1]);
    }
    product += 12 * (own - 0.5) * (draw_pair({7, 0, i}, 0, 0x1234567)[0] - 0.5);
  }
  EXPECT_NEAR(product / 1000, 0, 5 / std::sqrt(1000.0));
}

TEST(Thinning, FirstDrawNeverHidesAKeptSession) {
  // none_kept may only say so where the jumps find none; in most cases it does say so.
  Random random(302);
  int empty = 0, told = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t weight = random.between(2, 1LL << random.between(1, 32)) | 2;
    const Thinning thinning =
        Thinning::of(random.bits(), random.between(1, std::min<std::int64_t>(weight - 1, 1000)),
                     std::min<std::int64_t>(weight, (1LL << 32) - 1));
    const auto m = static_cast<std::uint32_t>(random.one_of({1, 2, 7, 300}));
    const std::uint64_t hash = random.bits();
    const bool none = thinned(thinning, hash, m) == 0;
    const bool said = none_kept(thinning, thinning_draw(thinning, hash, 0), m);
    ASSERT_TRUE(none || !said);
    empty += none;
    told += said;
  }
  EXPECT_GT(told, empty * 9 / 10);
}

TEST(Thinning, KeepsBetweenNoneAndAll) {
  // At q = 1 - 2^-32 the jumps are 0 (all are kept), at q = 2^-32 a few sessions are never met.
  constexpr std::int64_t kMost = (1LL << 32) - 1;
  EXPECT_EQ(thinned(Thinning::of(1, kMost - 1, kMost), 42, 1000), 1000U);
  EXPECT_EQ(thinned(Thinning::of(1, 1, kMost), 42, 1000), 0U);
}

}  // namespace
}  // namespace covey::test
