// Step 10 of the contract: exact sums of products, and scores in feature order.
#include <algorithm>

#include "reference.h"

namespace covey::internal {

Gram ReferencePoints::gram() {
  const auto d = static_cast<std::size_t>(rows_.d);
  Gram gram{rows_.d, weight_, std::vector<std::int64_t>(d, 0), std::vector<Int128>(d * d, 0)};
  for (std::int64_t i = 0; i < rows_.rows(); ++i) {
    const std::int64_t m = rows_.multiplicity[static_cast<std::size_t>(i)];
    const std::int32_t* q = rows_.row(i);
    for (std::size_t f = 0; f < d; ++f) {
      gram.sums[f] += m * q[f];
      for (std::size_t g = 0; g < d; ++g)
        gram.products[f * d + g] += static_cast<Int128>(m * q[f]) * q[g];
    }
  }
  return gram;
}

std::vector<std::vector<double>> ReferencePoints::project(const Pca& pca) {
  std::vector<std::vector<double>> scores(static_cast<std::size_t>(pca.components));
  for (std::size_t c = 0; c < scores.size(); ++c) {
    const double* loadings = pca.loadings.data() + c * static_cast<std::size_t>(pca.d);
    for (std::int64_t i = 0; i < rows_.rows(); ++i) {
      double sum = 0;
      for (int f = 0; f < pca.d; ++f)
        sum = sum + (static_cast<double>(rows_.row(i)[f]) - pca.mean[static_cast<std::size_t>(f)]) *
                        loadings[f];
      scores[c].push_back(sum * grid_.cell());
    }
  }
  return scores;
}

ScoreHistogram ReferencePoints::histogram(const Pca& pca, const Centroids& centroids, int width,
                                          int height) {
  Pca shown = pca;
  shown.components = std::min(2, pca.components);
  std::vector<std::vector<double>> scores = project(shown);
  if (shown.components == 1) scores.emplace_back(scores[0].size(), 0.0);
  ScoreHistogram histogram{centroids.k, width, height, {}, {}, {}};
  for (const double x : scores[0]) histogram.x.include(x);
  for (const double y : scores[1]) histogram.y.include(y);
  const std::vector<std::int32_t> label = this->label(centroids, false).label;
  histogram.counts.assign(
      static_cast<std::size_t>(centroids.k) * static_cast<std::size_t>(height * width), 0);
  for (std::size_t i = 0; i < label.size(); ++i) {
    const std::int64_t x = histogram_cell(scores[0][i], histogram.x, width);
    const std::int64_t y = histogram_cell(scores[1][i], histogram.y, height);
    histogram.counts[static_cast<std::size_t>(
        (label[i] * static_cast<std::int64_t>(height) + y) * width + x)] += rows_.multiplicity[i];
  }
  return histogram;
}

}  // namespace covey::internal
