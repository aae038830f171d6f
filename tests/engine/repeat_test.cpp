// A fit again and again: what threads or blocks do in another order, or before one another, must
// not show. COVEY_REPEATS says how often, and how much data (1,000 rows a repeat).
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "engine/support.h"

namespace covey::test {
namespace {

int repeats() {
  constexpr int kFew = 5;
  const char* asked = std::getenv("COVEY_REPEATS");
  return asked == nullptr ? kFew : std::stoi(asked);
}

/// Overlapping round clusters, whole numbers: equal points, ties and rows to recheck among them.
Data overlapping_clusters(std::int64_t rows) {
  constexpr int kDimensions = 3, kClusters = 6;
  Random random(91);
  Data data{kDimensions, {}, {}};
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t cluster = random.below(kClusters);
    for (int f = 0; f < kDimensions; ++f)
      data.values.push_back(static_cast<double>(static_cast<std::int64_t>(40 * random.normal()) +
                                                60 * ((cluster >> f) % 2)));
  }
  return data;
}

class Repeat : public OnBackend {};
INSTANTIATE_TEST_SUITE_P(Of, Repeat, testing::ValuesIn(back_ends()), variant_name);

TEST_P(Repeat, EveryFitHasTheSameBits) {
  const Data data = overlapping_clusters(std::int64_t{1000} * repeats());
  Job job;
  job.plan.k = {6, 4};
  job.plan.restarts = 2;
  job.plan.max_iterations = 20;
  job.components = 2;
  const Outcome first = compute(backend(), {data.view()}, job);
  for (int i = 1; i < repeats() && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    expect_same(compute(backend(), {data.view()}, job), first);
  }
}

TEST_P(Repeat, EveryFitOfTheSamePointsHasTheSameBits) {
  // Nothing that a fit leaves behind in the points reaches the next one.
  const Data data = overlapping_clusters(std::int64_t{1000} * repeats());
  const auto points = load_points(backend(), data.view());
  KMeansOptions options;
  options.k = {5};
  options.restarts = 2;
  const KMeansModel first = fit_kmeans(*points, options).front();
  for (int i = 1; i < repeats() && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    expect_same(fit_kmeans(*points, options).front(), first);
  }
}

}  // namespace
}  // namespace covey::test
