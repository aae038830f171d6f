// One answer: every figure of every back end, thread count and SIMD target equals the reference's,
// bit by bit, and does not change with the order of rows, batches, strides, collapse or repetition.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "engine/cases.h"
#include "engine/support.h"

namespace covey::test {
namespace {

constexpr std::int64_t kBudget =
    250'000;                 // n * d * k of a case, so that the reference takes some ten ms
constexpr int kCases = 160;  // twenty of each kind

class EqualsReference : public OnBackend {};
INSTANTIATE_TEST_SUITE_P(On, EqualsReference, testing::ValuesIn(variants()), variant_name);

const Outcome& reference_outcome(const Case& one, const Data& data, const Job& job,
                                 std::uint64_t hash_mask) {
  static std::map<std::pair<std::uint64_t, std::uint64_t>, Outcome> known;
  const auto key = std::make_pair(one.seed, hash_mask);
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  return known.emplace(key, compute(*reference(hash_mask), {data.view()}, job)).first->second;
}

TEST_P(EqualsReference, OnRandomShapesAndAwkwardData) {
  for (int i = 0; i < kCases; ++i) {
    if (!is_taken(i)) continue;
    const Case one = make_case(1, i, kBudget);
    SCOPED_TRACE(testing::Message() << one);
    const Data data = make_data(one);
    const Job job = make_job(one, data);
    expect_same(compute(backend(), {data.view()}, job),
                reference_outcome(one, data, job, GetParam().options.hooks.hash_mask));
    if (HasFailure()) break;
  }
}

TEST_P(EqualsReference, WithManyClusters) {
  // k around the block of 256, and k = n.
  const Case shapes[] = {{1, 1025, 2, 255, Kind::kNoise},
                         {2, 1025, 1, 256, Kind::kNoise},
                         {3, 600, 3, 257, Kind::kNoise},
                         {4, 257, 17, 257, Kind::kNoise}};
  for (const Case& one : shapes) {
    SCOPED_TRACE(testing::Message() << one);
    const Data data = make_data(one);
    Job job = make_job(one, data);
    job.plan.max_iterations = 3;
    expect_same(compute(backend(), {data.view()}, job),
                reference_outcome(one, data, job, GetParam().options.hooks.hash_mask));
  }
}

class Invariance : public OnBackend {
 protected:
  /// Runs `changed` on cases of every kind and compares with the plain run.
  template <class Changed>
  void check(std::uint64_t family, Changed changed) {
    for (int i = 0; i < 24; ++i) {
      if (!is_taken(i)) continue;
      const Case one = make_case(family, i, kBudget / 3);
      SCOPED_TRACE(testing::Message() << one);
      Random random(one.seed + 1);
      const Data data = make_data(one);
      const Job job = make_job(one, data);
      changed(data, job, compute(backend(), {data.view()}, job), random);
      if (HasFailure()) break;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(On, Invariance, testing::ValuesIn(back_ends()), variant_name);

TEST_P(Invariance, ShuffledRowsEqualTheOriginal) {
  check(2, [&](const Data& data, const Job& job, const Outcome& plain, Random& random) {
    const auto order = random.permutation(data.rows());
    const Data shuffled = data.taken(order);
    expect_same(compute(backend(), {shuffled.view()}, job), plain.taken(order));
  });
}

TEST_P(Invariance, BatchesEqualTheWhole) {
  check(3, [&](const Data& data, const Job& job, const Outcome& plain, Random& random) {
    std::vector<std::int64_t> cuts;
    for (int i = 0; i < 3; ++i) cuts.push_back(random.between(0, data.rows()));  // empty parts too
    std::sort(cuts.begin(), cuts.end());
    expect_same(compute(backend(), data.batches(cuts), job), plain);
  });
}

TEST_P(Invariance, CollapsedEqualsRows) {
  check(4, [&](const Data& data, Job job, const Outcome& plain, Random&) {
    for (const Collapse collapse : {Collapse::kDistinct, Collapse::kRows}) {
      job.load.collapse = collapse;
      expect_same(compute(backend(), {data.view()}, job), plain);
    }
  });
}

TEST_P(Invariance, RepeatedRowsEqualMultiplicities) {
  check(5, [&](const Data& data, const Job& job, const Outcome&, Random& random) {
    Data weighted = data;
    weighted.multiplicity.clear();
    for (std::int64_t row = 0; row < data.rows(); ++row)
      weighted.multiplicity.push_back(static_cast<std::uint32_t>(random.between(1, 4)));
    std::vector<std::int64_t> origin;
    const Data repeated = weighted.repeated(origin);
    expect_same(compute(backend(), {repeated.view()}, job),
                compute(backend(), {weighted.view()}, job).taken(origin));
  });
}

TEST_P(Invariance, ColumnsEqualRowMajor) {
  check(6, [&](const Data& data, const Job& job, const Outcome& plain, Random&) {
    std::vector<double> columns;  // feature by feature: a stride of 1
    for (int f = 0; f < data.d; ++f)
      for (std::int64_t row = 0; row < data.rows(); ++row) columns.push_back(data.at(row, f));
    Columns view{data.rows(), {}, data.multiplicity};
    for (int f = 0; f < data.d; ++f) view.features.push_back({columns.data() + f * data.rows(), 1});
    expect_same(compute(backend(), {view}, job), plain);
  });
}

TEST_P(Invariance, ReorderedCentroidsRelabelButMoveNoPoint) {
  // On a lattice nearly every point ties. Labels must follow the centroid, not its index.
  for (int i = 0; i < 12; ++i) {
    const Case one = {static_cast<std::uint64_t>(i), 257, 1 + i % 4, 9, Kind::kLattice};
    SCOPED_TRACE(testing::Message() << one);
    Random random(one.seed);
    const Data data = make_data(one);
    auto loaded = on_unit_grid(backend(), data);
    const Centroids start = start_from_rows(coordinates(data, unit_grid(one.d)), one.d, 9, random);
    const auto order = random.permutation(start.k);
    Centroids other = start;
    for (int j = 0; j < start.k; ++j)
      std::copy_n(start.row(static_cast<int>(order[static_cast<std::size_t>(j)])), one.d,
                  other.row(j));
    const Labels a = loaded->label(start, true), b = loaded->label(other, true);
    ASSERT_EQ(a.distance, b.distance);
    for (std::size_t row = 0; row < a.label.size(); ++row)
      ASSERT_EQ(a.label[row], order[static_cast<std::size_t>(b.label[row])]) << "row " << row;
    FitPlan plan;
    plan.given = {start, other};
    const auto models = loaded->fit(plan);
    EXPECT_EQ(to_string(models[0].inertia), to_string(models[1].inertia));
    for (int j = 0; j < start.k; ++j)
      EXPECT_EQ(
          compare_points(
              models[1].centroids.row(j),
              models[0].centroids.row(static_cast<int>(order[static_cast<std::size_t>(j)])), one.d),
          0);
  }
}

TEST_P(Invariance, ManyModelsInOneCallEqualOneByOne) {
  check(7, [&](const Data& data, const Job& job, const Outcome& plain, Random&) {
    const Columns view = data.view();
    auto loaded = backend().load({&view, 1}, plain.grid, job.load);
    std::size_t at = 0;
    for (int k : job.plan.k) {
      FitPlan alone = job.plan;
      alone.k = {static_cast<int>(std::min<std::int64_t>(k, plain.distinct))};
      for (const KMeansModel& model : loaded->fit(alone)) expect_same(model, plain.models[at++]);
    }
    for (const Centroids& start : job.given) {
      FitPlan alone = job.plan;
      alone.given = {start};
      expect_same(loaded->fit(alone)[0], plain.models[at++]);
    }
  });
}

}  // namespace
}  // namespace covey::test
