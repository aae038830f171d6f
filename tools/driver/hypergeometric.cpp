#include "hypergeometric.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "covey/random.h"

namespace covey::driver {

namespace {

/// ln n! for x = n, by Stirling's series; from 16 on its first term left out is below 3e-12.
double stirling(double x) {
  constexpr double kHalfLogTwoPi = 0.9189385332046728;
  const double inverse = 1.0 / x;
  const double square = inverse * inverse;
  const double series = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0)));
  return (x + 0.5) * natural_log(x) - x + (kHalfLogTwoPi + series);
}

/// ln n!; counts of small tables are looked up.
double log_factorial(std::int64_t n) {
  static const std::vector<double> small = [] {
    std::vector<double> logs(16'384, 0.0);
    double factorial = 1.0;
    for (int i = 2; i < 16; ++i) {
      factorial *= i;
      logs[i] = natural_log(factorial);
    }
    for (std::size_t i = 16; i < logs.size(); ++i) logs[i] = stirling(static_cast<double>(i));
    return logs;
  }();
  const auto at = static_cast<std::size_t>(n);
  return at < small.size() ? small[at] : stirling(static_cast<double>(n));
}

}  // namespace

std::int64_t hypergeometric(std::int64_t good, std::int64_t bad, std::int64_t sample,
                            const CountKey& key) {
  const std::int64_t lowest = std::max<std::int64_t>(0, sample - bad);
  const std::int64_t highest = std::min(good, sample);
  if (lowest == highest) return lowest;
  const double total = static_cast<double>(good + bad);
  const double share = static_cast<double>(good) / total;
  const double drawn = static_cast<double>(sample);
  const double variance = drawn * share * (static_cast<double>(bad) / total) *
                          (static_cast<double>(good + bad - sample) / (total - 1.0));
  const double peak = std::floor((drawn + 1.0) * (static_cast<double>(good + 1) / (total + 2.0)));
  const std::int64_t mode = std::clamp(static_cast<std::int64_t>(peak), lowest, highest);
  // -ln of the chance of a count, less a constant.
  const auto rarity = [&](std::int64_t count) {
    return log_factorial(count) + log_factorial(good - count) + log_factorial(sample - count) +
           log_factorial(bad - sample + count);
  };
  const double rarity_of_mode = rarity(mode);
  // Points (u, v) under u^2 <= chance(v / u) / chance(mode) lie in a box of this width: 2 sqrt(2 /
  // e) standard deviations and 3 - 2 sqrt(3 / e).
  const double width = 1.7155277699214135 * std::sqrt(variance + 0.5) + 0.8989161620588988;
  constexpr std::uint32_t kStream = 0x7AB1E5;  // apart from the engine's draws of the same seed
  for (std::uint32_t attempt = 0;; ++attempt) {
    const auto bits = philox4x32(
        {attempt, key.cell, key.table, kStream},
        {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)});
    const double u = unit_interval(bits[0], bits[1]);
    const double v = unit_interval(bits[2], bits[3]) - 0.5;
    const double at = std::floor(drawn * share + 0.5 + width * v / u);
    if (!(at >= static_cast<double>(lowest) && at <= static_cast<double>(highest))) continue;
    const auto count = static_cast<std::int64_t>(at);
    // Accepted where 2 ln u <= gain; u (4 - u) - 3 >= 2 ln u spares most logarithms.
    const double gain = rarity_of_mode - rarity(count);
    if (u * (4.0 - u) - 3.0 <= gain || 2.0 * natural_log(u) <= gain) return count;
  }
}

}  // namespace covey::driver
