#include "wilks.h"

#include <cmath>
#include <vector>

#include "covey/arithmetic.h"

namespace covey::driver {
namespace {

constexpr double kRidge = 0.01;
/// Keeps features that depend on one another from making T singular.
constexpr double kDiagonal = 1e-6;

/// ln of the determinant of a symmetric matrix by Cholesky's decomposition; none where it is not
/// positive definite.
std::optional<double> log_determinant(std::vector<double> matrix, std::size_t d) {
  double sum = 0;
  for (std::size_t j = 0; j < d; ++j) {
    double pivot = matrix[j * d + j];
    for (std::size_t i = 0; i < j; ++i) pivot -= matrix[j * d + i] * matrix[j * d + i];
    if (!(pivot > 0)) return std::nullopt;
    const double root = std::sqrt(pivot);
    sum += natural_log(pivot);
    matrix[j * d + j] = root;
    for (std::size_t row = j + 1; row < d; ++row) {
      double value = matrix[row * d + j];
      for (std::size_t i = 0; i < j; ++i) value -= matrix[row * d + i] * matrix[j * d + i];
      matrix[row * d + j] = value / root;
    }
  }
  return sum;
}

/// Features that vary.
std::vector<int> varying(const Gram& gram) {
  std::vector<int> features;
  for (int f = 0; f < gram.d; ++f) {
    if (gram.scatter(f, f) > 0) features.push_back(f);
  }
  return features;
}

}  // namespace

std::optional<double> log_wilks(const Gram& gram, const KMeansModel& model) {
  const std::vector<int> features = varying(gram);
  const std::size_t d = features.size();
  const double weight = static_cast<double>(gram.weight);
  const auto sum_of = [&](int f) { return gram.sums[static_cast<std::size_t>(f)]; };
  const auto scatter = [&](int f, int g) {
    return static_cast<double>(gram.scatter(f, g)) / weight;
  };
  std::vector<double> unit;  // by which a feature has scatter 1
  for (const int f : features) unit.push_back(1 / std::sqrt(scatter(f, f)));
  std::vector<double> all(d * d), within(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    const int f = features[i];
    const double mean_f = static_cast<double>(sum_of(f)) / weight;
    for (std::size_t j = 0; j <= i; ++j) {
      const int g = features[j];
      const double mean_g = static_cast<double>(sum_of(g)) / weight;
      double between = 0;
      for (int c = 0; c < model.centroids.k; ++c) {
        const std::int32_t* centre = model.centroids.row(c);
        between += static_cast<double>(model.counts[static_cast<std::size_t>(c)]) *
                   (static_cast<double>(centre[f]) - mean_f) *
                   (static_cast<double>(centre[g]) - mean_g);
      }
      const double total =
          (1 + kRidge) * scatter(f, g) * unit[i] * unit[j] + (i == j ? kDiagonal : 0);
      all[i * d + j] = total;
      within[i * d + j] = total - between * unit[i] * unit[j];
    }
  }
  const auto of_all = log_determinant(std::move(all), d);
  const auto of_within = log_determinant(std::move(within), d);
  if (!of_all || !of_within) return std::nullopt;
  return *of_all - *of_within;
}

}  // namespace covey::driver
