// Money as a table and as JSON. A figure that is not known is an empty cell, or null.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "results.h"
#include "sheet.h"

namespace covey::driver {

/// A row a channel, then "(total)". What personas cost stands in columns cost_<persona>, by
/// cluster.
Sheet money_sheet(const Money& money, const Profile& profile);

/// {"currency", "period", "channels": [...], "total": {...}}, names as in money.csv.
nlohmann::ordered_json money_json(const Money& money, const Profile& profile);

}  // namespace covey::driver
