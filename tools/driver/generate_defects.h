// Defects for `covey generate --dirty`: which rows get one, and what the row then says.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "generate_sessions.h"

namespace covey::driver {

/// In the order in which they are planted. The last two are legal and must be kept by a reader.
enum class DefectKind : std::uint8_t {
  kTextInNumber,
  kNan,
  kInfinity,
  kNegativeTime,
  kCartNot0Or1,
  kMissingValue,
  kRowTooShort,
  kRowTooLong,
  kInvalidUtf8,
  kQuotedNewline,
  kDuplicateRow
};
inline constexpr int kDefectKinds = 11;
inline constexpr std::array<std::string_view, kDefectKinds> kDefectNames = {
    "text_in_number", "nan",           "infinity",     "negative_time", "cart_not_0_or_1",
    "missing_value",  "row_too_short", "row_too_long", "invalid_utf8",  "quoted_newline",
    "duplicate_row"};

/// A planted row.
struct PlantedRow {
  std::string line;    ///< as written to the file, with its end of line
  std::string column;  ///< empty: the whole row
  std::string
      text;  ///< the cell, or the row without its end of line; bytes that are not UTF-8 as \xNN
};

/// One defect in every stretch of 200 rows (shorter stretches in files below 2,200 rows), at a
/// drawn row that is not the stretch's first; the kinds take turns. The row before a defect is
/// therefore always sound.
class DefectPlan {
 public:
  /// Fewest rows that hold every kind in less than 1 % of them.
  static constexpr std::int64_t kFewestRows = 1111;

  /// Throws covey::Error, kUsage, for fewer rows than kFewestRows.
  DefectPlan(std::uint64_t seed, std::int64_t rows);

  /// The defect of data row `row` (from 1), if it gets one.
  std::optional<DefectKind> at(std::int64_t row) const;

  /// `session` with a defect of this kind; `previous` is the session of the row before it.
  PlantedRow plant(DefectKind kind, const GeneratedSession& session,
                   const GeneratedSession& previous) const;

 private:
  std::uint64_t seed_;
  std::int64_t stretch_;
};

}  // namespace covey::driver
