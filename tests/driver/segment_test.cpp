#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "covey/error.h"
#include "results_support.h"

namespace covey::driver {
namespace {

/// Three groups of four on a line, far apart.
Sessions three_groups() {
  return sessions_of({"x", "y"}, {{0, 1, 2, 3, 100, 101, 102, 103, 200, 201, 202, 203},
                                  {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}});
}

bool mentions(const std::vector<std::string>& warnings, const std::string& text) {
  return std::any_of(warnings.begin(), warnings.end(), [&](const std::string& warning) {
    return warning.find(text) != std::string::npos;
  });
}

TEST(Prepare, WarnsOfAConstantFeature) {
  Sessions sessions = three_groups();
  sessions.features[1].assign(12, 7.5);
  const Prepared prepared = prepare(*reference_backend(), sessions, options_for({3}));
  ASSERT_EQ(prepared.warnings.size(), 1U);
  EXPECT_EQ(prepared.warnings[0], "feature 'y' is 7.5 in every row: it tells no sessions apart");
}

TEST(Prepare, RefusesRowsThatAreAllEqual) {
  const Sessions sessions = sessions_of({"x", "y"}, {{4, 4, 4}, {1, 1, 1}});
  try {
    prepare(*reference_backend(), sessions, options_for({2}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_STREQ(
        error.what(),
        "features x, y: all 3 rows are equal in every feature: there is nothing to cluster; "
        "choose features that vary");
  }
}

TEST(Prepare, RefusesLog1pOfAnUnknownFeature) {
  SegmentOptions options = options_for({2});
  options.log1p = {"z"};
  try {
    prepare(*reference_backend(), three_groups(), options);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_STREQ(error.what(), "--log1p: 'z' is not one of the features; name some of x, y");
  }
}

// One cell of 1e9 among n - 1 zeros and ones lies about sqrt(n) standard deviations out: beyond
// 2040 from n = 4.2 million. The robust scaling, whose unit is the quartile range, meets it with
// few rows.
TEST(Prepare, CountsValuesCutAtTheGridsEdge) {
  Sessions sessions = three_groups();
  sessions.features[0].back() = 1e9;
  SegmentOptions options = options_for({3});
  options.scaling = Scaling::kRobust;
  const Prepared prepared = prepare(*reference_backend(), sessions, options);
  ASSERT_EQ(prepared.warnings.size(), 1U);
  EXPECT_EQ(
      prepared.warnings[0],
      "feature 'x': 1 value more than 2040 scale units from the centre, beyond the grid, count "
      "as its edge");
}

TEST(Segment, CalinskiHarabaszChoosesK) {
  const Sessions sessions = three_groups();
  SegmentOptions options = options_for({2, 3, 4});
  options.scaling = Scaling::kNone;
  const auto backend = reference_backend();
  Prepared prepared = prepare(*backend, sessions, options);
  const Segmentation result = segment(*backend, prepared, options);
  ASSERT_EQ(result.choices.size(), 3U);
  EXPECT_EQ(result.model.centroids.k, 3);
  // Within: 3 * (2 * 2.5 + 1) = 18; total: 18 + 2 * 4 * 100^2.
  EXPECT_EQ(result.choices[1].inertia, 18.0);
  EXPECT_NEAR(result.choices[1].calinski_harabasz, (80'000.0 / 2.0) / (18.0 / 9.0), 1e-6);
  for (const KChoice& choice : result.choices) EXPECT_EQ(choice.chosen, choice.k == 3);
}

TEST(Segment, OneKIsTaken) {
  const auto backend = reference_backend();
  Prepared prepared = prepare(*backend, three_groups(), options_for({2}));
  const Segmentation result = segment(*backend, prepared, options_for({2}));
  ASSERT_EQ(result.choices.size(), 1U);
  EXPECT_TRUE(result.choices[0].chosen);
  EXPECT_EQ(result.model.centroids.k, 2);
  EXPECT_TRUE(result.warnings.empty());
}

TEST(Segment, LabelsAgreeWithTheModel) {
  const auto backend = reference_backend();
  Prepared prepared = prepare(*backend, three_groups(), options_for({3}));
  const Segmentation result = segment(*backend, prepared, options_for({3}));
  EXPECT_EQ(result.labels.counts, result.model.counts);
  EXPECT_TRUE(result.labels.inertia == result.model.inertia);
  ASSERT_EQ(result.labels.distance.size(), 12U);
  ASSERT_EQ(result.scores.size(), 2U);
  EXPECT_EQ(result.scores[0].size(), 12U);
}

TEST(Segment, OneFeatureHasOneComponent) {
  const Sessions sessions = sessions_of({"x"}, {{1, 2, 3, 10, 11, 12}});
  const auto backend = reference_backend();
  Prepared prepared = prepare(*backend, sessions, options_for({2}));
  const Segmentation result = segment(*backend, prepared, options_for({2}));
  EXPECT_EQ(result.pca.components, 1);
  EXPECT_EQ(result.scores.size(), 1U);
}

TEST(Segment, KAboveTheDistinctPointsIsReducedWithAWarning) {
  const Sessions sessions = sessions_of({"x"}, {{1, 1, 5, 5, 9, 9}});
  const SegmentOptions options = options_for({2, 3, 4, 5});
  const auto backend = reference_backend();
  Prepared prepared = prepare(*backend, sessions, options);
  const Segmentation result = segment(*backend, prepared, options);
  EXPECT_TRUE(
      mentions(result.warnings, "k = 5 is more than the 3 distinct points: k was reduced to 3"));
  ASSERT_EQ(result.choices.size(), 2U);
  EXPECT_EQ(result.model.centroids.k, 3);
}

TEST(Segment, NoKIsAnError) {
  const auto backend = reference_backend();
  Prepared prepared = prepare(*backend, three_groups(), options_for({2}));
  EXPECT_THROW(segment(*backend, prepared, options_for({})), Error);
  EXPECT_THROW(segment(*backend, prepared, options_for({0})), Error);
}

TEST(Segment, WarnsWhereTheIterationLimitWasReached) {
  SegmentOptions options = options_for({4});
  options.max_iterations = 1;
  options.restarts = 1;
  options.start = Start::kRandom;
  const auto backend = reference_backend();
  Prepared prepared = prepare(*backend, three_groups(), options);
  const Segmentation result = segment(*backend, prepared, options);
  EXPECT_EQ(result.model.stop, Stop::kLimit);
  EXPECT_TRUE(mentions(result.warnings, "k = 4 was still moving after 1 iterations"));
}

TEST(Segment, TooManyFeaturesForAProjectionIsAWarning) {
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;
  for (int f = 0; f <= kMaxPcaDimensions; ++f) {
    names.push_back("f" + std::to_string(f));
    columns.push_back({0.0, 1.0 + f, 5.0});
  }
  const Sessions sessions = sessions_of(names, columns);
  SegmentOptions options = options_for({2});
  options.restarts = 1;
  const auto backend = reference_backend();
  Prepared prepared = prepare(*backend, sessions, options);
  const Segmentation result = segment(*backend, prepared, options);
  EXPECT_TRUE(result.scores.empty());
  EXPECT_TRUE(mentions(result.warnings, "no projection: 2001 features"));
}

}  // namespace
}  // namespace covey::driver
