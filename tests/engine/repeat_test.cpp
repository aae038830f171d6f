// A fit again and again: what threads or blocks do in another order, or before one another, must
// not show. COVEY_REPEATS says how often, and how much data (1,000 rows a repeat; unless it is set
// an emulated GPU need not pass over so many by loops that take it long).
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "engine/support.h"

namespace covey::test {
namespace {

constexpr int kFew = 5;

int repeats() {
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

std::int64_t rows_for(const TestHooks& hooks) {
  const bool long_on_emulator = hooks.screen > 0 || hooks.part_points > 0 || hooks.shards > 0;
  return (long_on_emulator && repeats() <= kFew ? 40 : 1000) * std::int64_t{repeats()};
}

/// The back ends; a GPU's loop for large models; parts, every other one streamed; shares of a GPU.
std::vector<Variant> repeated_variants() {
  std::vector<Variant> all = back_ends();
  all.push_back(wide_loops().front());
  Variant shared{"cuda_in_shares", all.back().options};
  shared.options.hooks = {};
  shared.options.hooks.shards = 2;
  all.push_back(shared);
  Variant parted{"cuda_in_parts", shared.options};
  parted.options.hooks = {};
  parted.options.hooks.stream_every = 2;
  parted.options.hooks.part_points = 1;
  parted.options.hooks.part_points = rows_for(parted.options.hooks) / 2;
  all.push_back(parted);
  return all;
}

class Repeat : public OnBackend {
 protected:
  static Data data() { return overlapping_clusters(rows_for(GetParam().options.hooks)); }
};
INSTANTIATE_TEST_SUITE_P(Of, Repeat, testing::ValuesIn(repeated_variants()), variant_name);

TEST_P(Repeat, EveryFitHasTheSameBits) {
  const Data data = this->data();
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
  const Data data = this->data();
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
