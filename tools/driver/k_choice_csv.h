// The table k_choice: a row for each k that was tried.
#pragma once

#include <vector>

#include "results.h"
#include "sheet.h"

namespace covey::driver {

/// What is infinite, or was not looked at, is an empty cell. Figures by persona stand in one cell,
/// by cluster, with spaces between.
Sheet k_choice_sheet(const std::vector<KChoice>& choices);

}  // namespace covey::driver
