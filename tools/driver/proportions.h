// Two proportions compared: difference, test, effect size, equivalence, and how many sessions would
// settle it. Rates as wilson() of statistics.h makes them. Sources and assumptions:
// docs/statistics.md.
#pragma once

#include <cstdint>

#include "findings.h"

namespace covey::driver {

/// a - b, a share (not points), with its 95 % hybrid score interval (Newcombe 1998, method 10):
/// made of the two Wilson intervals, within -1 to 1. Where a or b has no trials, nothing is known:
/// 0 with -1 to 1.
Interval newcombe(const Rate& a, const Rate& b);

struct ZTest {
  double z = 0;  ///< standard errors by which a exceeds b
  double p = 1;  ///< two-sided; 0 where it is too small for a double
};

/// Test of equal rates with the pooled standard error; z^2 is Pearson's chi-square of the 2 x 2
/// table. z 0 and p 1 where a or b has no trials, and where all sessions or none convert.
ZTest two_proportion_z(const Rate& a, const Rate& b);

/// Effect size 2 asin sqrt(a) - 2 asin sqrt(b), from -pi to pi (Cohen 1988): 0.2 is small. 0 where
/// a or b has no trials.
double cohens_h(const Rate& a, const Rate& b);

/// Equivalence: the larger p of the two one-sided tests of a - b <= -margin and a - b >= margin
/// (Schuirmann 1987). The standard error is that of the likeliest rates which are exactly the
/// margin apart (Farrington and Manning 1990), so that 0 of few against 0 of few proves nothing.
/// margin in (0, 1). 1 where a or b has no trials.
double equivalence_p(const Rate& a, const Rate& b, double margin);

/// Sessions in each of two groups so that a two-sided test at 5 % finds rate against rate +
/// difference with this power (Fleiss, Levin and Paik 2003, without continuity correction); rounded
/// up. rate + difference is held within 0 to 1; power in (0, 1). The largest int64 where no number
/// would do (difference 0) or a larger one would be needed.
std::int64_t sessions_to_settle(double rate, double difference, double power = 0.8);

}  // namespace covey::driver
