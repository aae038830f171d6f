// The host half of PCA: covariance from integer sums, eigenvectors, signs.
#include "covey/pca.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "covey/backend.h"
#include "covey/error.h"
#include "eigen_solver.h"
#include "rules.h"

namespace covey {
namespace {

/// Covariance in scaled units, divisor W - 1 (all 0 where W = 1).
std::vector<double> covariance(const Gram& gram, int p) {
  const auto d = static_cast<std::size_t>(gram.d);
  std::vector<double> matrix(d * d, 0.0);
  if (gram.weight < 2) return matrix;
  const double divisor = static_cast<double>(gram.weight) * static_cast<double>(gram.weight - 1);
  for (int f = 0; f < gram.d; ++f) {
    for (int g = 0; g < gram.d; ++g) {
      const Int128 scatter = gram.scatter(f, g);
      matrix[static_cast<std::size_t>(f) * d + static_cast<std::size_t>(g)] =
          std::ldexp(static_cast<double>(scatter) / divisor, -2 * p);
    }
  }
  return matrix;
}

/// Makes the first loading within 2^-20 of the largest positive.
void fix_sign(double* loadings, int d) {
  double largest = 0;
  for (int f = 0; f < d; ++f) largest = std::max(largest, std::abs(loadings[f]));
  const auto* first = std::find_if(loadings, loadings + d, [&](double loading) {
    return std::abs(loading) >= largest * (1.0 - 0x1p-20);
  });
  if (*first < 0) std::transform(loadings, loadings + d, loadings, [](double x) { return -x; });
}

}  // namespace

Pca fit_pca(Points& points, int components) {
  const int d = points.grid().dimensions();
  if (components < 1 || components > d)
    throw Error(ErrorKind::kUsage, std::to_string(components) + " components", "pca",
                "use 1 to " + std::to_string(d));
  if (d > kMaxPcaDimensions)
    throw Error(ErrorKind::kUsage, "PCA of " + std::to_string(d) + " features", "pca",
                "use at most " + std::to_string(kMaxPcaDimensions));
  const Gram gram = points.gram();
  Pca pca;
  pca.d = d;
  pca.components = components;
  pca.p = points.grid().p;
  for (const std::int64_t sum : gram.sums)
    pca.mean.push_back(static_cast<double>(sum) / static_cast<double>(gram.weight));
  const std::vector<double> matrix = covariance(gram, pca.p);
  double total = 0;
  for (int f = 0; f < d; ++f)
    total += matrix[static_cast<std::size_t>(f) * (matrix.size() / d) + f];
  const internal::EigenSystem system = internal::solve_symmetric(matrix, d);
  for (int c = 0; c < components; ++c) {
    const int from = d - 1 - c;
    const double variance = std::max(0.0, system.values[static_cast<std::size_t>(from)]);
    pca.variance.push_back(variance);
    pca.variance_ratio.push_back(total > 0 ? variance / total : 0.0);
    const auto begin = system.vectors.begin() + static_cast<std::ptrdiff_t>(from) * d;
    pca.loadings.insert(pca.loadings.end(), begin, begin + d);
    fix_sign(pca.loadings.data() + static_cast<std::ptrdiff_t>(c) * d, d);
  }
  return pca;
}

std::vector<std::vector<double>> project(Points& points, const Pca& pca) {
  if (pca.d != points.grid().dimensions())
    throw Error(ErrorKind::kUsage, "components of " + std::to_string(pca.d) + " features",
                "project", "use components of the points' own grid");
  return points.project(pca);
}

ScoreHistogram histogram_scores(Points& points, const Pca& pca, const Centroids& centroids,
                                int width, int height) {
  const auto require = [](bool fine, const std::string& what, const std::string& fix) {
    if (!fine) throw Error(ErrorKind::kUsage, what, "histogram", fix);
  };
  const int d = points.grid().dimensions();
  require(width >= 1 && width <= kMaxHistogramSide && height >= 1 && height <= kMaxHistogramSide,
          std::to_string(width) + " x " + std::to_string(height) + " cells",
          "use 1 to " + std::to_string(kMaxHistogramSide) + " on each side");
  require(pca.d == d && pca.components >= 1,
          std::to_string(pca.components) + " components of " + std::to_string(pca.d) + " features",
          "use components of the points' own grid");
  internal::check_centroids(centroids, d, "centroids");
  return points.histogram(pca, centroids, width, height);
}

}  // namespace covey
