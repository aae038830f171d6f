// Findings as parts of sentences, for verdicts and recommendations.
#pragma once

#include <cstdint>
#include <string>

#include "findings.h"

namespace covey::driver {

/// "p 0.074", "p < 0.001".
std::string p_text(double p);

/// A difference of rates in percentage points: "-0.37 points (-0.77 to 0.04)".
std::string points_text(const Interval& difference);

/// "0.003 (0 to 0.007)": about three decimals.
std::string effect_text(const Interval& effect);

/// Whole numbers: "185 (-20 to 385)", and "185" where the ends are the same.
std::string amount_text(const Interval& amount);

/// "1 session", "1,234 sessions".
std::string of_unit(std::int64_t count, const std::string& singular);

}  // namespace covey::driver
