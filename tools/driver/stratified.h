// Rates compared within strata, so that a mix of strata is not taken for an effect (Simpson's
// paradox). Sources and assumptions: docs/statistics.md.
#pragma once

#include <cstdint>
#include <vector>

#include "findings.h"

namespace covey::driver {

/// One channel and all the others within one stratum (a device type). Only counts are read.
struct Stratum {
  Rate a, rest;
};

/// Common odds ratio of a against the rest over the strata (Mantel and Haenszel 1959) with its 95 %
/// interval (Robins, Breslow and Greenland 1986), and their chi-square test of odds ratio 1 in
/// every stratum, 1 degree of freedom, without continuity correction. Fills all of
/// StratifiedComparison but the name and the adjusted p (set to p); `differs`: p below 0.05. A
/// ratio x / 0 is infinite, 0 / 0 is 1. Where the common odds ratio is 0, infinite or 0 / 0 its
/// interval is 0 to infinity. Strata that hold no session of one side, or where all or none
/// convert, tell nothing and add nothing; with no other: statistic 0, p 1.
StratifiedComparison mantel_haenszel(const std::vector<Stratum>& strata);

/// Rate if the strata had the shares of `weights` (sessions of everybody by stratum): direct
/// standardisation, sum of weight * rate / sum of weight, with the 95 % interval that squares and
/// adds the weighted arms of the Wilson intervals (Zou, Huang and Zhang 2009). Rates as wilson()
/// makes them. Strata without trials are left out, so the weights of the others count for more;
/// with none left nothing is known: 0 with 0 to 1.
Interval standardised_rate(const std::vector<Rate>& strata,
                           const std::vector<std::int64_t>& weights);

}  // namespace covey::driver
