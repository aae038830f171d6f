// Sums over columns: ranges, order statistics and sums by group, against plain loops and known
// answers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/support.h"

namespace covey::test {
namespace {

class Sums : public OnBackend {};
INSTANTIATE_TEST_SUITE_P(On, Sums, testing::ValuesIn(back_ends()), variant_name);

std::vector<FixedPoint> fixed_of(const std::vector<Range>& ranges) {
  std::vector<FixedPoint> fixed;
  for (const Range& range : ranges) fixed.push_back(fixed_point(range));
  return fixed;
}

TEST_P(Sums, RangesAreThoseOfAllBatches) {
  const Data data = points(2, {3, -1, 8, 4, -5, -0.0, 2, 9});
  const auto parts = data.batches({1, 3});
  const auto ranges = backend().ranges(parts, {});
  EXPECT_EQ(ranges[0].low, -5);
  EXPECT_EQ(ranges[0].high, 8);
  EXPECT_EQ(ranges[1].low, -1);
  EXPECT_EQ(ranges[1].high, 9);
}

TEST_P(Sums, NegativeZeroIsZero) {
  const Data data = points(1, {-0.0, -0.0});
  const Columns own = data.view();
  const auto ranges = backend().ranges({&own, 1}, {false});
  EXPECT_FALSE(std::signbit(ranges[0].low));
  EXPECT_FALSE(std::signbit(ranges[0].high));
}

TEST_P(Sums, OrderStatisticsEqualASortedCopy) {
  Random random(91);
  for (const int n : {1, 2, 15, 33, 257, 1025}) {
    SCOPED_TRACE(n);
    Data data{2, {}, {}};
    for (int row = 0; row < n; ++row) {
      data.values.push_back(static_cast<double>(random.between(-50, 50)));
      data.values.push_back(random.normal());
    }
    for (const bool weighted : {false, true}) {
      if (weighted)
        for (int row = 0; row < n; ++row)
          data.multiplicity.push_back(static_cast<std::uint32_t>(random.between(1, 7)));
      const auto parts = data.batches({n / 3});
      const auto fixed = fixed_of(backend().ranges(parts, {}));
      for (int f = 0; f < 2; ++f) {
        std::vector<std::int32_t> sorted;
        for (std::int64_t row = 0; row < n; ++row)
          sorted.insert(sorted.end(), data.view().weight(row),
                        fixed[static_cast<std::size_t>(f)].split(data.at(row, f)).v);
        std::sort(sorted.begin(), sorted.end());
        std::vector<std::int64_t> ranks;
        for (std::size_t rank = 0; rank < sorted.size(); rank += 1 + sorted.size() / 7)
          ranks.push_back(static_cast<std::int64_t>(rank));
        ranks.push_back(static_cast<std::int64_t>(sorted.size()) - 1);
        ranks.push_back(ranks.back());  // a rank may be asked twice
        const auto v =
            backend().order_statistics(parts, f, false, fixed[static_cast<std::size_t>(f)], ranks);
        ASSERT_EQ(v.size(), ranks.size());
        for (std::size_t i = 0; i < ranks.size(); ++i)
          ASSERT_EQ(v[i], sorted[static_cast<std::size_t>(ranks[i])]) << "rank " << ranks[i];
      }
    }
  }
}

TEST_P(Sums, ByGroupEqualPlainLoops) {
  Random random(92);
  for (const int groups : {1, 2, 33, 2500}) {
    SCOPED_TRACE(groups);
    Data data{3, {}, {}};
    std::vector<std::int32_t> group;
    for (int row = 0; row < 1025; ++row) {
      for (int f = 0; f < 3; ++f) data.values.push_back(random.normal() * 1e6);
      data.multiplicity.push_back(static_cast<std::uint32_t>(random.between(1, 5)));
      group.push_back(static_cast<std::int32_t>(random.below(groups)));
    }
    const auto parts = data.batches({256, 256, 700});
    const auto fixed = fixed_of(backend().ranges(parts, {}));
    std::vector<std::int64_t> weight(static_cast<std::size_t>(groups), 0);
    std::vector<std::int64_t> v(static_cast<std::size_t>(3 * groups), 0), r = v;
    for (std::int64_t row = 0; row < 1025; ++row) {
      const auto g = static_cast<std::size_t>(group[static_cast<std::size_t>(row)]);
      const std::int64_t m = data.multiplicity[static_cast<std::size_t>(row)];
      weight[g] += m;
      for (std::size_t f = 0; f < 3; ++f) {
        const auto limbs = fixed[f].split(data.at(row, static_cast<int>(f)));
        v[3 * g + f] += m * limbs.v;
        r[3 * g + f] += m * limbs.r;
      }
    }
    const GroupSums sums = backend().sums_by_group(parts, fixed, group, groups);
    EXPECT_EQ(sums.weight, weight);
    EXPECT_EQ(sums.sum_v, v);
    EXPECT_EQ(sums.sum_r, r);
  }
}

TEST_P(Sums, OfManyMegabytesEqualTheReference) {
  // 19 MB in uneven batches, multiplicities in one of them: more than a device takes at a time.
  Random random(93);
  Data data{8, {}, {}};
  std::vector<std::int32_t> group;
  for (int row = 0; row < 300'000; ++row) {
    for (int f = 0; f < 8; ++f) data.values.push_back(static_cast<double>(random.below(9 + f)));
    group.push_back(row % 7);
  }
  auto parts = data.batches({100, 210'001});
  const std::vector<std::uint32_t> twice(static_cast<std::size_t>(parts[1].rows), 2);
  parts[1].multiplicity = twice;

  const auto plain = reference();
  const auto ranges = plain->ranges(parts, {});
  const auto fixed = fixed_of(ranges);
  const auto own = backend().ranges(parts, {});
  const auto moments = plain->moments(parts, {}, fixed);
  const auto own_moments = backend().moments(parts, {}, fixed);
  for (std::size_t f = 0; f < 8; ++f) {
    EXPECT_EQ(own[f].low, ranges[f].low);
    EXPECT_EQ(own[f].high, ranges[f].high);
    EXPECT_EQ(own_moments[f].sum_v, moments[f].sum_v);
    EXPECT_EQ(own_moments[f].square_high, moments[f].square_high);
  }
  const std::vector<std::int64_t> ranks = {0, 100'000, 509'899};
  EXPECT_EQ(backend().order_statistics(parts, 3, false, fixed[3], ranks),
            plain->order_statistics(parts, 3, false, fixed[3], ranks));
  const GroupSums sums = backend().sums_by_group(parts, fixed, group, 7);
  const GroupSums expected = plain->sums_by_group(parts, fixed, group, 7);
  EXPECT_EQ(sums.weight, expected.weight);
  EXPECT_EQ(sums.sum_v, expected.sum_v);

  const auto loaded = backend().load(parts, unit_grid(8), {});
  const auto plainly = plain->load(parts, unit_grid(8), {});
  EXPECT_EQ(loaded->distinct(), plainly->distinct());
  EXPECT_EQ(loaded->gram().sums, plainly->gram().sums);

  data.values[std::size_t{8} * 290'000 + 2] = std::nan("");
  data.values[std::size_t{8} * 299'999] = std::nan("");
  EXPECT_EQ(error_of([&] { backend().ranges(parts, {}); }).where(), "row 290000, feature 2");
}

TEST_P(Sums, MeanOfAGroupOfOnesIsOne) {
  // Group 0 holds ones among values up to 1e6: v and r limbs restore 1 exactly, where a grid of
  // cells would not.
  const Data data = points(1, {1, 1, 1, 1e6, 123.25, 0});
  const Columns view = data.view();
  const auto fixed = fixed_of(backend().ranges({&view, 1}, {}));
  const std::vector<std::int32_t> group = {0, 0, 0, 1, 1, 1};
  const GroupSums sums = backend().sums_by_group({&view, 1}, fixed, group, 2);
  EXPECT_EQ(fixed[0].mean(sums.sum_v[0], sums.sum_r[0], sums.weight[0]), 1.0);
}

TEST_P(Sums, EmptyGroupIsZero) {
  const Data data = points(1, {1, 2});
  const Columns view = data.view();
  const auto fixed = fixed_of(backend().ranges({&view, 1}, {}));
  const GroupSums sums =
      backend().sums_by_group({&view, 1}, fixed, std::vector<std::int32_t>{2, 2}, 4);
  EXPECT_EQ(sums.weight, (std::vector<std::int64_t>{0, 0, 2, 0}));
}

}  // namespace
}  // namespace covey::test
