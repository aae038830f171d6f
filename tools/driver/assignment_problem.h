// The assignment problem: who does what, once each, so that the scores add up to the most.
#pragma once

#include <vector>

namespace covey::driver {

/// For an n x n matrix of finite scores, row-major, the column given to each row so that the sum of
/// scores is largest. The Hungarian method with shortest augmenting paths (Kuhn 1955; Jonker and
/// Volgenant 1987), O(n^3).
std::vector<int> best_assignment(const std::vector<double>& scores, int n);

}  // namespace covey::driver
