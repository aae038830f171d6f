// Wilks' lambda of clusterings whose determinants are known.
#include "wilks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "results_support.h"
#include "sample_points.h"

namespace covey::driver {
namespace {

/// ln(|S| / |S - B|) of these points (row-major, d a point) under these centres.
std::optional<double> wilks_of(int d, const std::vector<double>& points, const Centroids& centres) {
  const auto backend = reference_backend();
  const auto loaded = load_coordinates(*backend, d, points);
  KMeansOptions options;
  options.max_iterations = 1;
  return log_wilks(loaded->gram(), fit_kmeans_from(*loaded, centres, options));
}

TEST(Wilks, OneClusterTakesNothingAway) {
  EXPECT_NEAR(*wilks_of(2, {0, 0, 8, 2, 4, 4}, {1, 2, {4, 2}}), 0.0, 1e-12);
}

// All scatter lies between two clusters of equal points: 1.01 T against 0.01 T (and a millionth).
TEST(Wilks, ADirectionGivesAtMostTheLogarithmOf101) {
  const double most = std::log(1.010001 / 0.010001);
  EXPECT_NEAR(*wilks_of(1, {-8, -8, 8, 8}, {2, 1, {-8, 8}}), most, 1e-9);
}

// x is -9, -7, 7, 9: T = 260, B = 4 * 64 = 256. y is the same within clusters as over all.
TEST(Wilks, AFeatureWithoutGroupsNeitherAddsNorDrowns) {
  const std::vector<double> points = {-9, -20, -7, 20, 7, 20, 9, -20};
  const double expected = std::log(1.010001 / (1.010001 - 256.0 / 260));
  EXPECT_NEAR(*wilks_of(2, points, {2, 2, {-8, 0, 8, 0}}), expected, 1e-9);
}

// The second feature is the first times 4, the third does not vary: nothing is added, but for the
// millionth on the diagonal, which the second direction then consists of.
TEST(Wilks, FeaturesThatSayTheSameOrNothingAddNothing) {
  const std::vector<double> points = {-9, -36, 5, -7, -28, 5, 7, 28, 5, 9, 36, 5};
  const double expected = std::log(1.010001 / (1.010001 - 256.0 / 260));
  EXPECT_NEAR(*wilks_of(3, points, {2, 3, {-8, -32, 5, 8, 32, 5}}), expected, 1e-4);
}

}  // namespace
}  // namespace covey::driver
