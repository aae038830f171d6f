// Numbers as people read them, on the terminal and in the sentences that explain names.
#pragma once

#include <cstdint>
#include <string>

#include "results.h"

namespace covey::driver {

/// 1234567 as "1,234,567".
std::string count_text(std::int64_t value);

/// About three digits: "12,346", "437.9", "43.8", "6.20", "0.24", "0.0021".
std::string mean_text(double value);

/// 0.422 as "42.2 %".
std::string percent_text(double share);

/// "42.2 % (40.1-44.3)", with a second decimal where the interval is narrower than a point; "-"
/// without trials.
std::string rate_text(const Rate& rate);

/// Always with its sign: "+1.8".
std::string signed_text(double value);

}  // namespace covey::driver
