// Steps 4 to 8 of the contract, written to be read.
#include <algorithm>
#include <numeric>

#include "reference.h"
#include "rules.h"

namespace covey::internal {
namespace {

struct Nearest {
  int cluster = 0;
  std::int64_t distance = 0;
};

/// Step 4: the smallest exact distance; a tie goes to the lexicographically smaller centroid, then
/// to the lower index.
Nearest nearest(const std::int32_t* point, const Centroids& centroids) {
  Nearest best{0, squared_distance(point, centroids.row(0), centroids.d)};
  for (int j = 1; j < centroids.k; ++j) {
    const std::int64_t distance = squared_distance(point, centroids.row(j), centroids.d);
    if (distance < best.distance ||
        (distance == best.distance &&
         compare_points(centroids.row(j), centroids.row(best.cluster), centroids.d) < 0))
      best = {j, distance};
  }
  return best;
}

}  // namespace

Labels ReferencePoints::label(const Centroids& centroids, bool distances) {
  Labels labels;
  labels.counts.assign(static_cast<std::size_t>(centroids.k), 0);
  for (std::int64_t i = 0; i < rows_.rows(); ++i) {
    const Nearest best = nearest(rows_.row(i), centroids);
    const std::int64_t m = rows_.multiplicity[static_cast<std::size_t>(i)];
    labels.label.push_back(best.cluster);
    if (distances) labels.distance.push_back(best.distance);
    labels.counts[static_cast<std::size_t>(best.cluster)] += m;
    labels.inertia += static_cast<Int128>(m) * best.distance;
  }
  return labels;
}

/// Step 6: the `count` distinct points farthest from their centroid, by distance, then coordinates.
std::vector<std::int64_t> ReferencePoints::farthest_distinct(const Centroids& centroids,
                                                             int count) const {
  std::vector<std::int64_t> distance, order(static_cast<std::size_t>(distinct_.rows()));
  for (std::int64_t i = 0; i < distinct_.rows(); ++i)
    distance.push_back(nearest(distinct_.row(i), centroids).distance);
  std::iota(order.begin(), order.end(), 0);  // lexicographic already
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return distance[static_cast<std::size_t>(a)] > distance[static_cast<std::size_t>(b)];
  });
  order.resize(static_cast<std::size_t>(count));
  return order;
}

/// Steps 4 to 7 from a given start.
KMeansModel ReferencePoints::lloyd(Centroids centroids, const FitPlan& plan) const {
  const int k = centroids.k, d = centroids.d;
  std::vector<Int128> squares(static_cast<std::size_t>(d), 0);
  std::vector<std::int64_t> totals(static_cast<std::size_t>(d), 0);
  for (std::int64_t i = 0; i < rows_.rows(); ++i) {
    for (int f = 0; f < d; ++f) {
      const std::int64_t q = rows_.row(i)[f];
      const std::int64_t m = rows_.multiplicity[static_cast<std::size_t>(i)];
      const std::int64_t square = q * q;
      squares[static_cast<std::size_t>(f)] += static_cast<Int128>(m) * square;
      totals[static_cast<std::size_t>(f)] += m * q;
    }
  }
  const UInt128 limit = tolerance_limit(plan.tolerance, squares, totals, weight_);

  KMeansModel model;
  while (model.iterations < plan.max_iterations) {
    std::vector<std::int64_t> sums(static_cast<std::size_t>(k) * static_cast<std::size_t>(d), 0);
    std::vector<std::int64_t> counts(static_cast<std::size_t>(k), 0);
    for (std::int64_t i = 0; i < rows_.rows(); ++i) {
      const auto j = static_cast<std::size_t>(nearest(rows_.row(i), centroids).cluster);
      const std::int64_t m = rows_.multiplicity[static_cast<std::size_t>(i)];
      counts[j] += m;
      for (int f = 0; f < d; ++f)
        sums[j * static_cast<std::size_t>(d) + static_cast<std::size_t>(f)] += m * rows_.row(i)[f];
    }

    Centroids next = centroids;
    std::vector<int> empty;
    for (int j = 0; j < k; ++j) {
      const std::int64_t count = counts[static_cast<std::size_t>(j)];
      if (count == 0) empty.push_back(j);
      for (int f = 0; f < d && count > 0; ++f)
        next.row(j)[f] = static_cast<std::int32_t>(
            divide_half_even(sums[static_cast<std::size_t>(j) * static_cast<std::size_t>(d) +
                                  static_cast<std::size_t>(f)],
                             count));
    }
    if (!empty.empty()) {
      const auto taken = farthest_distinct(centroids, static_cast<int>(empty.size()));
      for (std::size_t e = 0; e < empty.size(); ++e)
        std::copy_n(distinct_.row(taken[e]), d, next.row(empty[e]));
    }

    UInt128 shift = 0;
    for (int j = 0; j < k; ++j)
      shift += static_cast<UInt128>(squared_distance(centroids.row(j), next.row(j), d));
    ++model.iterations;
    centroids = std::move(next);
    model.stop = shift == 0 ? Stop::kFixedPoint : shift <= limit ? Stop::kTolerance : Stop::kLimit;
    if (model.stop != Stop::kLimit) break;
  }

  // Inertia never rises from one iterate to the next (docs/design.md), so the last is the one of
  // lowest inertia.
  model.counts.assign(static_cast<std::size_t>(k), 0);
  for (std::int64_t i = 0; i < rows_.rows(); ++i) {
    const Nearest best = nearest(rows_.row(i), centroids);
    const std::int64_t m = rows_.multiplicity[static_cast<std::size_t>(i)];
    model.counts[static_cast<std::size_t>(best.cluster)] += m;
    model.inertia += static_cast<Int128>(m) * best.distance;
  }
  model.centroids = std::move(centroids);
  return model;
}

/// Step 8: the sketch for k clusters, as rows of distinct_.
std::vector<std::int64_t> ReferencePoints::sketch(int k) const {
  std::vector<std::int64_t> order(static_cast<std::size_t>(distinct_.rows()));
  std::iota(order.begin(), order.end(), 0);
  if (distinct_.rows() <= sketch_size(k)) return order;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return hash(a) < hash(b); });
  order.resize(static_cast<std::size_t>(sketch_size(k)));
  std::sort(order.begin(), order.end());  // back to lexicographic order
  return order;
}

/// Step 8: k centres drawn from the sketch.
Centroids ReferencePoints::seed(const FitPlan& plan, int k, int restart) const {
  const std::vector<std::int64_t> sketch = this->sketch(k);
  const int d = distinct_.d;
  const auto draw = [&](int step, int candidate, std::int64_t point) {
    const DrawKey key{plan.seed, static_cast<std::uint32_t>(restart),
                      static_cast<std::uint32_t>(step)};
    return draw_pair(key, static_cast<std::uint32_t>(candidate) / 2,
                     hash(point))[static_cast<std::size_t>(candidate) % 2];
  };
  const auto multiplicity = [&](std::int64_t point) {
    return distinct_.multiplicity[static_cast<std::size_t>(point)];
  };
  Centroids seeds{k, d, std::vector<std::int32_t>(static_cast<std::size_t>(k) * d)};
  const auto take = [&](int j, std::int64_t point) {
    std::copy_n(distinct_.row(point), d, seeds.row(j));
  };

  if (plan.start == Start::kRandom) {
    std::vector<std::pair<double, std::int64_t>>
        race;  // the sketch is lexicographic: ties by coordinates
    for (const std::int64_t i : sketch)
      race.emplace_back(race_time(draw(0, 0, i), race_weight(multiplicity(i), 1)), i);
    std::partial_sort(race.begin(), race.begin() + k, race.end());
    for (int j = 0; j < k; ++j) take(j, race[static_cast<std::size_t>(j)].second);
    return seeds;
  }

  std::vector<std::int64_t> distance(sketch.size(), 1);  // step 0: the weight is the multiplicity
  for (int step = 0; step < k; ++step) {
    std::int64_t best_point = -1;
    UInt128 best_potential = 0;
    for (int candidate = 0; candidate < candidates_at_step(step); ++candidate) {
      std::int64_t winner = -1;
      double first = 0;
      for (std::size_t i = 0; i < sketch.size(); ++i) {
        if (distance[i] == 0) continue;
        const double time = race_time(draw(step, candidate, sketch[i]),
                                      race_weight(multiplicity(sketch[i]), distance[i]));
        if (winner < 0 || time < first) {
          winner = sketch[i];
          first = time;
        }
      }
      UInt128 potential = 0;
      for (std::size_t i = 0; i < sketch.size(); ++i)
        potential += static_cast<UInt128>(multiplicity(sketch[i])) *
                     static_cast<UInt128>(std::min(
                         step == 0 ? INT64_MAX >> 3 : distance[i],
                         squared_distance(distinct_.row(sketch[i]), distinct_.row(winner), d)));
      if (best_point < 0 || potential < best_potential) {
        best_point = winner;
        best_potential = potential;
      }
    }
    take(step, best_point);
    for (std::size_t i = 0; i < sketch.size(); ++i) {
      const std::int64_t to_new =
          squared_distance(distinct_.row(sketch[i]), distinct_.row(best_point), d);
      distance[i] = step == 0 ? to_new : std::min(distance[i], to_new);
    }
  }
  return seeds;
}

std::vector<KMeansModel> ReferencePoints::fit(const FitPlan& plan) {
  std::vector<KMeansModel> models;
  for (const Centroids& start : plan.given) models.push_back(lloyd(start, plan));
  if (!models.empty()) return models;
  for (const int k : plan.k) {
    for (int restart = 0; restart < plan.restarts; ++restart)
      models.push_back(lloyd(seed(plan, k, restart), plan));
  }
  return models;
}

}  // namespace covey::internal
