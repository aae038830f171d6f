// Compiled with EIGEN_DONT_VECTORIZE and without -march: see CMakeLists.txt.
#include "eigen_solver.h"

#include <Eigen/Eigenvalues>

#include "covey/error.h"

#ifndef EIGEN_DONT_VECTORIZE
#error "the eigen-solver's bits change with SIMD: compile this file with EIGEN_DONT_VECTORIZE"
#endif

namespace covey::internal {

EigenSystem solve_symmetric(const std::vector<double>& matrix, int d) {
  const Eigen::Map<const Eigen::MatrixXd> view(matrix.data(), d, d);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(view);
  if (solver.info() != Eigen::Success)
    throw Error(ErrorKind::kInternal, "the eigen-solver did not converge", "pca");
  EigenSystem system;
  system.values.assign(solver.eigenvalues().data(), solver.eigenvalues().data() + d);
  system.vectors.assign(solver.eigenvectors().data(),
                        solver.eigenvectors().data() + solver.eigenvectors().size());
  return system;
}

}  // namespace covey::internal
