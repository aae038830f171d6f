// Points in parts on a GPU: larger than its memory, or shared out over several. Every figure equals
// the reference's, bit by bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/cases.h"
#include "engine/support.h"

namespace covey::test {
namespace {

constexpr std::int64_t kBudget = 40'000;  // n * d * k of a case: a part is a launch or more
constexpr int kCases = 16;                // two of each kind

class InParts : public OnBackend {
 protected:
  std::uint64_t hash_mask() const { return GetParam().options.hooks.hash_mask; }
  void expect_reference(const Data& data, const Job& job) {
    expect_same(compute(backend(), {data.view()}, job),
                compute(*reference(hash_mask()), {data.view()}, job));
  }
};
INSTANTIATE_TEST_SUITE_P(On, InParts, testing::ValuesIn(variants_in_parts()), variant_name);

TEST_P(InParts, EqualsTheReference) {
  for (int i = 0; i < kCases; ++i) {
    if (!is_taken(i)) continue;
    const Case one = make_case(21, i, kBudget);
    SCOPED_TRACE(testing::Message() << one);
    const Data data = make_data(one);
    expect_reference(data, make_job(one, data));
    if (HasFailure()) break;
  }
}

TEST_P(InParts, WithManyClustersAndFeatures) {
  const Case shapes[] = {{31, 601, 3, 257, Kind::kNoise}, {32, 301, 70, 5, Kind::kMixture}};
  for (const Case& one : shapes) {
    SCOPED_TRACE(testing::Message() << one);
    const Data data = make_data(one);
    Job job = make_job(one, data);
    job.plan.max_iterations = 3;
    expect_reference(data, job);
  }
}

/// Equal rows lie in different chunks of a load and meet in one part.
TEST_P(InParts, EqualRowsFarApartAreOnePoint) {
  Random random(33);
  Data data{2, {}, {}};
  for (int row = 0; row < 1200; ++row)
    for (int f = 0; f < data.d; ++f) data.values.push_back(static_cast<double>(random.below(12)));
  const auto loaded = load(data);
  EXPECT_EQ(loaded->distinct(), 144);
  EXPECT_EQ(loaded->rows(), 1200);
  const Centroids start = centroids(2, {0, 0, 11, 11, 0, 11});
  const Labels labels = predict(*loaded, start, true);
  const auto expected = predict(*on_unit_grid(*reference(hash_mask()), data), start, true);
  expect_same(labels, expected);
}

/// One point with a hash of its own, and fewer points than shards.
TEST_P(InParts, OfVeryFewPoints) {
  for (const Data& data : {points(1, {7}), points(2, {1, 2, 3, 4}), points(1, {5, 5, 5, 6})}) {
    const auto loaded = load(data);
    const auto expected = on_unit_grid(*reference(hash_mask()), data);
    KMeansOptions options;
    options.k = {1, 2};
    options.restarts = 2;
    const auto models = fit_kmeans(*loaded, options), right = fit_kmeans(*expected, options);
    for (std::size_t m = 0; m < right.size(); ++m) expect_same(models[m], right[m]);
  }
}

/// All centroids but one fall empty, and the farthest points lie in any part.
TEST_P(InParts, FarthestPointsOfAllParts) {
  Random random(34);
  Data data{1, {}, {}};
  for (int row = 0; row < 700; ++row)
    data.values.push_back(static_cast<double>(random.between(-1000, 1000)));
  Centroids start{40, 1, std::vector<std::int32_t>(40, 0)};
  KMeansOptions options;
  options.max_iterations = 4;
  const auto loaded = load(data);
  const auto expected = on_unit_grid(*reference(hash_mask()), data);
  expect_same(fit_kmeans_from(*loaded, start, options), fit_kmeans_from(*expected, start, options));
}

TEST_P(InParts, CountsLabelsAsOnePartDoes) {
  const Case one{35, 900, 2, 3, Kind::kNoise};
  const Data data = make_data(one);
  const auto loaded = load(data);
  KMeansOptions options;
  options.max_iterations = 5;
  const Centroids start = centroids(2, {0, 0, 1, 1, 2, 2});
  fit_kmeans_from(*loaded, start, options);
  const KMeansModel model = fit_kmeans_from(*loaded, start, options);
  const std::int64_t passes = model.iterations + (model.stop == Stop::kFixedPoint ? 0 : 1);
  EXPECT_EQ(loaded->assign_statistics().labels % loaded->distinct(), 0);
  EXPECT_GE(loaded->assign_statistics().labels, 2 * passes * loaded->distinct());
}

}  // namespace
}  // namespace covey::test
