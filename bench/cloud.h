// Points by a written rule, so that peers in another language (peers_gpu.py) make the same ones:
// whole multiples of 2^-20 in [0, 8), exact in float32, on the grid and in double alike.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace covey::bench {

enum class Cloud {
  kMixture,  ///< round clusters of standard deviation 1/2, centres uniform in [0, 4) + 3/2;
             ///< practically all points distinct; with rising d they part entirely
  kOverlap,  ///< the mixture with its centres drawn together, so that clusters overlap in any d
  kNoise,    ///< uniform
  kSessions  ///< the mixture cut to few values a feature, as counts and seconds are
};

/// The clusters of a cloud on which k are sought: twice as many, so that no start finds them all.
constexpr int components_for(int k) { return 2 * k; }

inline const char* cloud_name(Cloud cloud) {
  constexpr const char* kNames[] = {"mixture", "overlap", "noise", "sessions"};
  return kNames[static_cast<int>(cloud)];
}

/// SplitMix64 (Steele, Lea, Flood 2014) at position x.
constexpr std::uint64_t mixed(std::uint64_t x) {
  x = (x + 1) * 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

/// Feature f of a row, in units of 2^-20: below 2^23.
inline std::uint64_t cell(Cloud cloud, int components, std::uint64_t row, std::uint64_t f,
                          std::uint64_t d) {
  constexpr std::uint64_t kTwentyBits = (1 << 20) - 1;
  constexpr std::uint64_t kOfRow = 1ULL << 40, kOfCentre = 1ULL << 41;
  constexpr int kCut[4] = {19, 19, 14, 22};
  const std::uint64_t bits = mixed(row * d + f);
  if (cloud == Cloud::kNoise) return bits >> 41;
  const std::uint64_t component = mixed(kOfRow + row) % static_cast<std::uint64_t>(components);
  // Distances of centres grow as the root of d.
  const std::uint64_t together = cloud == Cloud::kOverlap ? std::bit_width(d / 4) / 2 : 0;
  const std::uint64_t centre = mixed(kOfCentre + component * d + f) >> (42 + together);
  const std::uint64_t value =
      centre + (bits & kTwentyBits) + ((bits >> 20) & kTwentyBits) + ((bits >> 40) & kTwentyBits);
  if (cloud != Cloud::kSessions) return value;
  return value >> kCut[f % 4] << kCut[f % 4];
}

/// Leaves numbers as they come: tens of gigabytes of zeros, written by one thread, would take
/// longer than the values themselves.
template <class Value>
struct Unset : std::allocator<Value> {
  template <class Other>
  struct rebind {  // NOLINT: the standard's name
    using other = Unset<Other>;
  };
  template <class... Arguments>
  void construct(Value* at, Arguments&&... arguments) {
    if constexpr (sizeof...(Arguments) == 0)
      ::new (static_cast<void*>(at)) Value;
    else
      ::new (static_cast<void*>(at)) Value(std::forward<Arguments>(arguments)...);
  }
};
template <class Value>
using Values = std::vector<Value, Unset<Value>>;

/// rows x d values, row-major.
template <class Value = double>
Values<Value> points_of(Cloud cloud, int components, std::int64_t rows, int d) {
  Values<Value> values(static_cast<std::size_t>(rows) * static_cast<std::size_t>(d));
  const auto parts = std::max<std::int64_t>(1, std::thread::hardware_concurrency());
  std::vector<std::jthread> threads;
  for (std::int64_t part = 0; part < parts; ++part) {
    threads.emplace_back([&, part] {
      for (std::int64_t row = rows * part / parts; row < rows * (part + 1) / parts; ++row)
        for (int f = 0; f < d; ++f)
          values[static_cast<std::size_t>(row * d + f)] = static_cast<Value>(
              static_cast<double>(cell(cloud, components, static_cast<std::uint64_t>(row),
                                       static_cast<std::uint64_t>(f),
                                       static_cast<std::uint64_t>(d))) *
              0x1p-20);
    });
  }
  return values;
}

}  // namespace covey::bench
