// Blocks of points whose bounding box decides: on the faces of boxes, on bisectors, at the grid's
// limit, with labels that bytes just hold, and wherever whole blocks change hands.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "assign.h"
#include "boxes.h"
#include "engine/oracle.h"
#include "engine/support.h"
#include "kernels.h"

namespace covey::test {
namespace {

using internal::Blocks;

class BoxKernel : public testing::TestWithParam<std::string> {
 protected:
  const internal::Kernels& kernels() { return internal::kernels_for(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(On, BoxKernel, testing::ValuesIn(simd_targets()),
                         [](const auto& target) { return target.param; });

std::int32_t coordinate(Random& random, std::int32_t reach) {
  return random.below(4) == 0 ? random.one_of({-reach, reach})
                              : static_cast<std::int32_t>(random.between(-reach, reach));
}

TEST_P(BoxKernel, LeavesAllThatMayBeNearestAndNoneThatIsBeaten) {
  // c is out where the centre's nearest is closer throughout the box: at the corner where c gains
  // most, the difference of their squared distances is still positive, in 128-bit integers.
  Random random(201);
  const internal::Threads threads(1);
  for (int i = 0; i < 400; ++i) {
    const int d = static_cast<int>(random.between(1, internal::kMaxBoxDimensions));
    const int k = static_cast<int>(random.one_of({1, 2, 3, 7, 8, 9, 16, 17, 70}));
    const std::int32_t reach = random.one_of({3, 1000, kGridLimit});
    Blocks points(d, random.one_of({1, 2, 256}));
    std::vector<std::int32_t> q(static_cast<std::size_t>(d));
    std::vector<std::int32_t> low(q.size(), kGridLimit), high(q.size(), -kGridLimit);
    for (std::int64_t p = 0; p < points.points; ++p) {
      for (std::size_t f = 0; f < q.size(); ++f) {
        q[f] = coordinate(random, reach);
        low[f] = std::min(low[f], q[f]);
        high[f] = std::max(high[f], q[f]);
      }
      points.set(p, q.data(), 1);
    }
    std::set<std::vector<std::int32_t>> distinct;
    while (static_cast<int>(distinct.size()) < std::min(k, reach)) {
      for (std::int32_t& c : q) c = coordinate(random, reach);
      distinct.insert(q);
    }
    Centroids centres{static_cast<int>(distinct.size()), d, {}};
    for (const auto& row : distinct) centres.q.insert(centres.q.end(), row.begin(), row.end());

    const internal::DistinctCentroids prepared(centres, points);
    internal::Shortlist shortlist;
    const int count = shortlist.look(kernels(), internal::Boxes(threads, points), 0, prepared);
    std::vector<std::int32_t> left;
    for (int j = 0; j < count; ++j) left.push_back(shortlist.position(j));
    ASSERT_TRUE(std::is_sorted(left.begin(), left.end()));

    // Twice the squared distance to the centre of the box, less what all centroids share.
    const auto score = [&](int c) {
      Int128 sum = 0;
      for (int f = 0; f < d; ++f) {
        const auto at = static_cast<std::size_t>(f);
        const Int128 x = centres.row(c)[f];
        sum += x * x - (static_cast<Int128>(low[at]) + high[at]) * x;
      }
      return sum;
    };
    int nearest = 0;
    for (int c = 1; c < centres.k; ++c)
      if (score(c) < score(nearest)) nearest = c;
    std::vector<std::int32_t> expected;
    for (int c = 0; c < centres.k; ++c) {
      Int128 slack = 0;
      for (int f = 0; f < d; ++f) {
        const auto at = static_cast<std::size_t>(f);
        const Int128 apart = centres.row(c)[f] - centres.row(nearest)[f];
        slack += (static_cast<Int128>(high[at]) - low[at]) * (apart < 0 ? -apart : apart);
      }
      if (score(c) - score(nearest) <= slack) expected.push_back(c);
    }
    ASSERT_EQ(left, expected) << "d " << d << ", k " << centres.k << ", reach " << reach;
  }
}

class BoxesOn : public OnBackend {};
INSTANTIATE_TEST_SUITE_P(On, BoxesOn, testing::ValuesIn(variants()), variant_name);

/// side^2 points of a lattice around the origin, in shuffled order.
std::vector<std::int32_t> lattice(int side, Random& random) {
  std::vector<std::int32_t> q;
  for (const std::int64_t i : random.permutation(std::int64_t{side} * side)) {
    q.push_back(static_cast<std::int32_t>(i % side) - side / 2);
    q.push_back(static_cast<std::int32_t>(i / side) - side / 2);
  }
  return q;
}

TEST_P(BoxesOn, PointsOnBisectorsAndFacesKeepTheirTies) {
  // Centroids that mirror each other in axes and diagonals of a lattice: every bisector runs
  // through points, and through faces of boxes wherever blocks begin. One centroid stands twice.
  Random random(202);
  const std::vector<std::int32_t> q = lattice(41, random);
  const Data data{2, {q.begin(), q.end()}, {}};
  auto loaded = load(data);
  for (const std::int32_t r : {1, 2, 5, 10, 20, 500, kGridLimit}) {
    const Centroids four = centroids(2, {r, 0, -r, 0, 0, r, 0, -r, r, 0});
    expect_same(loaded->label(four, true), oracle_label(q, {}, four));
    const Centroids corners = centroids(2, {r, r, -r, -r, r, -r, -r, r});
    expect_same(loaded->label(corners, true), oracle_label(q, {}, corners));
  }
}

TEST_P(BoxesOn, CornersOfTheGridAreExact) {
  // Scores of boxes are largest here: coordinates and centroids at +-kGridLimit in 16 features.
  Random random(203);
  for (const int d : {1, 4, 16, 17}) {
    std::vector<std::int32_t> q;
    for (int i = 0; i < 600 * d; ++i) {
      const auto near = static_cast<std::int32_t>(random.below(3));
      q.push_back(i / (300 * d) % 2 == 0 ? kGridLimit - near : near - kGridLimit);
    }
    Centroids centres{6, d, {}};
    for (int j = 0; j < 6 * d; ++j)
      centres.q.push_back(random.one_of({kGridLimit, kGridLimit - 1, -kGridLimit}));
    expect_same(load({d, {q.begin(), q.end()}, {}})->label(centres, true),
                oracle_label(q, {}, centres));
  }
}

/// A fit from these starts equals the reference's, step by step.
void expect_fit(const Backend& backend, const Data& data, const Centroids& start) {
  for (const int iterations : {0, 1, 2, 5, 40}) {
    FitPlan plan;
    plan.given = {start, start};
    plan.max_iterations = iterations;
    const auto fast = on_unit_grid(backend, data)->fit(plan);
    const auto plain = on_unit_grid(*reference(), data)->fit(plan);
    for (std::size_t i = 0; i < fast.size(); ++i) expect_same(fast[i], plain[i]);
  }
}

TEST_P(BoxesOn, WholeBlocksChangeHands) {
  // Tight groups of more than two blocks, multiplicities of all sizes, and starts in the wrong
  // places: blocks go from one cluster to another as a whole, break up and become whole again. Two
  // starts are so far out that their clusters are empty.
  Random random(204);
  Data data{3, {}, {}};
  const std::int32_t middle[5][3] = {
      {0, 0, 0}, {9000, 0, 0}, {0, 9000, 4000}, {-9000, 100, 0}, {9000, 9000, -7000}};
  for (int i = 0; i < 5 * 600; ++i) {
    for (int f = 0; f < 3; ++f)
      data.values.push_back(middle[i % 5][f] + static_cast<double>(random.between(-900, 900)));
    data.multiplicity.push_back(static_cast<std::uint32_t>(random.one_of({1, 2, 70'000})));
  }
  expect_fit(backend(), data, centroids(3, {100, 0, 0, 200, 0, 0, 0, 100, 0, 0, 0, 300, 5, 5, 5}));
  expect_fit(backend(), data,
             centroids(3, {0, 0, 0, 8'000'000, 0, 0, 9000, 9000, 0, 8'000'000, 8'000'000, 0}));
}

TEST_P(BoxesOn, LabelsThatBytesJustHold) {
  Random random(205);
  const std::vector<std::int32_t> q = lattice(33, random);
  const Data data{2, {q.begin(), q.end()}, {}};
  for (const int k : {254, 255, 256, 257}) {
    SCOPED_TRACE(k);
    expect_fit(backend(), data, start_from_rows(q, 2, k, random));
  }
}

}  // namespace
}  // namespace covey::test
