#include "group_medians.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

namespace covey::driver {
namespace {

/// 0 to n - 1.
int drawn_below(std::mt19937& random, int n) {
  return static_cast<int>(random() % static_cast<unsigned>(n));
}

struct Rows {
  std::vector<double> values;
  std::vector<std::int32_t> group;
  std::vector<std::uint32_t> multiplicity;

  std::vector<double> medians(int groups) const {
    Columns columns{static_cast<std::int64_t>(values.size()), {{values.data(), 1}}, multiplicity};
    std::vector<std::int64_t> sessions(groups, 0);
    for (std::size_t row = 0; row < group.size(); ++row)
      sessions[group[row]] += columns.weight(static_cast<std::int64_t>(row));
    std::vector<double> result;
    for (const auto& of_group : group_medians(columns, group, sessions))
      result.push_back(of_group.empty() ? std::nan("") : of_group.front());
    return result;
  }
};

TEST(GroupMedians, MiddleValueOrMidpointOfTwo) {
  const Rows odd{{5, 1, 3, 40, 10}, {0, 0, 0, 1, 1}, {}};
  EXPECT_EQ(odd.medians(2), (std::vector<double>{3, 25}));
  // 0.1 comes back as it is, and (0.1 + 0.2) / 2 is the midpoint.
  const Rows fractions{{0.1, 0.2, 0.1, 0.1}, {1, 1, 0, 0}, {}};
  EXPECT_EQ(fractions.medians(2), (std::vector<double>{0.1, (0.1 + 0.2) / 2}));
}

// 1, 1, 1, 9: both middle values are 1. 1, 1, 9, 9: they are 1 and 9.
TEST(GroupMedians, MultiplicitiesCount) {
  EXPECT_EQ((Rows{{9, 1}, {0, 0}, {1, 3}}.medians(1)), std::vector<double>{1});
  EXPECT_EQ((Rows{{9, 1}, {0, 0}, {2, 2}}.medians(1)), std::vector<double>{5});
  EXPECT_EQ((Rows{{9, 1}, {0, 0}, {4'000'000'000U, 1}}.medians(1)), std::vector<double>{9});
}

TEST(GroupMedians, GroupWithoutSessionsHasNone) {
  const Rows rows{{2, 4}, {0, 2}, {}};
  const auto medians = rows.medians(4);
  EXPECT_EQ(medians[0], 2);
  EXPECT_TRUE(std::isnan(medians[1]));
  EXPECT_EQ(medians[2], 4);
  EXPECT_TRUE(std::isnan(medians[3]));
}

/// Median of repeated values, by sorting.
double by_sorting(const Rows& rows, std::int32_t group) {
  std::vector<double> values;
  for (std::size_t row = 0; row < rows.values.size(); ++row) {
    if (rows.group[row] == group)
      values.insert(values.end(), rows.multiplicity[row], rows.values[row]);
  }
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  const double low = values[(n - 1) / 2], high = values[n / 2];
  return low == high ? low : (low + high) / 2;
}

// 20,000 rows are more than are sorted at once, so digits are found first: of whole numbers of both
// signs, of two values, of values with all bits set, of sizes far apart, of one value.
TEST(GroupMedians, EqualSorting) {
  std::mt19937 random(11);
  std::normal_distribution<double> normal;
  const std::vector<std::function<double()>> draws = {
      [&] { return std::floor(5.0 * normal(random)); },
      [&] { return drawn_below(random, 3) == 0 ? 1.0 : 0.0; },
      [&] { return drawn_below(random, 2) == 0 ? -2.0 : -3.0; },
      [&] { return 0.1 * (1 + drawn_below(random, 3)); },
      [&] { return -0.1 * (1 + drawn_below(random, 2)); },
      [&] { return normal(random); },
      [&] { return std::exp(200.0 * normal(random)); },
      [&] { return drawn_below(random, 2) == 0 ? 0.0 : normal(random); },
      [&] { return -7.25; },
      [&] { return 0.0; },
  };
  for (std::size_t which = 0; which < draws.size(); ++which) {
    Rows rows;
    for (int row = 0; row < 20'000; ++row) {
      rows.values.push_back(draws[which]());
      rows.group.push_back(std::min(drawn_below(random, 8), 2));
      rows.multiplicity.push_back(static_cast<std::uint32_t>(1 + drawn_below(random, 3)));
    }
    const auto medians = rows.medians(3);
    for (std::int32_t g = 0; g < 3; ++g) EXPECT_EQ(medians[g], by_sorting(rows, g)) << which;
  }
}

// So many groups that a digit has fewer bits.
TEST(GroupMedians, ManyGroups) {
  constexpr int kGroups = 3000;
  Rows rows;
  for (int row = 0; row < 2 * kGroups; ++row) {
    rows.values.push_back(row % 7 - (row < kGroups ? 0.0 : 3.5));
    rows.group.push_back(row % kGroups);
    rows.multiplicity.push_back(1);
  }
  const auto medians = rows.medians(kGroups);
  for (std::int32_t g = 0; g < kGroups; ++g)
    ASSERT_EQ(medians[g], (rows.values[g] + rows.values[g + kGroups]) / 2) << g;
}

}  // namespace
}  // namespace covey::driver
