// A GPU's loop for large models, on models of every size: it must equal `reference` after every
// number of iterations, so that each pass's labels are seen, also of points that its bounds keep.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/cases.h"
#include "engine/support.h"

namespace covey::test {
namespace {

class WideTest : public OnBackend {
 protected:
  std::uint64_t hash_mask() const { return GetParam().options.hooks.hash_mask; }
};

class WideLoop : public WideTest {
 protected:
  /// Fits with one iteration, two, and so on to `most` equal the reference's.
  void expect_same_paths(const Data& data, const std::vector<Centroids>& starts, int most) {
    FitPlan plan;
    plan.given = starts;
    const auto own = load(data), theirs = on_unit_grid(*reference(), data);
    for (int iterations = 0; iterations <= most; ++iterations) {
      SCOPED_TRACE(testing::Message() << iterations << " iterations");
      plan.max_iterations = iterations;
      const auto models = own->fit(plan), expected = theirs->fit(plan);
      for (std::size_t m = 0; m < models.size(); ++m) expect_same(models[m], expected[m]);
      if (HasFailure()) return;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(On, WideLoop, testing::ValuesIn(wide_loops()), variant_name);

/// The same over points in parts.
class WideInParts : public WideTest {};
INSTANTIATE_TEST_SUITE_P(On, WideInParts, testing::ValuesIn(wide_loops_in_parts()), variant_name);

TEST_P(WideLoop, EqualsReferenceOnRandomShapesAndAwkwardData) {
  for (int i = 0; i < 16; ++i) {
    if (!is_taken(i)) continue;
    const Case one = make_case(8, i, 30'000);
    SCOPED_TRACE(testing::Message() << one);
    const Data data = make_data(one);
    const Job job = make_job(one, data);
    expect_same(compute(backend(), {data.view()}, job),
                compute(*reference(hash_mask()), {data.view()}, job));
    if (HasFailure()) break;
  }
}

/// Two clusters on a line through the space, each a heavy point and light ones: the boundary
/// creeps, for many iterations, by one point or none a step.
Data creeping_line(int d, int points) {
  Data data{d, {}, {}};
  for (int i = 0; i < points; ++i) {
    for (int f = 0; f < d; ++f) data.values.push_back(f == 0 ? i * i / 4 : f % 3 == 0 ? i : 0);
    data.multiplicity.push_back(i == 0 || i + 1 == points ? 40 : 1);
  }
  return data;
}

Centroids from_rows(const std::vector<std::int32_t>& q, int d, std::initializer_list<int> rows) {
  Centroids centroids{static_cast<int>(rows.size()), d, {}};
  for (const int row : rows) {
    const auto begin = q.begin() + static_cast<std::ptrdiff_t>(row) * d;
    centroids.q.insert(centroids.q.end(), begin, begin + d);
  }
  return centroids;
}

TEST_P(WideLoop, BoundariesThatCreepCrossEachPointInItsPass) {
  for (const int d : {1, 20}) {
    const Data data = creeping_line(d, 70);
    const auto q = coordinates(data, unit_grid(d));
    expect_same_paths(data, {from_rows(q, d, {0, 3}), from_rows(q, d, {0, 3, 60, 69})}, 10);
  }
}

TEST_P(WideLoop, PointsHalfwayBetweenCentroidsThatMoveByAUnit) {
  // Mirror pairs about the middle, with points on it: they tie, and once a side gets a point more
  // its centroid moves by a unit or so and the middle's points all change hands, or none.
  Random random(61);
  for (const int d : {3, 17, 33}) {
    for (const std::int32_t far : {3, 1000, kGridLimit - 10}) {
      SCOPED_TRACE(testing::Message() << "d " << d << ", far " << far);
      Data data{d, {}, {}};
      for (int i = 0; i < 60; ++i) {
        const int side = i % 3 - 1;  // left, middle, right
        for (int f = 0; f < d; ++f)
          data.values.push_back(static_cast<double>(f > 0 ? random.between(-1, 1)
                                                          : side * (far + random.between(-2, 2))));
        data.multiplicity.push_back(static_cast<std::uint32_t>(random.between(1, 3)));
      }
      Centroids start{2, d, std::vector<std::int32_t>(static_cast<std::size_t>(2 * d), 0)};
      start.q[0] = -far;
      start.q[static_cast<std::size_t>(d)] = far;
      expect_same_paths(data, {start}, 6);
    }
  }
}

TEST_P(WideLoop, MixturesThatTakeManyPasses) {
  Random random(62);
  for (const auto& [n, d, k] : {std::tuple{300, 18, 9}, {257, 65, 40}}) {
    Data data{d, {}, {}};
    for (int i = 0; i < n * d; ++i)
      data.values.push_back(
          std::nearbyint(random.normal() * 40 + static_cast<double>(i / d % 3) * 60));
    const Centroids start = start_from_rows(coordinates(data, unit_grid(d)), d, k, random);
    expect_same_paths(data, {start}, 8);
  }
}

/// Points in groups far apart, and a start with copies of one centroid, of which all but one are
/// empty after the first pass, and with one far off from the points, which falls empty later.
Data groups(int n, int d, Random& random) {
  Data data{d, {}, {}};
  for (int i = 0; i < n * d; ++i)
    data.values.push_back(static_cast<double>(random.between(-50, 50)) + i / d % 5 * 1000);
  return data;
}
Centroids start_with_copies(const Data& data, Random& random) {
  const int d = data.d;
  Centroids start = start_from_rows(coordinates(data, unit_grid(d)), d, 6, random);
  for (int copy = 0; copy < 3; ++copy) {
    const std::vector<std::int32_t> row(start.row(copy / 2), start.row(copy / 2) + d);
    start.q.insert(start.q.end(), row.begin(), row.end());
    ++start.k;
  }
  start.q.insert(start.q.end(), static_cast<std::size_t>(d), kGridLimit);
  ++start.k;
  return start;
}

TEST_P(WideLoop, ClustersFallEmptyOnTheWay) {
  // The farthest points that they take move far in a single step.
  Random random(63);
  for (const int d : {2, 19}) {
    const Data data = groups(150, d, random);
    expect_same_paths(data, {start_with_copies(data, random)}, 7);
  }
}

TEST_P(WideInParts, EqualsReferenceOnAwkwardData) {
  const Case cases[] = {{81, 120, 18, 5, Kind::kMixture},
                        {82, 97, 3, 9, Kind::kNoise},
                        {83, 110, 65, 4, Kind::kLattice},
                        {84, 150, 5, 2, Kind::kDuplicates}};
  for (int i = 0; i < 4 && !HasFailure(); ++i) {
    if (!is_taken(i)) continue;
    SCOPED_TRACE(testing::Message() << cases[i]);
    const Data data = make_data(cases[i]);
    Random random(cases[i].seed);
    FitPlan plan;
    const auto q = coordinates(data, unit_grid(data.d));
    for (const int k : {cases[i].k, 2}) plan.given.push_back(start_from_rows(q, data.d, k, random));
    plan.max_iterations = 4;
    const auto own = load(data), theirs = on_unit_grid(*reference(hash_mask()), data);
    const auto models = own->fit(plan), expected = theirs->fit(plan);
    for (std::size_t m = 0; m < models.size(); ++m) expect_same(models[m], expected[m]);
    expect_same(own->label(plan.given[0], true), theirs->label(plan.given[0], true));
  }
}

TEST_P(WideInParts, ClustersFallEmptyOnTheWay) {
  Random random(64);
  const Data data = groups(140, 18, random);
  FitPlan plan;
  plan.given = {start_with_copies(data, random)};
  plan.max_iterations = 8;
  expect_same(load(data)->fit(plan)[0], on_unit_grid(*reference(hash_mask()), data)->fit(plan)[0]);
}

TEST_P(WideInParts, WhereHalvesTellCentroidsApartNoMore) {
  // Two groups so far apart that halves cannot see how near the points in them are: after a pass
  // their labels are made by floats (tests/kernels/wide_test.cpp sees that).
  Random random(65);
  Data data{18, {}, {}};
  for (int i = 0; i < 150; ++i) {
    const double group = i % 2 == 0 ? 4e6 : -4e6;
    data.values.push_back(group + static_cast<double>(random.between(-1000, 1000)));
    for (int f = 1; f < data.d; ++f)
      data.values.push_back(static_cast<double>(random.between(-10'000, 10'000)));
  }
  FitPlan plan;
  plan.given = {start_from_rows(coordinates(data, unit_grid(data.d)), data.d, 64, random)};
  plan.max_iterations = 5;
  expect_same(load(data)->fit(plan)[0], on_unit_grid(*reference(hash_mask()), data)->fit(plan)[0]);
}

/// One point, and points fewer than shards.
TEST_P(WideInParts, OfVeryFewPoints) {
  for (const Data& data : {points(1, {7, 7}), points(2, {1, 2, 3, 4})}) {
    KMeansOptions options;
    options.k = {1};
    expect_same(fit_kmeans(*load(data), options)[0],
                fit_kmeans(*on_unit_grid(*reference(hash_mask()), data), options)[0]);
  }
}

}  // namespace
}  // namespace covey::test
