#include "contingency.h"

#include <gtest/gtest.h>

#include <cmath>

#include "contingency_simulation.h"
#include "proportions.h"
#include "statistics.h"
#include "thread_limit.h"

namespace covey::driver {
namespace {

/// online_shoppers_intention.csv (UCI data set 468): sessions by TrafficType 1 to 20, Revenue FALSE
/// and TRUE.
const ContingencyTable kShoppers{
    20, 2, {2189, 262, 3066, 847, 1872, 180, 904, 165, 204, 56, 391, 53, 28, 12,
            248,  95,  38,   4,   360,  90,  200, 47,  1,   0,  695, 43, 11, 2,
            38,   0,   2,    1,   1,    0,   10,  0,   16,  1,  148, 50}};

// J. L. Fleiss, Statistical Methods for Rates and Proportions (1981), page 139: smokers among the
// patients of four studies, chi-square 12.6.
TEST(ChiSquare, FleissSmokers) {
  const Association test = chi_square_test({4, 2, {83, 3, 90, 3, 129, 7, 70, 12}}, 1);
  EXPECT_NEAR(test.statistic, 12.600411297127634, 1e-13);
  EXPECT_EQ(test.degrees, 3);
  EXPECT_NEAR(test.p, 0.005585476661627036, 1e-14);
  EXPECT_FALSE(test.simulated);
  EXPECT_EQ(test.sparse_cells, 0);
  EXPECT_NEAR(test.cramers_v.value, 0.17815462743751448, 1e-14);
  EXPECT_NEAR(test.cramers_v.low, 0.05500677014162135, 1e-11);
  EXPECT_NEAR(test.cramers_v.high, 0.26488843600477485, 1e-11);
  EXPECT_TRUE(test.differs);
}

// A. Agresti, An Introduction to Categorical Data Analysis (2007), table 2.5: gender and party,
// chi-square 30.1 with 2 degrees of freedom.
TEST(ChiSquare, AgrestiGenderAndParty) {
  const Association test = chi_square_test({2, 3, {762, 327, 468, 484, 239, 477}}, 1);
  EXPECT_NEAR(test.statistic, 30.070149095754672, 1e-12);
  EXPECT_EQ(test.degrees, 2);
  EXPECT_NEAR(test.p, 2.9535891832117595e-07, 1e-17);
  EXPECT_NEAR(test.cramers_v.value, 0.10443580235646777, 1e-14);
  EXPECT_NEAR(test.cramers_v.low, 0.06490741810255521, 1e-11);
  EXPECT_NEAR(test.cramers_v.high, 0.1402639046656863, 1e-11);
}

TEST(ChiSquare, OnlineShoppersChannelsDiffer) {
  const Association test = chi_square_test(kShoppers, 1);
  EXPECT_NEAR(test.statistic, 373.1455646881486, 1e-10);
  EXPECT_EQ(test.degrees, 19);
  EXPECT_EQ(test.sparse_cells, 9);
  EXPECT_TRUE(test.simulated);
  EXPECT_EQ(test.p, 1e-4);  // none of 9,999 tables comes near
  EXPECT_NEAR(test.cramers_v.value, 0.1739632864587674, 1e-14);
  EXPECT_NEAR(test.cramers_v.low, 0.15182301172570573, 1e-11);
  EXPECT_NEAR(test.cramers_v.high, 0.18757246590151913, 1e-11);
  EXPECT_TRUE(test.differs);
}

TEST(ChiSquare, TwoByTwoIsTheSquareOfZ) {
  const Association test = chi_square_test({2, 2, {30'435, 119'565, 9'960, 40'040}}, 1);
  const ZTest z = two_proportion_z(wilson(30'435, 150'000), wilson(9'960, 50'000));
  EXPECT_NEAR(test.statistic, z.z * z.z, 1e-12);
  EXPECT_NEAR(test.p, z.p, 1e-13);
  EXPECT_FALSE(test.differs);
  EXPECT_EQ(test.cramers_v.low, 0.0);
}

// R. A. Fisher's tea: margins of 4 leave five tables of chances 1, 16, 36, 16, 1 in 70; all but the
// middle one are as far from independence as (3, 1; 1, 3): p = 34/70. The one that ties must count.
TEST(SimulatedP, TeaTasting) {
  const Association test = chi_square_test({2, 2, {3, 1, 1, 3}}, 1);
  EXPECT_TRUE(test.simulated);
  EXPECT_EQ(test.sparse_cells, 4);
  EXPECT_NEAR(test.p, 34.0 / 70.0, 4 * 0.005);  // standard error 0.005
}

// Four rows of one session, two columns of two: every table with these margins is this one with its
// rows in another order.
TEST(SimulatedP, TablesThatTieAllCount) {
  EXPECT_EQ(chi_square_test({4, 2, {1, 0, 0, 1, 1, 0, 0, 1}}, 1).p, 1.0);
}

// Where no cell is sparse the chi-square distribution gives 0.0056 (standard error 0.0007 here).
TEST(SimulatedP, MeetsTheDistributionWhereCellsAreLarge) {
  const PearsonStatistic statistic({4, 2, {83, 3, 90, 3, 129, 7, 70, 12}});
  EXPECT_NEAR(simulated_p(statistic, 12.600411297127634, 1), 0.0056, 0.0028);
}

TEST(SimulatedP, TheSameOnAnyNumberOfThreadsAndByTheSeed) {
  const ContingencyTable table{3, 3, {2, 3, 1, 4, 9, 2, 3, 2, 7}};
  double single = 0.0;
  {
    const ThreadLimit limit(1);
    single = chi_square_test(table, 5).p;
  }
  EXPECT_EQ(chi_square_test(table, 5).p, single);
  EXPECT_NE(chi_square_test(table, 6).p, single);
}

TEST(ChiSquare, EmptyCategoriesAreLeftOut) {
  const Association full = chi_square_test({2, 2, {20, 30, 40, 10}}, 1);
  const Association gaps = chi_square_test({3, 3, {20, 0, 30, 0, 0, 0, 40, 0, 10}}, 1);
  EXPECT_EQ(gaps.statistic, full.statistic);
  EXPECT_EQ(gaps.degrees, 1);
  EXPECT_EQ(gaps.p, full.p);
  EXPECT_EQ(gaps.sparse_cells, 0);
}

TEST(ChiSquare, OneCategoryTellsNothing) {
  for (const ContingencyTable& table :
       {ContingencyTable{}, ContingencyTable{1, 2, {5, 6}}, ContingencyTable{2, 1, {5, 6}},
        ContingencyTable{2, 2, {5, 6, 0, 0}}, ContingencyTable{2, 2, {0, 0, 0, 0}}}) {
    const Association test = chi_square_test(table, 1);
    EXPECT_EQ(test.statistic, 0.0);
    EXPECT_EQ(test.degrees, 0);
    EXPECT_EQ(test.p, 1.0);
    EXPECT_FALSE(test.simulated);
    EXPECT_EQ(test.sparse_cells, 0);
    EXPECT_EQ(test.cramers_v.high, 0.0);
    EXPECT_FALSE(test.differs);
  }
}

// n = 100 split 50 : 50 both ways, nothing off the diagonal: chi-square = n, V = 1.
TEST(ChiSquare, PerfectAssociationIsOne) {
  const Association test = chi_square_test({2, 2, {50, 0, 0, 50}}, 1);
  EXPECT_DOUBLE_EQ(test.statistic, 100.0);
  EXPECT_EQ(test.cramers_v.value, 1.0);
  EXPECT_LT(test.cramers_v.low, 1.0);
  EXPECT_EQ(test.cramers_v.high, 1.0);
}

// Rates that are equal by chance: V is 0, and the interval does not claim that there is nothing.
TEST(ChiSquare, IndependenceIsExactlyZero) {
  const Association test = chi_square_test({2, 2, {20, 80, 200, 800}}, 1);
  EXPECT_EQ(test.statistic, 0.0);
  EXPECT_EQ(test.p, 1.0);
  EXPECT_EQ(test.cramers_v.value, 0.0);
  EXPECT_EQ(test.cramers_v.low, 0.0);
  EXPECT_NEAR(test.cramers_v.high, std::sqrt(6.897297117818013 / 1100), 1e-12);
}

// Chi-square of four billion sessions, and of a sparse table among them.
TEST(ChiSquare, BillionsOfSessions) {
  const Association test =
      chi_square_test({2, 2, {400'000'000, 1'600'000'000, 500'000'000, 1'500'000'000}}, 1);
  EXPECT_NEAR(test.statistic, 4e9 / 279.0, 10.0);  // n (ad - bc)^2 / margins
  EXPECT_EQ(test.p, 0.0);
  EXPECT_NEAR(test.cramers_v.value, std::sqrt(1.0 / 279.0), 1e-9);
  EXPECT_NEAR(test.cramers_v.high - test.cramers_v.low, 2 * 1.96 / std::sqrt(4e9), 1e-7);
  const Association sparse =
      chi_square_test({3, 2, {400'000'000, 1'600'000'000, 400'000'000, 1'599'999'990, 1, 9}}, 1);
  EXPECT_TRUE(sparse.simulated);
  EXPECT_GT(sparse.p, 0.5);
}

}  // namespace
}  // namespace covey::driver
