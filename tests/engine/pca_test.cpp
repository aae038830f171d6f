// Step 10 of the contract: sums of products, components and scores, against plain integer sums and
// known answers.
#include "covey/pca.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numeric>

#include "covey/validity.h"
#include "engine/support.h"

namespace covey::test {
namespace {

class PcaOn : public OnBackend {};
INSTANTIATE_TEST_SUITE_P(On, PcaOn, testing::ValuesIn(back_ends()), variant_name);

TEST_P(PcaOn, SumsEqualPlainIntegerSums) {
  Random random(71);
  for (const int d : {1, 2, 4, 5, 8, 15, 17, 33, 64, 65}) {
    for (const int n : {1, 16, 33, 257, 600}) {
      SCOPED_TRACE(testing::Message() << n << " x " << d);
      Data data{d, {}, {}};
      for (int i = 0; i < n * d; ++i)
        data.values.push_back(static_cast<double>(random.between(-kGridLimit, kGridLimit)));
      const std::int64_t heaviest =
          random.one_of<std::int64_t>({1, 9, ((1LL << 32) - 1) / n});  // 1: no multiplicities
      for (int row = 0; row < n && heaviest > 1; ++row)
        data.multiplicity.push_back(static_cast<std::uint32_t>(random.between(1, heaviest)));
      std::vector<std::int64_t> sums(static_cast<std::size_t>(d), 0);
      std::vector<Int128> products(static_cast<std::size_t>(d * d), 0);
      std::int64_t weight = 0;
      for (std::int64_t row = 0; row < n; ++row) {
        const std::int64_t m = data.view().weight(row);
        weight += m;
        for (int f = 0; f < d; ++f) {
          sums[static_cast<std::size_t>(f)] += m * static_cast<std::int64_t>(data.at(row, f));
          for (int g = 0; g < d; ++g)
            products[static_cast<std::size_t>(f) * static_cast<std::size_t>(d) +
                     static_cast<std::size_t>(g)] += static_cast<Int128>(m) *
                                                     static_cast<std::int64_t>(data.at(row, f)) *
                                                     static_cast<std::int64_t>(data.at(row, g));
        }
      }
      const Gram gram = load(data)->gram();
      ASSERT_EQ(gram.d, d);
      ASSERT_EQ(gram.weight, weight);
      ASSERT_EQ(gram.sums, sums);
      for (std::size_t i = 0; i < products.size(); ++i)
        ASSERT_EQ(to_string(gram.products[i]), to_string(products[i])) << i;
    }
  }
}

TEST_P(PcaOn, SumsOfMoreRowsThanOneMatrixProductTakes) {
  // More than 2^16 distinct rows of L (-1)^(i + f), L the grid's limit, and of the row number i in
  // the last feature: products of the others are n L^2 (-1)^(f + g), those with the last one
  // (-1)^f L (0 - 1 + 2 - ... - (n - 1)) = (-1)^f L (-n / 2) for even n.
  constexpr std::int64_t kRows = 66'000, kLimit = kGridLimit;
  constexpr int kLast = 63;
  Data data{kLast + 1, {}, {}};
  for (std::int64_t i = 0; i < kRows; ++i) {
    for (int f = 0; f < kLast; ++f)
      data.values.push_back(static_cast<double>((i + f) % 2 == 0 ? kLimit : -kLimit));
    data.values.push_back(static_cast<double>(i));
  }
  const Gram gram = load(data)->gram();
  for (int f = 0; f < kLast; ++f) {
    const int sign = f % 2 == 0 ? 1 : -1;
    ASSERT_EQ(gram.sums[static_cast<std::size_t>(f)], 0);
    for (int g = 0; g < kLast; ++g)
      ASSERT_EQ(to_string(gram.at(f, g)), to_string(static_cast<Int128>(kRows) * kLimit * kLimit *
                                                    (g % 2 == 0 ? sign : -sign)));
    ASSERT_EQ(to_string(gram.at(f, kLast)), to_string(-sign * kLimit * kRows / 2));
  }
  ASSERT_EQ(gram.sums[kLast], kRows * (kRows - 1) / 2);
  ASSERT_EQ(to_string(gram.at(kLast, kLast)),
            to_string(static_cast<Int128>(kRows) * (kRows - 1) * (2 * kRows - 1) / 6));
}

TEST_P(PcaOn, FindsTheAxesOfACross) {
  // (+-5, 0), (0, +-1) and p = 0: variances 2 * 25 / 3 and 2 / 3 along the axes, positive loadings,
  // and scores that are the coordinates.
  auto loaded = load(points(2, {5, 0, -5, 0, 0, 1, 0, -1}));
  const Pca pca = fit_pca(*loaded, 2);
  EXPECT_DOUBLE_EQ(pca.variance[0], 50.0 / 3);
  EXPECT_DOUBLE_EQ(pca.variance[1], 2.0 / 3);
  EXPECT_DOUBLE_EQ(pca.variance_ratio[0], 50.0 / 52);
  EXPECT_EQ(pca.loadings, (std::vector<double>{1, 0, 0, 1}));
  EXPECT_EQ(project(*loaded, pca),
            (std::vector<std::vector<double>>{{5, -5, 0, 0}, {0, 0, 1, -1}}));
}

TEST_P(PcaOn, HistogramCountsACrossByClusterAndCell) {
  // (+-5, 0) three times each, (0, +-1) once each: the scores are the coordinates. In five columns
  // of [-5, 5] the numbers -5, 0, 5 fall into 0, 2 (0.5 * 5 = 2.5) and, the last one being closed,
  // 4; in three rows of [-1, 1] -1, 0, 1 fall into 0, 1 and 2. (0, +-1) lie nearer to (1, 0).
  Data cross = points(2, {5, 0, -5, 0, 0, 1, 0, -1});
  cross.multiplicity = {3, 3, 1, 1};
  auto loaded = load(cross);
  const ScoreHistogram histogram =
      histogram_scores(*loaded, fit_pca(*loaded, 2), centroids(2, {1, 0, -5, 0}), 5, 3);
  std::vector<std::int64_t> counts(30, 0);
  counts[5 * 1 + 4] = 3;
  counts[5 * 0 + 2] = 1;
  counts[5 * 2 + 2] = 1;
  counts[15 + 5 * 1 + 0] = 3;
  expect_same(histogram, {2, 5, 3, {-5, 5}, {-1, 1}, counts});
}

TEST_P(PcaOn, HistogramOfOneComponentHasOneRow) {
  // Every y is 0, and a range that is a point has one cell. One column takes all.
  auto loaded = load(points(2, {5, 0, -5, 0, 0, 1, 0, -1}));
  const Pca pca = fit_pca(*loaded, 1);
  const Centroids one = centroids(2, {0, 0});
  expect_same(histogram_scores(*loaded, pca, one, 2, 2), {1, 2, 2, {-5, 5}, {0, 0}, {1, 3, 0, 0}});
  expect_same(histogram_scores(*loaded, pca, one, 1, 1), {1, 1, 1, {-5, 5}, {0, 0}, {4}});
}

TEST_P(PcaOn, HistogramCountsEveryRow) {
  Random random(74);
  Data data{3, {}, {}};
  for (int i = 0; i < 3 * 1025; ++i) data.values.push_back(random.normal());
  for (int i = 0; i < 1025; ++i)
    data.multiplicity.push_back(static_cast<std::uint32_t>(random.between(1, 4'000'000)));
  auto loaded = load_points(backend(), data.view());
  const ScoreHistogram histogram = histogram_scores(
      *loaded, fit_pca(*loaded, 2), centroids(3, {0, 0, 0, 9, 9, 9, -9, 9, 9}), 64, 48);
  EXPECT_EQ(std::accumulate(histogram.counts.begin(), histogram.counts.end(), std::int64_t{0}),
            loaded->weight());
}

TEST_P(PcaOn, FirstLoadingWithinReachOfTheLargestIsPositive) {
  // Points on the line (-1, 1): loadings are +-(sqrt 1/2, -sqrt 1/2), equal in size but for
  // rounding, so the first is the one made positive.
  auto loaded = load(points(2, {-3, 3, 1, -1, 7, -7, 0, 0}));
  const Pca pca = fit_pca(*loaded, 1);
  EXPECT_GT(pca.loadings[0], 0);
  EXPECT_LT(pca.loadings[1], 0);
  EXPECT_NEAR(pca.loadings[0], std::sqrt(0.5), 1e-15);
  EXPECT_NEAR(pca.variance_ratio[0], 1.0, 1e-15);
}

TEST_P(PcaOn, LoadingsAreOrthonormalAndVariancesAddUp) {
  Random random(72);
  Data data{7, {}, {}};
  for (int row = 0; row < 300; ++row) {
    const double common = random.normal();
    for (int f = 0; f < 7; ++f) data.values.push_back(common * f + random.normal());
  }
  auto loaded = load_points(backend(), data.view());
  const Pca pca = fit_pca(*loaded, 7);
  double total = 0;
  for (std::size_t a = 0; a < 7; ++a) {
    total += pca.variance_ratio[a];
    EXPECT_TRUE(a == 0 || pca.variance[a] <= pca.variance[a - 1]);
    for (std::size_t b = 0; b < 7; ++b) {
      double dot = 0;
      for (std::size_t f = 0; f < 7; ++f) dot += pca.loadings[7 * a + f] * pca.loadings[7 * b + f];
      EXPECT_NEAR(dot, a == b ? 1.0 : 0.0, 1e-13);
    }
  }
  EXPECT_NEAR(total, 1.0, 1e-13);
  // Standardised features: total variance d W / (W - 1).
  EXPECT_NEAR(pca.variance[0] / pca.variance_ratio[0], 7 * 300.0 / 299, 1e-4);
}

TEST_P(PcaOn, ScoresAreTheWrittenSumInFeatureOrder) {
  Random random(73);
  Data data{17, {}, {}};
  for (int i = 0; i < 17 * 100; ++i) data.values.push_back(random.normal());
  auto loaded = load_points(backend(), data.view());
  const Pca pca = fit_pca(*loaded, 3);
  const auto q = coordinates(data, loaded->grid());
  const auto scores = project(*loaded, pca);
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t row = 0; row < 100; ++row) {
      double sum = 0;
      for (std::size_t f = 0; f < 17; ++f)
        sum = sum + (q[row * 17 + f] - pca.mean[f]) * pca.loadings[c * 17 + f];
      ASSERT_EQ(std::bit_cast<std::uint64_t>(scores[c][row]),
                std::bit_cast<std::uint64_t>(sum * loaded->grid().cell()));
    }
  }
}

TEST_P(PcaOn, EqualPointsHaveNoVariance) {
  auto loaded = load_points(backend(), points(2, {4, 4, 4, 4, 4, 4}).view());
  const Pca pca = fit_pca(*loaded, 2);
  EXPECT_EQ(pca.variance, (std::vector<double>{0, 0}));
  EXPECT_EQ(pca.variance_ratio, (std::vector<double>{0, 0}));
}

TEST_P(PcaOn, OnePointHasNoVariance) {
  // W - 1 = 0: nothing to divide by, nothing to divide.
  const Pca pca = fit_pca(*load(points(2, {4, 9})), 1);
  EXPECT_EQ(pca.variance[0], 0);
}

TEST(Validity, TotalScatterAndCalinskiHarabasz) {
  // -10, -8, 8, 10: T = 328; two clusters at -9 and 9: I = 4; ((328 - 4) / 1) / (4 / 2) = 162.
  const auto loaded = on_unit_grid(*reference(), points(1, {-10, -8, 8, 10}));
  const double scatter = total_scatter(loaded->gram());
  EXPECT_EQ(scatter, 328.0);
  EXPECT_EQ(calinski_harabasz(scatter, 4, 2, 4), 162.0);
  EXPECT_EQ(calinski_harabasz(scatter, 328, 1, 4), 0.0);
  EXPECT_EQ(calinski_harabasz(scatter, 0, 3, 5), HUGE_VAL);
  EXPECT_EQ(calinski_harabasz(0, 0, 2, 5), 0.0);
}

}  // namespace
}  // namespace covey::test
