// Money as text for the terminal.
#pragma once

#include <string>

#include "results.h"
#include "text_table.h"

namespace covey::driver {

/// A row a channel and the total: costs, revenue, return on spend, break-even points and the
/// verdict, columns without any figure left out; then what the amounts are and what they do not
/// say.
std::string money_table(const Money& money, const TextOptions& options);

}  // namespace covey::driver
