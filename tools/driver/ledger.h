// The quality ledger in words, and the limit on what may be dropped.
#pragma once

#include <string>

#include "table.h"

namespace covey::driver {

inline constexpr const char* kRaggedRow = "ragged row";
inline constexpr const char* kImputedMissing = "missing: replaced by the median";

std::int64_t rows_dropped(const Ledger& ledger);

/// "112 missing, 3 not a number", the most frequent first.
std::string dropped_by_reason(const Ledger& ledger);

/// Throws covey::Error (kData) where no row is kept, or a larger share than `max_reject_rate` was
/// dropped.
void check_dropped(const Ledger& ledger, double max_reject_rate);

}  // namespace covey::driver
