#include "margin.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "covey/error.h"

namespace covey::command {
namespace {

/// Rates further apart than this are not "as good as equal"; and it catches 0.5 where 0.5pp is
/// meant.
constexpr double kWidest = 0.2;

/// The suffix's length where `text` ends with it, else 0.
std::size_t suffix_of(std::string_view text, std::string_view suffix) {
  return text.ends_with(suffix) ? suffix.size() : 0;
}

}  // namespace

void add_margin_option(CLI::App& sub, std::string& margin) {
  sub.add_option("--margin", margin,
                 "Conversion rates closer than this are as good as equal: points (0.5pp, 0.5%) or "
                 "a share (0.005)")
      ->type_name("M")
      ->group("Analysis")
      ->capture_default_str();
}

double margin_from_text(const std::string& text) {
  const std::size_t unit = suffix_of(text, "pp") + suffix_of(text, "%");
  std::string_view number(text.data(), text.size() - unit);
  while (unit > 0 && number.ends_with(' ')) number.remove_suffix(1);
  double value = 0;
  const char* end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, value);
  if (error != std::errc() || stop != end) {
    throw Error(ErrorKind::kUsage, fmt::format("'{}' is not a margin", text), "--margin",
                "give percentage points as 0.5pp or 0.5%, or a share as 0.005");
  }
  const double share = unit > 0 ? value / 100 : value;
  if (!(share > 0 && share <= kWidest)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("'{}' is {:.6g} percentage points", text, share * 100), "--margin",
                "give more than 0 and at most 20pp; one point is 1pp, 1% or 0.01");
  }
  return share;
}

}  // namespace covey::command
