#include "separating_decimal.h"

#include <fmt/format.h>

#include <charconv>

namespace covey::driver {
namespace {

/// x to that many significant digits.
double rounded(double x, int digits) {
  const std::string text = fmt::format("{:.{}e}", x, digits - 1);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The decimals of some length lie evenly spaced around the middle. If one is in the interval, the
/// one nearest to the middle is, or it is the end that is excluded: then the other end is as near.
/// 17 digits tell all doubles apart.
template <typename Inside>
double shortest(double middle, double included, Inside inside) {
  if (inside(0.0)) return 0.0;
  constexpr int kMostDigits = 17;
  for (int digits = 1; digits < kMostDigits; ++digits) {
    for (const double x : {middle, included}) {
      const double candidate = rounded(x, digits);
      if (inside(candidate)) return candidate;
    }
  }
  return included;
}

}  // namespace

double decimal_at_most(double below, double value) {
  return shortest(below + (value - below) / 2.0, value,
                  [&](double t) { return below < t && t <= value; });
}

double decimal_at_least(double value, double above) {
  return shortest(value + (above - value) / 2.0, value,
                  [&](double t) { return value <= t && t < above; });
}

}  // namespace covey::driver
