#include "partitions.h"

#include <gtest/gtest.h>

namespace covey::driver {
namespace {

// K. Y. Yeung, W. L. Ruzzo, "Details of the adjusted Rand index and clustering algorithms",
// supplement to Bioinformatics 17 (2001), table 2: 0.313.
TEST(AdjustedRandIndex, IsThePublishedOne) {
  const CrossTable table{3, 3, {1, 1, 0, 1, 2, 1, 0, 0, 4}};
  EXPECT_NEAR(adjusted_rand_index(table), 0.313, 0.0005);
}

// scikit-learn 1.3, adjusted_rand_score([0, 0, 1, 2], [0, 0, 1, 1]) = 0.5714285714285714.
TEST(AdjustedRandIndex, IsScikitLearns) {
  const CrossTable table{3, 2, {2, 0, 0, 1, 0, 1}};
  EXPECT_NEAR(adjusted_rand_index(table), 4.0 / 7.0, 1e-15);
}

TEST(AdjustedRandIndex, OfEqualClusteringsIsOne) {
  EXPECT_EQ(adjusted_rand_index({2, 2, {0, 5, 7, 0}}), 1.0);
  EXPECT_EQ(adjusted_rand_index({1, 1, {9}}), 1.0);
  EXPECT_EQ(adjusted_rand_index({2, 2, {1, 0, 0, 1}}), 1.0);  // each session its own cluster
}

// All of one against halves of the other: no pair tells anything beyond chance.
TEST(AdjustedRandIndex, AgainstOneClusterIsZero) {
  EXPECT_EQ(adjusted_rand_index({1, 2, {4, 4}}), 0.0);
}

TEST(AdjustedRandIndex, StaysExactForManySessions) {
  const std::int64_t n = 2'000'000'000;
  EXPECT_NEAR(adjusted_rand_index({2, 2, {n, 0, 0, n}}), 1.0, 1e-15);
  EXPECT_NEAR(adjusted_rand_index({2, 2, {n, n, n, n}}), 0.0, 1e-8);
}

// Row 0 shares 3 with column 0 (3 of 3 + 4 - 3) and 0 with column 1; row 1 shares 1 (of 6) and 2
// (of 3); row 2 is empty.
TEST(BestJaccard, IsTheLargestByRow) {
  const std::vector<double> best = best_jaccard({3, 2, {3, 0, 1, 2, 0, 0}});
  EXPECT_EQ(best, (std::vector<double>{0.75, 2.0 / 3.0, 0.0}));
}

TEST(CrossTableOf, CountsSessionsNotPoints) {
  const std::vector<std::int32_t> a = {0, 0, 1}, b = {1, 0, 1};
  const std::vector<std::uint32_t> weight = {2, 3, 4};
  EXPECT_EQ(cross_table(a, 2, b, 2, weight).counts, (std::vector<std::int64_t>{3, 2, 0, 4}));
  EXPECT_EQ(cross_table(a, 2, b, 2, {}).counts, (std::vector<std::int64_t>{1, 1, 0, 1}));
}

}  // namespace
}  // namespace covey::driver
