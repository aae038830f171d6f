// Several tests of one question. Source and assumptions: docs/statistics.md.
#pragma once

#include <vector>

namespace covey::driver {

/// p-values adjusted by Holm's step-down rule (Holm 1979), in the order given: rejecting where the
/// adjusted p is below 0.05 keeps the chance of any false rejection below 5 %, however the tests
/// depend on one another. Adjusted values are at most 1 and never below the p-value itself.
std::vector<double> holm(const std::vector<double>& p);

}  // namespace covey::driver
