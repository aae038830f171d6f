// One seeding a restart serves a whole sweep: seeds for k are the first k of those for a larger k
// whose sketch has the same size (docs/exactness.md, 8).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "covey/backend.h"
#include "covey/random.h"

namespace covey::internal {

/// The starts of a seeded plan: for each k of plan.k, one a restart, in plan order.
/// seeds_of(size, k): k seeds for each restart, from the sketch of that size.
template <class SeedsOf>
std::vector<Centroids> sweep_starts(const FitPlan& plan, const SeedsOf& seeds_of) {
  std::map<std::int64_t, int> largest_k;  // by size of sketch
  for (const int k : plan.k) {
    int& largest = largest_k[sketch_size(k)];
    largest = std::max(largest, k);
  }
  std::map<std::int64_t, std::vector<Centroids>> seeds;  // by size of sketch, one a restart
  for (const auto& [size, k] : largest_k) seeds[size] = seeds_of(size, k);
  std::vector<Centroids> starts;
  for (const int k : plan.k) {
    for (const Centroids& longest : seeds[sketch_size(k)]) {
      const auto length = static_cast<std::ptrdiff_t>(k) * longest.d;
      starts.push_back({k, longest.d, {longest.q.begin(), longest.q.begin() + length}});
    }
  }
  return starts;
}

}  // namespace covey::internal
