// Steps 4 to 7 of the contract as small cases whose comment proves the answer, on every back end.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "covey/kmeans.h"
#include "engine/support.h"

namespace covey::test {
namespace {

class KMeans : public OnBackend {
 protected:
  KMeansModel fit(const Data& data, const Centroids& start, int max_iterations = 300,
                  double tolerance = 0) {
    KMeansOptions options;
    options.max_iterations = max_iterations;
    options.tolerance = tolerance;
    return fit_kmeans_from(*load(data), start, options);
  }
};

INSTANTIATE_TEST_SUITE_P(On, KMeans, testing::ValuesIn(back_ends()), variant_name);

TEST_P(KMeans, TieGoesToTheLexicographicallySmallerCentroid) {
  // (0, 0) is 1 from all four centroids; (-1, 0) is the smallest of them, wherever it stands.
  const Data data = points(2, {0, 0});
  auto loaded = load(data);
  EXPECT_EQ(predict(*loaded, centroids(2, {1, 0, 0, 1, -1, 0, 0, -1})).label[0], 2);
  EXPECT_EQ(predict(*loaded, centroids(2, {-1, 0, 0, -1, 1, 0, 0, 1})).label[0], 0);
}

TEST_P(KMeans, TieOfEqualCentroidsGoesToTheLowerIndex) {
  const Labels labels = predict(*load(points(1, {4, 9})), centroids(1, {9, 5, 5, 9, 9}));
  EXPECT_EQ(labels.label, (std::vector<std::int32_t>{1, 0}));
  EXPECT_EQ(labels.counts, (std::vector<std::int64_t>{1, 1, 0, 0, 0}));
}

TEST_P(KMeans, CentroidRoundsHalvesToEvenAlsoBelowZero) {
  // Means 0.5, 1.5, -0.5, -1.5 and 2.5 become 0, 2, 0 (as -0.5), -2 and 2.
  const Data data = points(1, {0, 1, 1001, 1002, -1000, -1001, -2001, -2002, 3002, 3003});
  const KMeansModel model = fit(data, centroids(1, {0, 1001, -1000, -2001, 3003}), 1);
  EXPECT_EQ(model.centroids.q, (std::vector<std::int32_t>{0, 1002, -1000, -2002, 3002}));
}

TEST_P(KMeans, OneIterationLabelsAndMovesOnce) {
  // Start 0 and 10: labels 0 0 | 10 14 (the 4 is nearer to 0), means (0 + 0 + 4) / 3 = 1.33 -> 1
  // and 12. Under {1, 12}: 1 + 1 + 9 + 4 + 4 = 19.
  const Data data = points(1, {0, 0, 4, 10, 14});
  const KMeansModel model = fit(data, centroids(1, {0, 10}), 1);
  EXPECT_EQ(model.centroids.q, (std::vector<std::int32_t>{1, 12}));
  EXPECT_EQ(model.iterations, 1);
  EXPECT_EQ(model.stop, Stop::kLimit);
  EXPECT_EQ(model.counts, (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(to_string(model.inertia), "19");
}

TEST_P(KMeans, FixedPointTakesOneMoreStepThanTheLastMove) {
  // From {0, 10} the first step moves to {1, 12}, which the second step keeps.
  const KMeansModel model = fit(points(1, {0, 0, 4, 10, 14}), centroids(1, {0, 10}));
  EXPECT_EQ(model.iterations, 2);
  EXPECT_EQ(model.stop, Stop::kFixedPoint);
  const KMeansModel again = fit(points(1, {0, 0, 4, 10, 14}), model.centroids);
  EXPECT_EQ(again.iterations, 1);
  EXPECT_EQ(again.centroids, model.centroids);
}

TEST_P(KMeans, EmptyClusterTakesTheFarthestPoint) {
  // All points are nearer to 4 than to 100: distances 16, 9, 4, 49. Cluster 1 takes 11, the
  // farthest. Cluster 0 becomes (0 + 1 + 2 + 11) / 4 = 3.5 -> 4.
  const KMeansModel model = fit(points(1, {0, 1, 2, 11}), centroids(1, {4, 100}), 1);
  EXPECT_EQ(model.centroids.q, (std::vector<std::int32_t>{4, 11}));
  EXPECT_EQ(model.counts, (std::vector<std::int64_t>{3, 1}));
  EXPECT_EQ(to_string(model.inertia), "29");
}

TEST_P(KMeans, DonorsSumsAreLeftAlone) {
  // Cluster 1 takes 30 from cluster 0, whose mean is still that of all four points: (0 + 1 + 2 +
  // 30) / 4 = 8.25 -> 8, not 1. The next step then labels 30 with cluster 1 and moves cluster 0
  // to 1.
  const Data data = points(1, {0, 1, 2, 30});
  EXPECT_EQ(fit(data, centroids(1, {5, 1000}), 1).centroids.q, (std::vector<std::int32_t>{8, 30}));
  EXPECT_EQ(fit(data, centroids(1, {5, 1000}), 2).centroids.q, (std::vector<std::int32_t>{1, 30}));
}

TEST_P(KMeans, EmptyClustersTakeTheFarthestDistinctPoints) {
  // From 0 the distances are 81 (9, three times), 64 (-8), 49 (7): the empty clusters 1 and 3 take
  // 9 once and -8.
  const Data data = points(1, {9, 9, 0, 9, -8, 7, 1});
  const KMeansModel model = fit(data, centroids(1, {0, 900, 5, 800}), 1);
  EXPECT_EQ(model.centroids.row(1)[0], -8);  // 0 takes 0, 1 and -8; 5 takes 7 and the nines
  EXPECT_EQ(model.centroids.row(3)[0], 9);
}

TEST_P(KMeans, EqualFarthestPointsGoByCoordinates) {
  // (3, 0), (0, 3), (-3, 0), (0, -3) are all 9 from the centre: the smallest, (-3, 0), goes to
  // cluster 1, the next, (0, -3), to cluster 2.
  const Data data = points(2, {3, 0, 0, 3, -3, 0, 0, -3, 0, 0});
  const KMeansModel model = fit(data, centroids(2, {0, 0, 90, 90, 80, 80}), 1);
  EXPECT_EQ(model.centroids.q, (std::vector<std::int32_t>{0, 0, -3, 0, 0, -3}));
}

TEST_P(KMeans, RelocatingAmongDuplicatesEndsWithEveryPointItsOwnCluster) {
  // Three distinct points, three equal starts: each step can fill the empty clusters with points
  // that stand apart.
  const Data data = points(2, {1, 1, 5, 5, 5, 5, 9, 1, 9, 1, 9, 1});
  const KMeansModel model = fit(data, centroids(2, {1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(to_string(model.inertia), "0");
  EXPECT_EQ(model.counts, (std::vector<std::int64_t>{1, 3, 2}));
  EXPECT_EQ(model.stop, Stop::kFixedPoint);
}

TEST_P(KMeans, InertiaNeverRises) {
  // Labels, means rounded to the grid, and relocated empty clusters each lower it or leave it.
  Random random(31);
  for (int round = 0; round < 8; ++round) {
    SCOPED_TRACE(round);
    Data data{2, {}, {}};
    for (int i = 0; i < 600; ++i)
      data.values.push_back(static_cast<double>(random.between(-40, 40)));
    Centroids start{6, 2, {}};
    for (int i = 0; i < 12; ++i)
      start.q.push_back(static_cast<std::int32_t>(random.between(-90, 90)));  // some fall empty
    auto loaded = load(data);
    Int128 before = loaded->label(start, false).inertia;
    for (int limit = 1; limit <= 25; ++limit) {
      KMeansOptions options;
      options.max_iterations = limit;
      const KMeansModel model = fit_kmeans_from(*loaded, start, options);
      ASSERT_TRUE(model.inertia <= before)
          << to_string(model.inertia) << " after " << to_string(before);
      before = model.inertia;
      if (model.stop == Stop::kFixedPoint) break;
      ASSERT_EQ(model.iterations, limit);
    }
  }
}

TEST_P(KMeans, PredictEqualsFit) {
  Random random(32);
  Data data{3, {}, {}};
  for (int i = 0; i < 900; ++i)
    data.values.push_back(static_cast<double>(random.between(-500, 500)));
  auto loaded = load(data);
  KMeansOptions options;
  options.k = {1, 2, 5, 40};
  options.restarts = 3;
  for (const int limit : {1, 3, 300}) {
    options.max_iterations = limit;
    for (const KMeansModel& model : fit_kmeans(*loaded, options)) {
      const Labels labels = predict(*loaded, model.centroids, true);
      EXPECT_EQ(labels.counts, model.counts);
      EXPECT_EQ(to_string(labels.inertia), to_string(model.inertia));
      Int128 sum = 0;
      for (const std::int64_t distance : labels.distance) sum += distance;
      EXPECT_EQ(to_string(sum), to_string(model.inertia));
      EXPECT_TRUE(predict(*loaded, model.centroids).distance.empty());
    }
  }
}

TEST_P(KMeans, PredictFarOutsideTheFittedRange) {
  // Fitted on 0 and 100 (min-max: 0 and 2^22), then asked about 1e12 and -1e12: they are cut at the
  // limit Q, counted, and belong to the nearer end.
  const Data data = points(1, {0, 100}), far = points(1, {1e12, -1e12, 60});
  const Columns view = data.view(), far_view = far.view();
  const Grid grid = make_grid(summarise(backend(), {&view, 1}, Scaling::kMinMax), Scaling::kMinMax);
  const auto loaded = backend().load({&far_view, 1}, grid, {});
  EXPECT_EQ(loaded->saturated()[0], 2);
  const Labels labels = predict(*loaded, centroids(1, {0, 1 << 22}), true);
  EXPECT_EQ(labels.label, (std::vector<std::int32_t>{1, 0, 1}));
  const std::int64_t above = kGridLimit - (1 << 22), below = kGridLimit;
  EXPECT_EQ(labels.distance[0], above * above);
  EXPECT_EQ(labels.distance[1], below * below);
}

TEST_P(KMeans, WeightedEqualsRepeated) {
  Data weighted = points(2, {1, 2, -3, 4, 5, -6, 7, 8, 1, 2});
  weighted.multiplicity = {3, 1, 5, 2, 4};
  std::vector<std::int64_t> origin;
  const Data repeated = weighted.repeated(origin);
  const Centroids start = centroids(2, {0, 0, 5, 5});
  expect_same(fit(weighted, start), fit(repeated, start));
  KMeansOptions options;
  options.k = {2, 3};
  const auto a = fit_kmeans(*load(weighted), options), b = fit_kmeans(*load(repeated), options);
  expect_same(a[0], b[0]);
  expect_same(a[1], b[1]);
}

TEST_P(KMeans, MultiplicitiesUpToTwoToThe32AddExactly) {
  // 2^31 times Q and 2^31 - 1 times -Q in one cluster: sum Q, count 2^32 - 1, mean 0.
  // Inertia (2^32 - 1) Q^2, about 2^78.
  Data data = points(1, {kGridLimit, -kGridLimit});
  data.multiplicity = {1U << 31, (1U << 31) - 1};
  const KMeansModel model = fit(data, centroids(1, {17}));
  EXPECT_EQ(model.centroids.q[0], 0);
  EXPECT_EQ(model.counts[0], (1LL << 32) - 1);
  EXPECT_EQ(to_string(model.inertia),
            to_string(static_cast<Int128>((1LL << 32) - 1) * kGridLimit * kGridLimit));
}

TEST_P(KMeans, ToleranceStops) {
  // Mean variance of -10, -8, 8, 10 is 82. From {0, 10} the labels are -10 -8 | 8 10 and the
  // centroids move by 9 and 1: 82 = 1.0 * 82 stops, floor(0.99 * 82) = 81 does not.
  const Data data = points(1, {-10, -8, 8, 10});
  const KMeansModel stops = fit(data, centroids(1, {0, 10}), 300, 1.0);
  EXPECT_EQ(stops.stop, Stop::kTolerance);
  EXPECT_EQ(stops.iterations, 1);
  EXPECT_EQ(stops.centroids.q, (std::vector<std::int32_t>{-9, 9}));
  const KMeansModel goes_on = fit(data, centroids(1, {0, 10}), 300, 0.99);
  EXPECT_EQ(goes_on.stop, Stop::kFixedPoint);
  EXPECT_EQ(goes_on.iterations, 2);
}

TEST_P(KMeans, KAboveTheDistinctPointsIsReduced) {
  const Data data = points(1, {5, 5, 7, 7, 7});
  KMeansOptions options;
  options.k = {4};
  const KMeansModel model = fit_kmeans(*load(data), options)[0];
  EXPECT_EQ(model.centroids.q, (std::vector<std::int32_t>{7, 5}));
  EXPECT_EQ(to_string(model.inertia), "0");
  EXPECT_EQ(fit(data, centroids(1, {6, 5, 7})).centroids.k, 2);  // cut to the first two
}

TEST_P(KMeans, ClustersComeBySizeThenByCentroid) {
  // Sizes 3 (at 50), 2 (at -9), 2 (at 9), 1 (at 100).
  KMeansOptions options;
  options.k = {4};
  const KMeansModel model =
      fit_kmeans(*load(points(1, {9, 50, -9, 50, 100, -9, 9, 50})), options)[0];
  EXPECT_EQ(model.centroids.q, (std::vector<std::int32_t>{50, -9, 9, 100}));
  EXPECT_EQ(model.counts, (std::vector<std::int64_t>{3, 2, 2, 1}));
}

TEST_P(KMeans, OnePointAndOneCluster) {
  // n = k = d = 1: the point is its centroid.
  KMeansOptions options;
  options.k = {1};
  const KMeansModel model = fit_kmeans(*load(points(1, {-0.0})), options)[0];
  EXPECT_EQ(model.centroids.q, std::vector<std::int32_t>{0});
  EXPECT_EQ(model.counts, std::vector<std::int64_t>{1});
  EXPECT_EQ(to_string(model.inertia), "0");
  EXPECT_EQ(model.stop, Stop::kFixedPoint);
}

}  // namespace
}  // namespace covey::test
