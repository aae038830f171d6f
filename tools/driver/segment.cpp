// Stage 3: k-means for every k asked for, the choice of k, labels, and the projection for pictures.
#include <algorithm>

#include <fmt/format.h>

#include "choose_k.h"
#include "covey/error.h"
#include "evidence.h"
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

Segmentation segment(const Backend& backend, Prepared& prepared, const SegmentOptions& options) {
  Points& points = *prepared.points;
  Segmentation result;
  PartClock clock(result.timings);
  const auto k = feasible_k(options.k, points.distinct(), result.warnings);
  std::vector<KMeansModel> models = fit_kmeans(points, kmeans_options(options, k));
  clock.part("fit");
  result.choices = indices_of(points, models);
  clock.part("indices");
  if (options.evidence) {
    result.choice = add_evidence(backend, points, models, options.seed, clock, result.choices);
  }
  choose_k(result.choices, {points.weight(), points.distinct()}, result.choice);
  const auto chosen = std::find_if(result.choices.begin(), result.choices.end(),
                                   [](const KChoice& choice) { return choice.chosen; });
  result.model = std::move(models[static_cast<std::size_t>(chosen - result.choices.begin())]);
  if (result.model.stop == Stop::kLimit) {
    result.warnings.push_back(
        fmt::format("k = {} was still moving after {} iterations, the limit that was set",
                    result.model.centroids.k, result.model.iterations));
  }
  result.labels = predict(points, result.model.centroids, true);
  clock.part("labels");

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
  clock.part("projection");
  return result;
}

}  // namespace covey::driver
