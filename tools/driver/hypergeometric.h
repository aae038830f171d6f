// Random counts of a category in a sample without replacement.
#pragma once

#include <cstdint>

namespace covey::driver {

/// Identifies a draw: the same key gives the same count.
struct CountKey {
  std::uint64_t seed = 1;
  std::uint32_t table = 0, cell = 0;
};

/// Good ones among `sample` taken without replacement from `good` and `bad`; sample <= good + bad <
/// 2^62. By the ratio of uniforms (Stadlober 1990), in a time that does not grow with the counts.
std::int64_t hypergeometric(std::int64_t good, std::int64_t bad, std::int64_t sample,
                            const CountKey& key);

}  // namespace covey::driver
