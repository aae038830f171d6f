// Step 8 of the contract: starts are real, distinct points, belong to coordinates and not to rows,
// and are prefixes of each other. An iteration limit of 0 in a FitPlan shows the starts themselves.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "covey/random.h"
#include "engine/support.h"

namespace covey::test {
namespace {

using Point = std::vector<std::int32_t>;

std::vector<Point> rows_of(const Centroids& centroids) {
  std::vector<Point> rows;
  for (int j = 0; j < centroids.k; ++j)
    rows.emplace_back(centroids.row(j), centroids.row(j) + centroids.d);
  return rows;
}

class Seeding : public OnBackend {
 protected:
  std::vector<Centroids> seeds(Points& points, const std::vector<int>& k, int restarts, Start start,
                               std::uint64_t seed = 1) {
    FitPlan plan;
    plan.k = k;
    plan.restarts = restarts;
    plan.start = start;
    plan.seed = seed;
    plan.max_iterations = 0;
    std::vector<Centroids> result;
    for (KMeansModel& model : points.fit(plan)) {
      EXPECT_EQ(model.iterations, 0);
      const Labels labels = points.label(model.centroids, false);
      EXPECT_EQ(model.counts, labels.counts);
      EXPECT_EQ(to_string(model.inertia), to_string(labels.inertia));
      result.push_back(std::move(model.centroids));
    }
    return result;
  }
};
INSTANTIATE_TEST_SUITE_P(On, Seeding, testing::ValuesIn(back_ends()), variant_name);

Data scattered(int n, int d, std::uint64_t seed) {
  Random random(seed);
  Data data{d, {}, {}};
  for (int i = 0; i < n * d; ++i)
    data.values.push_back(static_cast<double>(random.between(-1000, 1000)));
  return data;
}

TEST_P(Seeding, GivesRealAndDistinctPoints) {
  const Data data = scattered(500, 3, 61);
  const auto q = coordinates(data, unit_grid(3));
  std::set<Point> real;
  for (std::size_t at = 0; at < q.size(); at += 3) real.insert({q[at], q[at + 1], q[at + 2]});
  auto loaded = load(data);
  for (const Start start : {Start::kPlusPlus, Start::kRandom}) {
    for (const Centroids& seed : seeds(*loaded, {1, 2, 7, 50}, 3, start)) {
      const auto rows = rows_of(seed);
      EXPECT_EQ(std::set<Point>(rows.begin(), rows.end()).size(), rows.size());
      for (const Point& row : rows) EXPECT_TRUE(real.count(row));
    }
  }
}

TEST_P(Seeding, TakesEveryDistinctPointWhereKIsTheirNumber) {
  // Many duplicates of few points: a point at distance 0 is never drawn again.
  Data data{1, {}, {}};
  for (int i = 0; i < 400; ++i) data.values.push_back(i % 9);
  auto loaded = load(data);
  for (const Start start : {Start::kPlusPlus, Start::kRandom}) {
    for (const Centroids& seed : seeds(*loaded, {9}, 4, start)) {
      std::vector<std::int32_t> q = seed.q;
      std::sort(q.begin(), q.end());
      EXPECT_EQ(q, (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8}));
    }
  }
}

TEST_P(Seeding, SeedsForKArePrefixOfSeedsForKPlus1) {
  auto loaded = load(scattered(300, 2, 62));
  for (const Start start : {Start::kPlusPlus, Start::kRandom}) {
    std::vector<int> every_k;
    for (int k = 1; k <= 25; ++k) every_k.push_back(k);
    const auto longest = seeds(*loaded, {25}, 2, start);
    const auto all = seeds(*loaded, every_k, 2, start);
    for (int k = 1; k <= 25; ++k) {
      for (std::size_t restart = 0; restart < 2; ++restart) {
        const Centroids& own = all[2 * static_cast<std::size_t>(k - 1) + restart];
        const auto& of = longest[restart].q;
        EXPECT_EQ(own.q, std::vector<std::int32_t>(of.begin(), of.begin() + std::ptrdiff_t{2} * k))
            << k;
        EXPECT_EQ(own, seeds(*loaded, {k}, 2, start)[restart]) << k;
      }
    }
  }
}

TEST_P(Seeding, RestartsAndSeedsDiffer) {
  auto loaded = load(scattered(500, 2, 63));
  for (const Start start : {Start::kPlusPlus, Start::kRandom}) {
    std::set<std::vector<std::int32_t>> seen;
    for (const std::uint64_t seed : {1ULL, 2ULL, 1ULL << 32, 1ULL << 63})
      for (const Centroids& start_of : seeds(*loaded, {5}, 4, start, seed)) seen.insert(start_of.q);
    EXPECT_EQ(seen.size(), 16U);
  }
}

TEST_P(Seeding, PlusPlusCoversSeparateClusters) {
  // Eight clusters 10,000 apart and 10 wide: after j centres the rest of the potential lies in the
  // clusters without one, but for a share of (10 / 10,000)^2, so every restart has one seed in
  // each.
  Random random(64);
  Data data{2, {}, {}};
  for (std::int64_t i = 0; i < 400; ++i) {
    data.values.push_back(static_cast<double>(10'000 * (i % 8) + random.between(0, 10)));
    data.values.push_back(static_cast<double>(random.between(0, 10)));
  }
  for (const Centroids& seed : seeds(*load(data), {8}, 20, Start::kPlusPlus)) {
    std::set<std::int32_t> clusters;
    for (int j = 0; j < 8; ++j) clusters.insert((seed.row(j)[0] + 100) / 10'000);
    EXPECT_EQ(clusters.size(), 8U);
  }
}

TEST_P(Seeding, RandomStartDrawsByMultiplicity) {
  // Weights 1, 2, 5 and k = 1, 4,000 restarts: shares 1/8, 2/8, 5/8, within 5 sigma (< 0.04).
  Data data = points(1, {10, 20, 30});
  data.multiplicity = {1, 2, 5};
  int wins[3] = {0, 0, 0};
  for (const Centroids& seed : seeds(*load(data), {1}, 4000, Start::kRandom))
    ++wins[seed.q[0] / 10 - 1];
  EXPECT_NEAR(wins[0] / 4000.0, 0.125, 0.04);
  EXPECT_NEAR(wins[1] / 4000.0, 0.25, 0.04);
  EXPECT_NEAR(wins[2] / 4000.0, 0.625, 0.04);
}

TEST_P(Seeding, RestartOfLowestInertiaWins) {
  // fit_kmeans keeps the lowest inertia of the restarts, the first of equals.
  auto loaded = load(scattered(300, 2, 65));
  KMeansOptions options;
  options.k = {3, 9};
  options.restarts = 6;
  const auto best = fit_kmeans(*loaded, options);
  FitPlan plan;
  plan.k = options.k;
  plan.restarts = 6;
  const auto all = loaded->fit(plan);
  ASSERT_EQ(all.size(), 12U);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(6 * i);
    const auto lowest = std::min_element(
        first, first + 6, [](const auto& a, const auto& b) { return a.inertia < b.inertia; });
    EXPECT_EQ(best[i].restart, lowest - first);
    EXPECT_EQ(to_string(best[i].inertia), to_string(lowest->inertia));
    EXPECT_EQ(best[i].iterations, lowest->iterations);
    EXPECT_TRUE(std::is_sorted(best[i].counts.rbegin(), best[i].counts.rend()));
  }
}

TEST_P(Seeding, MoreRestartsNeverGiveAHigherInertia) {
  // The first restarts are the same whatever their number.
  auto loaded = load(scattered(400, 4, 66));
  KMeansOptions options;
  options.k = {6};
  Int128 before = 0;
  for (const int restarts : {1, 2, 5, 12}) {
    options.restarts = restarts;
    const Int128 now = fit_kmeans(*loaded, options)[0].inertia;
    EXPECT_TRUE(restarts == 1 || now <= before);
    before = now;
  }
}

TEST_P(Seeding, SketchOfAMillionPointsEqualsTheReference) {
  // More distinct points than the sketch of 2^20 holds. Which are kept goes by hash, then by
  // coordinates: with 22 bits kept of each hash, the cut runs through points of one hash.
  BackendOptions options = GetParam().options;
  if (options.name == "reference") return;
  constexpr std::uint64_t kMask = 0x3FFFFF;
  Data data{1, {}, {}};
  std::vector<std::uint64_t> hashes;
  for (int i = 0; i < (1 << 20) + 3000; ++i) {
    const std::int32_t q = 7 * i - 3'999'993;
    data.values.push_back(q);
    hashes.push_back(hash_point(&q, 1) & kMask);
  }
  std::sort(hashes.begin(), hashes.end());
  ASSERT_EQ(hashes[(1 << 20) - 1], hashes[1 << 20]);
  options.hooks.hash_mask = kMask;
  const auto loaded = on_unit_grid(*open_backend(options), data);
  const auto expected = on_unit_grid(*reference(kMask), data);
  for (const Start start : {Start::kPlusPlus, Start::kRandom})
    EXPECT_EQ(seeds(*loaded, {3}, 1, start), seeds(*expected, {3}, 1, start));
}

TEST_P(Seeding, SeedsOfAFixedDataSetNeverChange) {
  // 64 points of an 8 x 8 lattice, seed 1, restart 0. Committed once: a model fitted by one version
  // of covey is found again by the next.
  Data data{2, {}, {}};
  for (const int row : {0, 100, 200, 300, 400, 500, 600, 700}) {
    for (const int column : {0, 100, 200, 300, 400, 500, 600, 700}) {
      data.values.push_back(row);
      data.values.push_back(column);
    }
  }
  auto loaded = load(data);
  EXPECT_EQ(seeds(*loaded, {5}, 1, Start::kPlusPlus)[0].q,
            (std::vector<std::int32_t>{600, 0, 300, 700, 600, 600, 0, 100, 200, 300}));
  EXPECT_EQ(seeds(*loaded, {5}, 1, Start::kRandom)[0].q,
            (std::vector<std::int32_t>{600, 0, 700, 600, 600, 200, 0, 500, 300, 100}));
}

}  // namespace
}  // namespace covey::test
