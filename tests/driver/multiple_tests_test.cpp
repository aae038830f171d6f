#include "multiple_tests.h"

#include <gtest/gtest.h>

namespace covey::driver {
namespace {

// Sorted: 0.005 * 4 = 0.02, 0.01 * 3 = 0.03, 0.03 * 2 = 0.06, 0.04 * 1 raised to 0.06. statsmodels
// gives the same (tests/golden/make_statistics.py).
TEST(Holm, FourTestsByHand) {
  const std::vector<double> adjusted = holm({0.01, 0.04, 0.03, 0.005});
  ASSERT_EQ(adjusted.size(), 4U);
  EXPECT_DOUBLE_EQ(adjusted[0], 0.03);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[2], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[3], 0.02);
}

TEST(Holm, OneTestStaysAsItIs) { EXPECT_EQ(holm({0.04}), std::vector<double>{0.04}); }

TEST(Holm, NoTests) { EXPECT_TRUE(holm({}).empty()); }

TEST(Holm, NothingAboveOne) {
  EXPECT_EQ(holm({0.6, 1.0, 0.0}), (std::vector<double>{1.0, 1.0, 0.0}));
}

// Equal p-values get equal adjusted ones: the first of them has the larger factor, and the others
// are raised to it.
TEST(Holm, TiesStayTies) { EXPECT_EQ(holm({0.02, 0.02, 0.02}), std::vector<double>(3, 0.06)); }

}  // namespace
}  // namespace covey::driver
