// Findings in words and as rows of tests.csv.
#pragma once

#include <string>
#include <vector>

#include "findings.h"

namespace covey::driver {

/// 0.01 as "1 point", 0.005 as "0.5 points".
std::string points_text(double share);

std::string verdict_of(const Association& association, const Findings& findings);
std::string verdict_of(const Comparison& comparison, double margin);
std::string verdict_of(const FeatureComparison& comparison);
std::string verdict_of(const StratifiedComparison& comparison);

/// A row for each test, family by family: the tables, pairs of channels, channels against the rest,
/// the same within device types, pairs of device types, features. A comparison of rates has a
/// second row for equivalence.
std::vector<TestRow> test_rows(const Findings& findings);

}  // namespace covey::driver
