// Several tests of one question. Source and assumptions: docs/statistics.md.
#pragma once

#include <vector>

namespace covey::driver {

/// p-values adjusted by Holm's step-down rule (Holm 1979), in the order given: rejecting where the
/// adjusted p is below 0.05 keeps the chance of any false rejection below 5 %, however the tests
/// depend on one another. Adjusted values are at most 1 and never below the p-value itself.
std::vector<double> holm(const std::vector<double>& p);

/// A test says "differ" where its (adjusted) p is below this.
inline constexpr double kLevel = 0.05;

/// Sets p_adjusted and differs of each test of a family by Holm's rule, but for those with too few
/// sessions: they were not tested and do not count.
template <class Test>
void adjust_family(std::vector<Test>& family) {
  std::vector<double> p;
  for (const Test& test : family) {
    if (!test.too_few) p.push_back(test.p);
  }
  const std::vector<double> adjusted = holm(p);
  auto next = adjusted.begin();
  for (Test& test : family) {
    if (!test.too_few) test.p_adjusted = *next++;
    test.differs = test.p_adjusted < kLevel;
  }
}

}  // namespace covey::driver
