// The host half of k-means: checks of the options, the best restart of each k, the order of
// clusters.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "covey/backend.h"
#include "covey/error.h"
#include "covey/kmeans.h"
#include "rules.h"

namespace covey {
namespace {

void require(bool holds, const std::string& what, const std::string& where,
             const std::string& fix) {
  if (!holds) throw Error(ErrorKind::kUsage, what, where, fix);
}

void check_iteration(const KMeansOptions& options) {
  require(options.max_iterations >= 1,
          "an iteration limit of " + std::to_string(options.max_iterations), "max_iterations",
          "allow at least 1");
  require(options.tolerance >= 0 && std::isfinite(options.tolerance),
          "a tolerance of " + std::to_string(options.tolerance), "tolerance",
          "use a finite number, 0 or more");
}

/// Clusters by size, largest first, then by centroid, so that labels never permute.
void order_clusters(KMeansModel& model) {
  const Centroids before = model.centroids;
  const std::vector<std::int64_t> counts = model.counts;
  std::vector<int> order(static_cast<std::size_t>(before.k));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    const auto count_a = counts[static_cast<std::size_t>(a)];
    const auto count_b = counts[static_cast<std::size_t>(b)];
    if (count_a != count_b) return count_a > count_b;
    const int side = compare_points(before.row(a), before.row(b), before.d);
    return side != 0 ? side < 0 : a < b;
  });
  for (int to = 0; to < before.k; ++to) {
    const int from = order[static_cast<std::size_t>(to)];
    std::copy_n(before.row(from), before.d, model.centroids.row(to));
    model.counts[static_cast<std::size_t>(to)] = counts[static_cast<std::size_t>(from)];
  }
}

}  // namespace

std::vector<KMeansModel> fit_kmeans(Points& points, const KMeansOptions& options) {
  check_iteration(options);
  require(!options.k.empty(), "no number of clusters", "k", "give at least one");
  require(options.restarts >= 1 && options.restarts < (1 << 24),
          std::to_string(options.restarts) + " restarts", "restarts", "use 1 to 16,777,215");
  FitPlan plan;
  for (const int k : options.k) {
    require(k >= 1, "k = " + std::to_string(k), "k", "ask for at least 1 cluster");
    plan.k.push_back(static_cast<int>(std::min<std::int64_t>(k, points.distinct())));
  }
  plan.restarts = options.restarts;
  plan.start = options.start;
  plan.seed = options.seed;
  plan.max_iterations = options.max_iterations;
  plan.tolerance = options.tolerance;
  std::vector<KMeansModel> all = points.fit(plan);

  std::vector<KMeansModel> best;
  const auto restarts = static_cast<std::size_t>(options.restarts);
  for (std::size_t i = 0; i < plan.k.size(); ++i) {
    std::size_t winner = i * restarts;
    for (std::size_t r = 1; r < restarts; ++r) {
      if (all[i * restarts + r].inertia < all[winner].inertia) winner = i * restarts + r;
    }
    KMeansModel model = std::move(all[winner]);
    model.restart = static_cast<int>(winner - i * restarts);
    order_clusters(model);
    best.push_back(std::move(model));
  }
  return best;
}

KMeansModel fit_kmeans_from(Points& points, const Centroids& start, const KMeansOptions& options) {
  check_iteration(options);
  internal::check_centroids(start, points.grid().dimensions(), "start");
  Centroids cut = start;
  cut.k = static_cast<int>(std::min<std::int64_t>(start.k, points.distinct()));
  cut.q.resize(static_cast<std::size_t>(cut.k) * static_cast<std::size_t>(cut.d));
  FitPlan plan;
  plan.given.push_back(std::move(cut));
  plan.max_iterations = options.max_iterations;
  plan.tolerance = options.tolerance;
  return std::move(points.fit(plan).front());
}

Labels predict(Points& points, const Centroids& centroids, bool distances) {
  internal::check_centroids(centroids, points.grid().dimensions(), "centroids");
  return points.label(centroids, distances);
}

double scaled_inertia(Int128 inertia, int p) {
  return std::ldexp(static_cast<double>(inertia), -2 * p);
}

std::string to_string(Int128 value) {
  if (value == 0) return "0";
  const bool negative = value < 0;
  UInt128 rest = negative ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
  std::string text;
  for (; rest != 0; rest /= 10) text.insert(text.begin(), static_cast<char>('0' + rest % 10));
  return negative ? "-" + text : text;
}

}  // namespace covey
