#include "cells.h"

#include <locale.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace covey::driver {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// `lower` is in lower case.
bool equals_in_any_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

/// Digits with at most one point, together at most 15 digits: the quotient of two integers that
/// doubles hold exactly, so that the one division rounds correctly.
bool parse_short_decimal(std::string_view text, double& value) {
  static constexpr std::array<double, 16> kPower = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 16) return false;
  std::int64_t whole = 0;
  std::size_t digits = 0, point = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.' && point == text.size()) {
      point = i;
      continue;
    }
    const auto digit = static_cast<unsigned>(text[i]) - unsigned{'0'};
    if (digit > 9 || ++digits > 15) return false;
    whole = whole * 10 + static_cast<std::int64_t>(digit);
  }
  if (digits == 0) return false;
  const std::size_t decimals = point == text.size() ? 0 : text.size() - point - 1;
  value = static_cast<double>(whole) / kPower[decimals];
  if (negative) value = -value;
  return true;
}

/// std::from_chars does not tell overflow from underflow; strtod in the C locale does.
double parse_out_of_range(std::string_view text) {
  static const locale_t c_locale = newlocale(LC_ALL_MASK, "C", nullptr);
  return strtod_l(std::string(text).c_str(), nullptr, c_locale);
}

/// Bytes of the UTF-8 character at the start of `text`, 0 where there is none (Unicode standard,
/// table 3-7).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

template <typename Real>
std::string format_real(Real value) {
  constexpr Real kWhole = static_cast<Real>(1e15);
  char text[64];
  if (std::isfinite(value) && std::trunc(value) == value && std::abs(value) < kWhole) {
    return std::string(
        text, std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(value)).ptr);
  }
  if (std::isnan(value)) return "NaN";
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

}  // namespace

std::string reason(CellState state, const ColumnRule* rule) {
  switch (state) {
    case CellState::kValue:
      return "";
    case CellState::kMissing:
      return "missing";
    case CellState::kNotNumber:
      return "not a number";
    case CellState::kNotFinite:
      return "not a finite number";
    case CellState::kNotUtf8:
      return "invalid UTF-8";
    case CellState::kBelow:
      return "below the minimum " + format_number(*rule->min);
    case CellState::kAbove:
      return "above the maximum " + format_number(*rule->max);
    case CellState::kNotWhole:
      return "not a whole number";
    case CellState::kNotBinary:
      return "not 0 or 1";
    case CellState::kNotCount:
      return "not a whole number from 1 to 4294967295";
    case CellState::kTooLarge:
      return "not between -1e15 and 1e15";
    case CellState::kUnclosed:
      return "unterminated quote";
  }
  return "";
}

bool is_missing(std::string_view text) {
  text = trim(text);
  return text.empty() || equals_in_any_case(text, "na") || equals_in_any_case(text, "n/a") ||
         equals_in_any_case(text, "null");
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    std::uint64_t eight;
    if (text.size() >= sizeof eight) {
      std::memcpy(&eight, text.data(), sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {
        text.remove_prefix(sizeof eight);
        continue;
      }
    }
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

CellState parse_number_slow(std::string_view cell, double& value) {
  if (parse_short_decimal(cell, value)) return CellState::kValue;
  value = std::numeric_limits<double>::quiet_NaN();
  if (is_missing(cell)) return CellState::kMissing;
  std::string_view text = trim(cell);
  if (equals_in_any_case(text, "true") || equals_in_any_case(text, "yes")) {
    value = 1;
    return CellState::kValue;
  }
  if (equals_in_any_case(text, "false") || equals_in_any_case(text, "no")) {
    value = 0;
    return CellState::kValue;
  }
  if (text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return CellState::kNotNumber;
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole_text = end == text.data() + text.size();
  if (!whole_text || error == std::errc::invalid_argument) {
    return is_utf8(cell) ? CellState::kNotNumber : CellState::kNotUtf8;
  }
  if (error == std::errc::result_out_of_range) number = parse_out_of_range(text);
  if (!std::isfinite(number)) return CellState::kNotFinite;
  value = number;
  return CellState::kValue;
}

std::optional<std::int64_t> canonical_integer(std::string_view text) {
  const std::string_view digits = text.substr(!text.empty() && text.front() == '-' ? 1 : 0);
  if (digits.empty() || (digits.front() == '0' && text.size() > 1)) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string format_number(double value) { return format_real(value); }

std::string format_number(float value) { return format_real(value); }

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 1000;
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  while (!text.empty()) {
    if (out.size() >= kLongest) return out + "...";
    const std::size_t length = utf8_length(text);
    if (length > 0) {
      out.append(text.substr(0, length));
    } else {
      const auto byte = static_cast<unsigned char>(text.front());
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

}  // namespace covey::driver
