#include "text_format.h"

#include <cmath>

#include <fmt/format.h>

namespace covey::driver {
namespace {

/// An interval narrower than this, one percentage point, is worth a second decimal.
constexpr double kNarrow = 0.01;

/// Puts a comma before each three digits of the whole part.
std::string with_commas(std::string digits) {
  const std::size_t begin = digits.front() == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > begin + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

}  // namespace

std::string count_text(std::int64_t value) { return with_commas(fmt::format("{}", value)); }

std::string mean_text(double value) {
  const double size = std::abs(value);
  if (size == 0.0) return "0";
  if (size >= 1e15) return fmt::format("{:.3g}", value);
  if (size >= 999.5) return with_commas(fmt::format("{:.0f}", value));
  if (size >= 9.995) return fmt::format("{:.1f}", value);
  if (size >= 0.095) return fmt::format("{:.2f}", value);
  return fmt::format("{:.2g}", value);
}

std::string percent_text(double share) { return fmt::format("{:.1f} %", share * 100.0); }

std::string rate_text(const Rate& rate) {
  if (rate.trials == 0) return "-";
  const int decimals = rate.high - rate.low < kNarrow ? 2 : 1;
  return fmt::format("{:.{}f} % ({:.{}f}-{:.{}f})", rate.value * 100.0, decimals, rate.low * 100.0,
                     decimals, rate.high * 100.0, decimals);
}

std::string signed_text(double value) {
  const std::string text = fmt::format("{:+.1f}", value);
  return text == "-0.0" ? "+0.0" : text;
}

}  // namespace covey::driver
