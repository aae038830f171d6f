#include "finding_text.h"

#include <fmt/format.h>

#include <cmath>

#include "text_format.h"

namespace covey::driver {
namespace {

/// Without a sign before zero.
std::string plain(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  const bool zero = text.find_first_of("123456789") == std::string::npos;
  if (zero && text.front() == '-') text.erase(0, 1);
  return text;
}

std::string whole(double value) {
  return std::abs(value) < 9e15 ? count_text(std::llround(value)) : fmt::format("{:.3g}", value);
}

}  // namespace

std::string p_text(double p) {
  return p < 0.001 ? "p < 0.001" : fmt::format("p {}", plain(p, p < 0.1 ? 3 : 2));
}

std::string points_text(const Interval& difference) {
  return fmt::format("{} points ({} to {})", plain(100.0 * difference.value, 2),
                     plain(100.0 * difference.low, 2), plain(100.0 * difference.high, 2));
}

std::string effect_text(const Interval& effect) {
  return fmt::format("{} ({} to {})", plain(effect.value, 3), plain(effect.low, 3),
                     plain(effect.high, 3));
}

std::string amount_text(const Interval& amount) {
  const std::string low = whole(amount.low), high = whole(amount.high);
  if (low == high) return whole(amount.value);
  return fmt::format("{} ({} to {})", whole(amount.value), low, high);
}

std::string of_unit(std::int64_t count, const std::string& singular) {
  return fmt::format("{} {}{}", count_text(count), singular, count == 1 ? "" : "s");
}

}  // namespace covey::driver
