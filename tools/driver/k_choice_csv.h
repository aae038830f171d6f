// k_choice.csv: a row for each k that was tried.
#pragma once

#include <string>
#include <vector>

#include "results.h"

namespace covey::driver {

/// What is infinite, or was not looked at, is an empty cell. Figures by persona stand in one cell,
/// by cluster, with spaces between.
std::string k_choice_csv(const std::vector<KChoice>& choices);

}  // namespace covey::driver
