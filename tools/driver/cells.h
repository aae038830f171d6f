// What one cell says: a value, nothing, or a defect. The rules that CSV and Parquet share.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "table.h"

namespace covey::driver {

enum class CellState : std::uint8_t {
  kValue,
  kMissing,
  kNotNumber,
  kNotFinite,
  kNotUtf8,
  kBelow,      ///< the rule's minimum
  kAbove,      ///< the rule's maximum
  kNotWhole,   ///< the rule asks for integers
  kNotBinary,  ///< a conversion other than 0 or 1
  kNotCount,   ///< a multiplicity that is not a whole number from 1 to 2^32 - 1
  kTooLarge,   ///< an amount beyond kMostMoney
  kUnclosed    ///< a quote that is never closed
};

/// Largest magnitude of an amount of money; more is a slip, and sums stay finite.
inline constexpr double kMostMoney = 1e15;

/// The defect in words, as in rejects.csv and as key of Ledger::dropped.
std::string reason(CellState state, const ColumnRule* rule = nullptr);

/// Empty, NA, N/A or null in any case, spaces around them ignored. Quotes around them do not make
/// them text.
bool is_missing(std::string_view text);

bool is_utf8(std::string_view text);

/// Any cell that is not a short run of digits. See parse_number.
CellState parse_number_slow(std::string_view text, double& value);

/// A finite decimal number, TRUE/FALSE or yes/no in any case (1 and 0); spaces and tabs around it
/// and a leading + are allowed. NaN and infinities, also by overflow, are kNotFinite. `value` is
/// NaN unless the state is kValue.
inline CellState parse_number(std::string_view text, double& value) {
  constexpr std::size_t kExactDigits = 15;
  if (text.empty() || text.size() > kExactDigits) return parse_number_slow(text, value);
  std::int64_t whole = 0;
  for (const char c : text) {
    const auto digit = static_cast<unsigned>(c) - unsigned{'0'};
    if (digit > 9) return parse_number_slow(text, value);
    whole = whole * 10 + static_cast<std::int64_t>(digit);
  }
  value = static_cast<double>(whole);
  return CellState::kValue;
}

/// A whole number as we would print it (no plus, no leading zeros, no -0) that fits 64 bits.
std::optional<std::int64_t> canonical_integer(std::string_view text);

/// The shortest text that reads back to the same double; without a point where it is whole and
/// below 1e15.
std::string format_number(double value);
std::string format_number(float value);

/// The text with bytes that are not UTF-8 as \xNN, cut off (with "...") behind about 1,000 bytes.
std::string printable(std::string_view text);

}  // namespace covey::driver
