// The symmetric eigenvalue problem, solved in one translation unit so that its bits do not depend
// on SIMD.
#pragma once

#include <vector>

namespace covey::internal {

/// Eigenvalues rising, eigenvectors in rows of the same order. `matrix` is d x d, symmetric.
struct EigenSystem {
  std::vector<double> values;
  std::vector<double> vectors;
};
EigenSystem solve_symmetric(const std::vector<double>& matrix, int d);

}  // namespace covey::internal
