// Stage 3: k-means for every k asked for, the choice of k, labels, and the projection for pictures.
#include <algorithm>

#include <fmt/format.h>

#include "covey/error.h"
#include "covey/validity.h"
#include "stages.h"

namespace covey::driver {
namespace {

/// The k to fit, rising, each once; those above the number of distinct points become that number,
/// with a warning.
std::vector<int> feasible_k(std::vector<int> k, std::int64_t distinct,
                            std::vector<std::string>& warnings) {
  if (k.empty()) {
    throw Error(ErrorKind::kUsage, "no number of clusters is given", "--k", "give one, or a range");
  }
  std::sort(k.begin(), k.end());
  if (k.back() > distinct) {
    warnings.push_back(
        fmt::format("k = {} is more than the {} distinct points: k was reduced to {}", k.back(),
                    distinct, distinct));
  }
  for (int& value : k) {
    value = static_cast<int>(std::min<std::int64_t>(value, distinct));
  }
  k.erase(std::unique(k.begin(), k.end()), k.end());
  return k;
}

/// Marks and returns the choice of the largest Calinski-Harabasz index; of equal ones the first, so
/// the smallest k.
std::size_t choose(std::vector<KChoice>& choices) {
  const auto best = std::max_element(
      choices.begin(), choices.end(),
      [](const KChoice& a, const KChoice& b) { return a.calinski_harabasz < b.calinski_harabasz; });
  best->chosen = true;
  return best - choices.begin();
}

}  // namespace

KMeansOptions kmeans_options(const SegmentOptions& options, std::vector<int> k) {
  KMeansOptions engine;
  engine.k = std::move(k);
  engine.restarts = options.restarts;
  engine.start = options.start;
  engine.seed = options.seed;
  engine.max_iterations = options.max_iterations;
  engine.tolerance = options.tolerance;
  return engine;
}

Segmentation segment(Prepared& prepared, const SegmentOptions& options) {
  Points& points = *prepared.points;
  Segmentation result;
  const auto k = feasible_k(options.k, points.distinct(), result.warnings);
  std::vector<KMeansModel> models = fit_kmeans(points, kmeans_options(options, k));

  const double scatter = total_scatter(points.gram());
  for (const KMeansModel& model : models) {
    const int clusters = model.centroids.k;
    result.choices.push_back({clusters, scaled_inertia(model.inertia, prepared.grid.p),
                              calinski_harabasz(scatter, model.inertia, clusters, points.weight()),
                              model.iterations, false});
  }
  result.model = std::move(models[choose(result.choices)]);
  if (result.model.stop == Stop::kLimit) {
    result.warnings.push_back(
        fmt::format("k = {} was still moving after {} iterations, the limit that was set",
                    result.model.centroids.k, result.model.iterations));
  }
  result.labels = predict(points, result.model.centroids, true);

  const int d = prepared.grid.dimensions();
  if (d > kMaxPcaDimensions) {
    result.warnings.push_back(
        fmt::format("no projection: {} features are more than the {} that principal components are "
                    "computed for",
                    d, kMaxPcaDimensions));
  } else {
    result.pca = fit_pca(points, std::min(2, d));
    result.scores = project(points, result.pca);
  }
  return result;
}

}  // namespace covey::driver
