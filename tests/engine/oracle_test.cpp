// Every back end against the second opinion of oracle.cpp, which shares no code with the engine.
#include "engine/oracle.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/cases.h"
#include "engine/support.h"

namespace covey::test {
namespace {

class Oracle : public OnBackend {
 protected:
  void check(const Data& data, const std::vector<std::int32_t>& q, const Centroids& start,
             int max_iterations) {
    auto loaded = load(data);
    KMeansOptions options;
    options.max_iterations = max_iterations;
    const KMeansModel model = fit_kmeans_from(*loaded, start, options);
    expect_same(model, oracle_fit(q, data.multiplicity, start, max_iterations));
    expect_same(loaded->label(model.centroids, true),
                oracle_label(q, data.multiplicity, model.centroids));
  }
};
INSTANTIATE_TEST_SUITE_P(On, Oracle, testing::ValuesIn(back_ends()), variant_name);

TEST_P(Oracle, AgreesOnRandomIntegers) {
  // Coordinates of every size from a lattice of ties to the whole grid; starts that are rows, or
  // anywhere.
  for (int i = 0; i < 60; ++i) {
    const Case one = make_case(8, i, 60'000);
    SCOPED_TRACE(testing::Message() << one);
    Random random(one.seed);
    const std::int64_t reach = random.one_of<std::int64_t>({1, 3, 40, 5000, 1 << 20, kGridLimit});
    Data data{one.d, {}, {}};
    std::vector<std::int32_t> q;
    for (int cell = 0; cell < one.n * one.d; ++cell) {
      q.push_back(static_cast<std::int32_t>(random.between(-reach, reach)));
      data.values.push_back(q.back());
    }
    for (int row = 0; row < one.n && i % 3 == 0; ++row)
      data.multiplicity.push_back(static_cast<std::uint32_t>(random.between(1, 1'000'000)));
    Centroids start = start_from_rows(q, one.d, one.k, random);
    check(data, q, start, random.one_of({1, 4, 30}));
    if (i % 2 == 0) {
      for (std::int32_t& c : start.q) c = static_cast<std::int32_t>(random.between(-reach, reach));
      check(data, q, start, random.one_of({1, 4, 30}));
    }
    if (HasFailure()) break;
  }
}

TEST_P(Oracle, AgreesOnHalfWayMeans) {
  // Two or four points a cluster with odd sums: every mean is a tie of rounding, of either sign.
  Random random(82);
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    Data data{2, {}, {}};
    std::vector<std::int32_t> q;
    Centroids start{16, 2, {}};
    for (int j = 0; j < 16; ++j) {
      const auto x = static_cast<std::int32_t>(1000 * (j - 8));
      start.q.insert(start.q.end(), {x, -x});
      for (int twice = 0; twice < 2; ++twice)
        q.insert(q.end(), {x + static_cast<std::int32_t>(random.between(-9, 9)),
                           -x + static_cast<std::int32_t>(random.between(-9, 9))});
    }
    data.values.assign(q.begin(), q.end());
    check(data, q, start, 5);
  }
}

TEST_P(Oracle, AgreesWhereClustersFallEmptyAgainAndAgain) {
  Random random(83);
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    Data data{1, {}, {}};
    std::vector<std::int32_t> q;
    for (int i = 0; i < 40; ++i) q.push_back(static_cast<std::int32_t>(random.between(0, 30)));
    data.values.assign(q.begin(), q.end());
    Centroids start{12, 1, {}};
    for (int j = 0; j < 12; ++j)
      start.q.push_back(static_cast<std::int32_t>(random.between(200, 210)));
    check(data, q, start, 30);
  }
}

}  // namespace
}  // namespace covey::test
