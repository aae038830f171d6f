// What channels cost and what they bring in. Definitions: docs/statistics.md, "Money".
#pragma once

#include <optional>

#include "results.h"
#include "spend.h"
#include "table.h"

namespace covey::driver {

/// Sessions with revenue below which a revenue column gives no interval, and so no verdict: it
/// rests on the normal approximation.
inline constexpr std::int64_t kFewestWithRevenue = 30;

/// Throws covey::Error (kUsage): both a revenue column and a value, a value that is no amount above
/// 0, spend without a channel column, a value without a conversion column.
void check_money_options(const Mapping& mapping, const AnalysisOptions& analysis);

/// Channels as in `attribution`, then those that have spend and no sessions, the largest spend
/// first. Without a channel column the total alone. `spend` is absent where --spend is; nothing is
/// given where there is no revenue and no value either.
Money make_money(const Sessions& sessions, const Profile& profile, const Attribution& attribution,
                 const AnalysisOptions& analysis, const std::optional<Spend>& spend);

}  // namespace covey::driver
