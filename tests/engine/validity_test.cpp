// Silhouette and Davies-Bouldin: against pairs of points one by one, and where their value is
// known.
#include "covey/validity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "engine/cases.h"
#include "engine/support.h"
#include "validity_rules.h"

namespace covey::test {
namespace {

/// A second opinion in doubles over all pairs of rows, each as often as it counts.
struct PairsOfPoints {
  Data data;  // multiplicities all there
  std::vector<std::int32_t> label;
  int k = 0;

  double count(int cluster) const {
    double total = 0;
    for (std::size_t row = 0; row < label.size(); ++row)
      if (label[row] == cluster) total += data.multiplicity[row];
    return total;
  }
  double squared(std::int64_t a, const double* b) const {
    double sum = 0;
    for (int f = 0; f < data.d; ++f) sum += (data.at(a, f) - b[f]) * (data.at(a, f) - b[f]);
    return sum;
  }
  const double* row(std::int64_t i) const { return data.values.data() + i * data.d; }

  double silhouette_of(std::int64_t i) const {
    std::vector<double> total(static_cast<std::size_t>(k), 0.0);
    for (std::int64_t j = 0; j < data.rows(); ++j) {
      const auto at = static_cast<std::size_t>(j);
      total[static_cast<std::size_t>(label[at])] += squared(i, row(j)) * data.multiplicity[at];
    }
    const int own = label[static_cast<std::size_t>(i)];
    double other = std::numeric_limits<double>::infinity();
    for (int c = 0; c < k; ++c)
      if (c != own && count(c) > 0)
        other = std::min(other, total[static_cast<std::size_t>(c)] / count(c));
    if (count(own) <= 1 || std::isinf(other)) return 0;
    const double a = total[static_cast<std::size_t>(own)] / (count(own) - 1);
    return std::max(a, other) > 0 ? (other - a) / std::max(a, other) : 0;
  }
  double silhouette() const {
    double sum = 0, weight = 0;
    for (std::int64_t i = 0; i < data.rows(); ++i) {
      const double m = data.multiplicity[static_cast<std::size_t>(i)];
      sum += m * silhouette_of(i);
      weight += m;
    }
    return sum / weight;
  }
  double davies_bouldin() const {
    std::vector<std::vector<double>> mean;
    std::vector<double> spread;
    for (int c = 0; c < k; ++c) {
      if (count(c) == 0) continue;
      std::vector<double> middle(static_cast<std::size_t>(data.d), 0.0);
      double distance = 0;
      for (const bool second : {false, true}) {
        for (std::int64_t i = 0; i < data.rows(); ++i) {
          const double m = data.multiplicity[static_cast<std::size_t>(i)];
          if (label[static_cast<std::size_t>(i)] != c) continue;
          if (second) distance += m * std::sqrt(squared(i, middle.data())) / count(c);
          for (std::size_t f = 0; f < middle.size() && !second; ++f)
            middle[f] += m * data.at(i, static_cast<int>(f)) / count(c);
        }
      }
      mean.push_back(middle);
      spread.push_back(distance);
    }
    double total = 0;
    for (std::size_t a = 0; a < mean.size(); ++a) {
      double worst = 0;
      for (std::size_t b = 0; b < mean.size(); ++b) {
        double apart = 0;
        for (std::size_t f = 0; f < mean[a].size(); ++f)
          apart += (mean[a][f] - mean[b][f]) * (mean[a][f] - mean[b][f]);
        if (a != b) worst = std::max(worst, (spread[a] + spread[b]) / std::sqrt(apart));
      }
      total += worst;
    }
    return mean.size() < 2 ? 0 : total / static_cast<double>(mean.size());
  }
};

class Validity : public OnBackend {
 protected:
  ValiditySums of(const Data& data, const Centroids& centres) {
    return validity_sums(*load(data), centres);
  }
};
INSTANTIATE_TEST_SUITE_P(On, Validity, testing::ValuesIn(back_ends()), variant_name);

TEST_P(Validity, EqualsPairsOfPoints) {
  // Whole numbers below 100, so the oracle's doubles err by less than 1e-13 of a mean distance, and
  // what is rounded to 2^-30 and 2^-20 grid units bounds the rest.
  Random random(301);
  for (const int d : {1, 3, 17}) {
    for (const int k : {2, 5, 9}) {
      SCOPED_TRACE(testing::Message() << "d " << d << ", k " << k);
      PairsOfPoints pairs{{d, {}, {}}, {}, k};
      Centroids centres{k, d, {}};
      for (int i = 0; i < 65 * d; ++i)
        pairs.data.values.push_back(static_cast<double>(random.between(0, 99)));
      for (int i = 0; i < 65; ++i)
        pairs.data.multiplicity.push_back(static_cast<std::uint32_t>(random.between(1, 5)));
      for (int i = 0; i < k * d; ++i)
        centres.q.push_back(static_cast<std::int32_t>(random.between(0, 99)));
      const auto loaded = load(pairs.data);
      pairs.label = predict(*loaded, centres).label;
      const ValiditySums sums = validity_sums(*loaded, centres);
      EXPECT_NEAR(silhouette(sums), pairs.silhouette(), 0x1p-30);
      EXPECT_NEAR(davies_bouldin(sums), pairs.davies_bouldin(), 1e-6);
      const std::vector<double> by_cluster = silhouette_by_cluster(sums);
      for (int c = 0; c < k; ++c) {
        double sum = 0;
        for (std::int64_t i = 0; i < 65; ++i)
          if (pairs.label[static_cast<std::size_t>(i)] == c)
            sum += pairs.data.multiplicity[static_cast<std::size_t>(i)] * pairs.silhouette_of(i);
        const double n = pairs.count(c);
        EXPECT_NEAR(by_cluster[static_cast<std::size_t>(c)], n > 0 ? sum / n : 0, 0x1p-30);
      }
    }
  }
}

TEST_P(Validity, OfFourPointsByHand) {
  // 0 and 2 around mean 1, 10 and 12 around 11. For 0: a = 4, b = (100 + 144) / 2 = 122, s = 118 /
  // 122; for 2: b = (64 + 100) / 2 = 82, s = 78 / 82; the other two mirror them. Mean distances are
  // 1, the means 10 apart: Davies-Bouldin is 2 / 10.
  const ValiditySums sums = of(points(1, {0, 2, 10, 12}), centroids(1, {1, 11}));
  EXPECT_EQ(sums.means, (std::vector<double>{1, 11}));
  EXPECT_EQ(sums.scatter, (std::vector<double>{1, 1}));
  EXPECT_NEAR(silhouette(sums), (118.0 / 122 + 78.0 / 82) / 2, 0x1p-31);
  EXPECT_EQ(davies_bouldin(sums), 0.2);
}

TEST_P(Validity, ClusterOfOnePointHasSilhouetteZero) {
  // 50 has no others in its cluster. For 0: a = 1, b = 2500; for 1: a = 1, b = 2401.
  const ValiditySums sums = of(points(1, {0, 1, 50}), centroids(1, {0, 50}));
  EXPECT_EQ(sums.silhouette[1], 0);
  EXPECT_NEAR(silhouette_by_cluster(sums)[0], (2499.0 / 2500 + 2400.0 / 2401) / 2, 0x1p-30);
}

TEST_P(Validity, OneClusterHasNeitherFigure) {
  const ValiditySums sums = of(points(2, {0, 1, 2, 3, 5, 8}), centroids(2, {2, 4}));
  EXPECT_EQ(silhouette(sums), 0);
  EXPECT_EQ(davies_bouldin(sums), 0);
}

TEST_P(Validity, EmptyClustersAreLeftOut) {
  // The third centroid is nearest to nothing; the second of the equal ones loses every tie.
  const Data data = points(1, {0, 2, 10, 12});
  const ValiditySums full = of(data, centroids(1, {1, 11}));
  const ValiditySums sums = of(data, centroids(1, {1, 11, 900, 1}));
  EXPECT_EQ(sums.counts, (std::vector<std::int64_t>{2, 2, 0, 0}));
  EXPECT_EQ(sums.silhouette,
            (std::vector<std::int64_t>{full.silhouette[0], full.silhouette[1], 0, 0}));
  EXPECT_EQ(silhouette(sums), silhouette(full));
  EXPECT_EQ(davies_bouldin(sums), davies_bouldin(full));
}

TEST_P(Validity, EqualPointsAreAtNoDistance) {
  // Each cluster is one point twice or more: a = 0 < b, so s = 1, and no spread: Davies-Bouldin 0.
  Data data = points(1, {3, 7});
  data.multiplicity = {2, 5};
  const ValiditySums sums = of(data, centroids(1, {3, 7}));
  EXPECT_EQ(silhouette(sums), 1);
  EXPECT_EQ(davies_bouldin(sums), 0);
}

TEST_P(Validity, AtTheEdgesOfTheGrid) {
  // 4,096 features at either end of the grid, nearly 2^32 sessions: the largest of every sum. Two
  // corners in one cluster: the mean lies half-way, the scatter is d L^2, every distance 64 L. The
  // 4,096 terms of a squared distance round by 2^-53 of it each at most, which is 2^-42 of the
  // distance, or 2^7 of its units of 2^-20.
  constexpr int kDimensions = 4096;
  constexpr double kLimit = kGridLimit;
  Data data{kDimensions, {}, {(1U << 31) - 1, (1U << 31) - 1}};
  data.values.assign(kDimensions, -kLimit);
  data.values.insert(data.values.end(), kDimensions, kLimit);
  const auto loaded = load(data);
  Centroids centres{1, kDimensions, std::vector<std::int32_t>(kDimensions, 0)};
  const ValiditySums one = validity_sums(*loaded, centres);
  EXPECT_EQ(one.means, std::vector<double>(kDimensions, 0.0));
  EXPECT_EQ(one.scatter[0], kDimensions * kLimit * kLimit);
  const Int128 total = (static_cast<Int128>(one.distance_high[0]) << 30) + one.distance_low[0];
  const auto mean = static_cast<std::int64_t>(total / loaded->weight());
  EXPECT_LE(std::abs(mean - (64LL * kGridLimit << 20)), 1 << 7);

  centres.k = 2;
  centres.q.assign(kDimensions, -kGridLimit);
  centres.q.insert(centres.q.end(), kDimensions, kGridLimit);
  const ValiditySums two = validity_sums(*loaded, centres);
  EXPECT_EQ(two.scatter, (std::vector<double>{0, 0}));
  EXPECT_EQ(silhouette(two), 1);
  EXPECT_EQ(davies_bouldin(two), 0);
}

TEST_P(Validity, RefusesCentroidsOfOtherPoints) {
  const auto loaded = load(points(2, {0, 0, 1, 5}));
  for (const Centroids& bad : {Centroids{0, 2, {}}, Centroids{1, 3, {1, 2, 3}}})
    EXPECT_EQ(error_of([&] { validity_sums(*loaded, bad); }).kind(), ErrorKind::kUsage);
}

TEST(DaviesBouldin, IsInfiniteWhereMeansCoincide) {
  // Cells of nearest centroids are convex and disjoint, so exact means differ; doubles may not tell
  // them apart, so these sums are made by hand.
  ValiditySums sums;
  sums.k = 2;
  sums.d = 1;
  sums.counts = {2, 2};
  sums.means = {5, 5};
  sums.scatter = {1, 4};
  sums.silhouette = {0, 0};
  sums.distance_low = {2 << 20, 4 << 20};
  sums.distance_high = {0, 0};
  EXPECT_TRUE(std::isinf(davies_bouldin(sums)));
}

TEST(RoundedQuotient, RoundsOnce) {
  // 2^53 + 1 over 1 lies half-way and goes to even; a remainder of one part in 2^32 lifts it. The
  // same with both signs, with thirds, and at the largest scatter.
  using internal::rounded_quotient;
  constexpr Int128 kHalfWay = (Int128{1} << 53) + 1;
  constexpr Int128 kWeight = (Int128{1} << 32) - 1;
  EXPECT_EQ(rounded_quotient(kHalfWay, 1), 0x1p53);
  EXPECT_EQ(rounded_quotient(kHalfWay * kWeight, kWeight), 0x1p53);
  EXPECT_EQ(rounded_quotient(kHalfWay * kWeight + 1, kWeight), 0x1p53 + 2);
  EXPECT_EQ(rounded_quotient(-kHalfWay * kWeight - 1, kWeight), -0x1p53 - 2);
  EXPECT_EQ(rounded_quotient(kHalfWay * kWeight - 1, kWeight), 0x1p53);
  EXPECT_EQ(rounded_quotient(1, 3), 1.0 / 3.0);
  EXPECT_EQ(rounded_quotient(0, 7), 0);
  EXPECT_EQ(rounded_quotient(kWeight * kWeight * (Int128{1} << 58), kWeight * kWeight), 0x1p58);
}

}  // namespace
}  // namespace covey::test
