// Principal components of grid points, from exact integer sums: no row order can change a digit.
#pragma once

#include <cstdint>
#include <vector>

#include "covey/arithmetic.h"
#include "covey/grid.h"

namespace covey {

struct Centroids;
class Points;

/// Integer sums over points: sums[f] = sum m q_f, products[f * d + g] = sum m q_f q_g (both halves
/// filled).
struct Gram {
  int d = 0;
  std::int64_t weight = 0;
  std::vector<std::int64_t> sums;
  std::vector<Int128> products;

  const Int128& at(int f, int g) const {
    return products[static_cast<std::size_t>(f) * static_cast<std::size_t>(d) +
                    static_cast<std::size_t>(g)];
  }
  /// W times the sum of products about the means: W sum m q_f q_g - (sum m q_f)(sum m q_g), exact.
  Int128 scatter(int f, int g) const {
    return static_cast<Int128>(weight) * at(f, g) -
           static_cast<Int128>(sums[static_cast<std::size_t>(f)]) *
               sums[static_cast<std::size_t>(g)];
  }
};

/// Components by falling variance; each row of `loadings` (components x d) has norm 1 and the sign
/// that makes its first loading within 2^-20 of the largest positive.
struct Pca {
  int d = 0;
  int components = 0;
  int p = 0;                 ///< of the grid
  std::vector<double> mean;  ///< d, grid units
  std::vector<double> loadings;
  std::vector<double> variance;        ///< scaled units, divisor W - 1
  std::vector<double> variance_ratio;  ///< share of the total variance; 0 where that is 0
};

inline constexpr int kMaxPcaDimensions = 2000;

/// The first `components` (<= d) principal components. Throws Error (usage) above kMaxPcaDimensions
/// features.
Pca fit_pca(Points& points, int components);

/// Scores in scaled units, one vector of n a component: sum over features in order of (q_f -
/// mean_f) * loading_f, times 2^-p.
std::vector<std::vector<double>> project(Points& points, const Pca& pca);

/// How the first two principal components' scores of each cluster lie in the plane: the picture of
/// all rows, whatever their number. With one component every y is 0.
struct ScoreHistogram {
  int clusters = 0;
  int width = 0;
  int height = 0;
  Range x, y;                        ///< of the scores of all rows, scaled units
  std::vector<std::int64_t> counts;  ///< sums of multiplicities, [cluster][cell of y][cell of x]
};

inline constexpr int kMaxHistogramSide = 4096;

/// The cell of a score when its range is cut into `cells` equal parts; the last one is closed. 0
/// where the range is a point.
COVEY_HOST_DEVICE inline int histogram_cell(double score, const Range& range, int cells) {
  const double width = range.high - range.low;
  if (!(width > 0)) return 0;
  const int cell = static_cast<int>((score - range.low) / width * static_cast<double>(cells));
  return cell < cells ? cell : cells - 1;
}

/// Counts of all rows by nearest centroid and by cell of their scores. Throws Error (usage) for a
/// side outside 1 ... kMaxHistogramSide, and for components or centroids of other points.
ScoreHistogram histogram_scores(Points& points, const Pca& pca, const Centroids& centroids,
                                int width, int height);

}  // namespace covey
