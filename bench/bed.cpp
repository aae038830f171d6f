#include "bed.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace covey::bench {
namespace {

std::unique_ptr<Backend> open(const char* name) {
  BackendOptions options;
  options.name = name;
  return open_backend(options);
}

/// Rows that keep the reference's check below about a second.
std::int64_t rows_to_check(const Shape& shape) {
  const std::int64_t affordable = 4'000'000 / (std::int64_t{shape.d} * shape.k);
  return std::min(shape.rows, std::max(std::int64_t{2} * shape.k, affordable));
}

void check_answers(const Shape& shape) {
  const Values<double> values =
      points_of(shape.cloud, components_for(shape.k), rows_to_check(shape), shape.d);
  const Columns data = Columns::row_major(values, shape.d);
  const auto cpu = load_points(*open("cpu"), data, Scaling::kNone);
  const auto reference = load_points(*open("reference"), data, Scaling::kNone);
  const Centroids start = start_of(data, cpu->grid(), shape.k);
  const KMeansModel fitted = fit_from(*cpu, start, 5);
  const auto require = [&](bool equal, const char* step) {
    if (!equal) throw std::runtime_error(std::string(step) + ": cpu and reference differ");
  };
  require(cpu->distinct() == reference->distinct(), "load");
  require(same(fitted, fit_from(*reference, start, 5)), "fit");
  require(same(seeded(*cpu, shape.k), seeded(*reference, shape.k)), "seeding");
  const Labels fast = predict(*cpu, fitted.centroids, true);
  const Labels plain = predict(*reference, fitted.centroids, true);
  require(
      fast.label == plain.label && fast.distance == plain.distance && fast.inertia == plain.inertia,
      "label");
  require(cpu->gram().products == reference->gram().products, "gram");
  const Pca pca = fit_pca(*cpu, std::min(2, shape.d));
  require(project(*cpu, pca) == project(*reference, pca), "project");
  KMeansOptions few;
  few.k = {2, 3};
  few.restarts = 2;
  few.tolerance = 1e-4;
  const auto swept = fit_kmeans(*cpu, few), expected = fit_kmeans(*reference, few);
  require(std::equal(swept.begin(), swept.end(), expected.begin(), expected.end(), same), "sweep");
}

}  // namespace

Bed::Bed(const Shape& wanted)
    : shape(wanted),
      values(points_of(wanted.cloud, components_for(wanted.k), wanted.rows, wanted.d)),
      backend(open("cpu")),
      points(load_points(*backend, data(), Scaling::kNone)),
      start(start_of(data(), points->grid(), wanted.k)) {}

Bed& bed_of(const Shape& shape) {
  static std::unique_ptr<Bed> bed;
  if (bed == nullptr || !(bed->shape == shape)) {
    bed.reset();
    check_answers(shape);
    bed = std::make_unique<Bed>(shape);
  }
  return *bed;
}

std::vector<KMeansModel> sweep_of(Points& points) {
  KMeansOptions options;
  options.k = {2, 3, 4, 5, 6, 7, 8, 9, 10};
  options.restarts = 10;
  options.tolerance = 1e-4;
  return fit_kmeans(points, options);
}

KMeansModel seeded(Points& points, int k) {
  FitPlan plan;
  plan.k = {static_cast<int>(std::min<std::int64_t>(k, points.distinct()))};
  plan.max_iterations = 0;
  return points.fit(plan).front();
}

}  // namespace covey::bench
