// The map of the personas: that it holds every session, and depends on the data alone.
#include "report/pca_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <tuple>

#include "covey/error.h"
#include "png_support.h"
#include "report/density_image.h"
#include "report/map_points.h"
#include "report/palette.h"
#include "results_support.h"

namespace covey::driver {
namespace {

/// `groups` clouds of whole numbers, tuples repeated at random.
Sessions clouds(int groups, int features, int rows) {
  std::mt19937 random(7);  // its numbers are the same everywhere
  Sessions sessions;
  for (int f = 0; f < features; ++f) {
    sessions.feature_names.push_back("f" + std::to_string(f));
    sessions.features.emplace_back();
  }
  for (int i = 0; i < rows; ++i)
    for (int f = 0; f < features; ++f) {
      const auto noise = static_cast<double>(random() % 13 + random() % 13);
      sessions.features[static_cast<std::size_t>(f)].push_back(noise +
                                                               40.0 * (i % groups * (f + 1) % 7));
    }
  sessions.conversion.assign(static_cast<std::size_t>(rows), 0);
  sessions.conversion[0] = 1;
  return sessions;
}

PcaMap map_of(const Sessions& sessions, int k, const std::string& backend_name = "cpu") {
  BackendOptions backend_options;
  backend_options.name = backend_name;
  const auto backend = open_backend(backend_options);
  SegmentOptions options = options_for({k});
  options.evidence = false;
  Prepared prepared = prepare(*backend, sessions, options);
  const Segmentation segmentation = segment(*backend, prepared, options);
  const Profile personas = profile(*backend, sessions, prepared, segmentation);
  return make_pca_map(sessions, prepared, segmentation, personas).value();
}

std::int64_t sum(const std::vector<std::int64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

void expect_same(const PcaMap& a, const PcaMap& b) {
  EXPECT_EQ(pca_png(a), pca_png(b));
  EXPECT_EQ(page_png(a), page_png(b));
  EXPECT_EQ(page_planes(a).png, page_planes(b).png);
  EXPECT_EQ(a.centroids, b.centroids);
  EXPECT_EQ(a.loadings, b.loadings);
  ASSERT_EQ(a.points.size(), b.points.size());
  for (std::size_t i = 0; i < a.points.size(); ++i) {
    EXPECT_EQ(a.points[i].x, b.points[i].x);
    EXPECT_EQ(a.points[i].y, b.points[i].y);
    EXPECT_EQ(a.points[i].cluster, b.points[i].cluster);
    EXPECT_EQ(a.points[i].sessions, b.points[i].sessions);
    EXPECT_EQ(a.points[i].values, b.points[i].values);
  }
}

TEST(PcaMap, HoldsEverySession) {
  const PcaMap map = map_of(clouds(3, 4, 3000), 3);
  EXPECT_EQ(map.histogram.clusters, 3);
  EXPECT_EQ(sum(map.histogram.counts), 3000);
  EXPECT_EQ(map.loadings.size(), 2U);
  EXPECT_EQ(map.variance_ratio.size(), 2U);
  for (const auto& axis : map.loadings)
    for (std::size_t i = 1; i < axis.size(); ++i)
      EXPECT_GE(std::abs(axis[i - 1].second), std::abs(axis[i].second));
}

TEST(PcaMap, ThrowsWhereASessionIsMissing) {
  const Sessions sessions = six_sessions();
  StagesRun run = run_stages(sessions, options_for({2}));
  ++run.personas.personas[1].sessions;
  EXPECT_THROW(make_pca_map(sessions, run.prepared, run.segmentation, run.personas), Error);
}

TEST(PcaMap, ACentroidIsTheMeanOfItsPoints) {
  const PcaMap map = map_of(six_sessions(), 2);
  ASSERT_EQ(map.points.size(), 6U);
  for (int c = 0; c < 2; ++c) {
    double x = 0, y = 0;
    for (const MapPoint& point : map.points) {
      if (point.cluster != c) continue;
      x += point.x / 3;
      y += point.y / 3;
    }
    EXPECT_NEAR(map.centroids[static_cast<std::size_t>(c)][0], x, 1e-5);
    EXPECT_NEAR(map.centroids[static_cast<std::size_t>(c)][1], y, 1e-5);
  }
  EXPECT_EQ(map.points[4].values, (std::vector<double>{102, 1}));
}

TEST(PcaMap, IsTheSameForEveryBackEndAndOrder) {
  const Sessions sessions = clouds(4, 3, 20'000);
  Sessions shuffled = sessions;
  std::vector<std::size_t> order(20'000);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937(3));
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t f = 0; f < 3; ++f)
      shuffled.features[f][i] = sessions.features[f][order[i]] == 0
                                    ? (i % 2 == 0 ? -0.0 : 0.0)
                                    : sessions.features[f][order[i]];
    shuffled.conversion[i] = sessions.conversion[order[i]];
  }
  const PcaMap map = map_of(sessions, 4);
  expect_same(map, map_of(sessions, 4, "reference"));
  expect_same(map, map_of(shuffled, 4));
}

TEST(PcaMap, RowsThatRepeatAndTuplesWithWeightsAreOnePoint) {
  Sessions rows = sessions_of({"a", "b"}, {{1, 9, 1, 1, 9, 5}, {2, 8, 2, 2, 8, 5}});
  rows.conversion = {0, 1, 0, 0, 0, 0};
  Sessions tuples = sessions_of({"a", "b"}, {{1, 9, 5}, {2, 8, 5}});
  tuples.tuple = {0, 1, 0, 0, 1, 2};
  tuples.tuple_weight = {3, 2, 1};
  tuples.conversion = rows.conversion;
  const PcaMap map = map_of(rows, 2);
  expect_same(map, map_of(tuples, 2));
  std::multiset<std::int64_t> sessions;
  for (const MapPoint& point : map.points) sessions.insert(point.sessions);
  EXPECT_EQ(sessions, (std::multiset<std::int64_t>{1, 2, 3}));
}

TEST(PcaMap, OneFeatureOneClusterAndManyClusters) {
  const PcaMap one_feature = map_of(clouds(3, 1, 500), 3);
  EXPECT_EQ(one_feature.loadings.size(), 1U);
  for (const MapPoint& point : one_feature.points) EXPECT_EQ(point.y, 0);
  EXPECT_EQ(decode_png(pca_png(one_feature), 3).width, 1282);

  const PcaMap one_cluster = map_of(clouds(3, 3, 500), 1);
  EXPECT_EQ(one_cluster.histogram.clusters, 1);
  EXPECT_EQ(sum(one_cluster.histogram.counts), 500);
  EXPECT_EQ(page_planes(one_cluster).png.size(), 1U);

  const PcaMap many = map_of(clouds(7, 4, 2000), 40);
  EXPECT_EQ(many.histogram.clusters, 40);
  EXPECT_LE(many.histogram.counts.size() * 8, std::size_t{64} << 20);
  EXPECT_EQ(decode_png(pca_png(many), 3).width, 1282);
}

TEST(PcaMap, PointsAreASampleByPersona) {
  const int rows = 60'000;
  const PcaMap map = map_of(clouds(3, 5, rows), 3);
  EXPECT_LE(map.points.size(), static_cast<std::size_t>(kMaxMapPoints));
  EXPECT_GE(map.points.size(), static_cast<std::size_t>(kMaxMapPoints) - 6);
  std::map<int, int> points;
  for (const MapPoint& point : map.points) ++points[point.cluster];
  for (const auto& [cluster, count] : points) EXPECT_NEAR(count, kMaxMapPoints / 3.0, 2) << cluster;
  EXPECT_TRUE(
      std::is_sorted(map.points.begin(), map.points.end(), [](const auto& a, const auto& b) {
        return std::tie(a.cluster, a.values) < std::tie(b.cluster, b.values);
      }));
}

TEST(PcaMap, QuotasKeepTheSmallOnes) {
  EXPECT_EQ(point_quotas({1000, 0, 3000}, 1200), (std::vector<std::int64_t>{325, 100, 775}));
  EXPECT_EQ(point_features({.1, .9, .2, .3, .4, .5, .6, .05}),
            (std::vector<int>{1, 2, 3, 4, 5, 6}));
}

/// Counts by cluster of one cell.
ScoreHistogram one_row(int clusters, int width, std::vector<std::int64_t> counts) {
  return {clusters, width, 1, {}, {}, std::move(counts)};
}

TEST(DensityImage, MixesColorsByCountAndShadesByItsLogarithm) {
  const Image image = density_image(one_row(2, 4, {99, 0, 0, 50, 0, 1, 0, 50}));
  const auto pixel = [&](int x) {
    return std::vector<int>(image.pixel(x, 0), image.pixel(x, 0) + 4);
  };
  const Rgb first = persona_color(0), second = persona_color(1);
  EXPECT_EQ(pixel(0), (std::vector<int>{first.red, first.green, first.blue, image.pixel(0, 0)[3]}));
  EXPECT_EQ(pixel(1)[0], second.red);
  EXPECT_EQ(pixel(2), (std::vector<int>{0, 0, 0, 0}));
  EXPECT_EQ(pixel(3)[3], 255);
  EXPECT_GT(pixel(3)[0], first.red);
  EXPECT_LT(pixel(3)[0], second.red);
  EXPECT_GE(pixel(1)[3], 64);
  EXPECT_LT(pixel(1)[3], pixel(0)[3]);
}

TEST(DensityImage, TheTopRowIsTheOneOfLargestY) {
  const ScoreHistogram histogram{1, 1, 2, {}, {}, {0, 5}};
  EXPECT_EQ(density_image(histogram).pixel(0, 0)[3], 255);
  EXPECT_EQ(density_image(histogram).pixel(0, 1)[3], 0);
  EXPECT_EQ(persona_planes(histogram)[0].pixels, (std::vector<std::uint8_t>{255, 0}));
}

TEST(DensityImage, ReducedAddsUp) {
  const ScoreHistogram histogram{1, 4, 2, {}, {}, {1, 2, 3, 4, 10, 20, 30, 40}};
  EXPECT_EQ(reduced(histogram, 2).counts, (std::vector<std::int64_t>{33, 77}));
  EXPECT_EQ(reduced(histogram, 3).counts, histogram.counts);
}

TEST(DensityImage, PlanesGiveCountsBackWithinHalfAStep) {
  for (const std::int64_t largest : {1, 7, 1000, 100'000'000}) {
    std::vector<std::int64_t> counts = {0, 1, largest / 2, largest};
    const Image plane = persona_planes(one_row(1, 4, counts))[0];
    const double base = 1.0 + static_cast<double>(largest), step = std::pow(base, 0.5 / 47);
    EXPECT_EQ(plane.pixels[0], 0);
    for (std::size_t i = 1; i < 4; ++i) {
      const double read = std::pow(base, plane.pixels[i] / 255.0),
                   n = 1.0 + static_cast<double>(counts[i]);
      if (counts[i] == 0) continue;
      EXPECT_GT(plane.pixels[i], 0);
      EXPECT_NEAR(std::log(read / n), 0, std::log(step) + std::log(base) * 0.5 / 255) << largest;
    }
  }
}

TEST(DensityImage, PicturesOfNoiseStayWithinTheBudget) {
  constexpr int kClusters = 10, kRows = 500'000;
  PcaMap map;
  map.histogram = {kClusters, 640, 480, {0, 1}, {0, 1}, {}};
  map.histogram.counts.assign(std::size_t{kClusters} * 640 * 480, 0);
  std::mt19937 random(11);
  for (int i = 0; i < kRows; ++i) ++map.histogram.counts[random() % map.histogram.counts.size()];
  std::size_t bytes = page_png(map).size();
  for (const std::string& plane : page_planes(map).png) bytes += plane.size();
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_LE(bytes, 450'000U);
}

}  // namespace
}  // namespace covey::driver
