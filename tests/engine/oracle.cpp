#include "engine/oracle.h"

#include <algorithm>
#include <map>
#include <utility>

namespace covey::test {
namespace {

using Wide = __int128_t;
using Vector = std::vector<std::int32_t>;

struct Problem {
  std::vector<Vector> point;
  std::vector<Wide> times;
};

struct Assignment {
  std::vector<int> label;
  std::vector<Wide> distance;
  Wide inertia = 0;
};

std::vector<Vector> rows_of(const std::vector<std::int32_t>& q, int d) {
  std::vector<Vector> rows;
  for (auto at = q.begin(); at != q.end(); at += d) rows.emplace_back(at, at + d);
  return rows;
}

Problem problem_of(const std::vector<std::int32_t>& q,
                   const std::vector<std::uint32_t>& multiplicity, int d) {
  Problem problem{rows_of(q, d), {}};
  problem.times.assign(problem.point.size(), 1);
  std::copy(multiplicity.begin(), multiplicity.end(), problem.times.begin());
  return problem;
}

Wide distance_between(const Vector& a, const Vector& b) {
  Wide sum = 0;
  for (std::size_t f = 0; f < a.size(); ++f) {
    const Wide apart = Wide{a[f]} - Wide{b[f]};
    sum += apart * apart;
  }
  return sum;
}

/// The least (distance, centroid, index): std::vector compares lexicographically.
Assignment assign(const Problem& problem, const std::vector<Vector>& centre) {
  Assignment result;
  for (std::size_t i = 0; i < problem.point.size(); ++i) {
    std::size_t best = 0;
    Wide least = distance_between(problem.point[i], centre[0]);
    for (std::size_t j = 1; j < centre.size(); ++j) {
      const Wide distance = distance_between(problem.point[i], centre[j]);
      if (distance > least) continue;
      if (distance == least && !(centre[j] < centre[best])) continue;
      best = j;
      least = distance;
    }
    result.label.push_back(static_cast<int>(best));
    result.distance.push_back(least);
    result.inertia += problem.times[i] * least;
  }
  return result;
}

/// floor(s / n + 1/2), less one where s / n lies half-way and that is odd.
std::int32_t rounded(Wide s, Wide n) {
  const Wide numerator = 2 * s + n;
  Wide floor = numerator / (2 * n);
  if (numerator % (2 * n) < 0) --floor;
  if (floor * 2 * n == numerator && floor % 2 != 0) --floor;
  return static_cast<std::int32_t>(floor);
}

/// Distinct points, farthest from their centroid first, equal distances by coordinates.
std::vector<Vector> farthest(const Problem& problem, const Assignment& now) {
  std::map<Vector, Wide> far;
  for (std::size_t i = 0; i < problem.point.size(); ++i) far[problem.point[i]] = now.distance[i];
  std::vector<std::pair<Wide, Vector>> order;
  for (const auto& [point, distance] : far) order.emplace_back(-distance, point);
  std::sort(order.begin(), order.end());
  std::vector<Vector> result;
  for (auto& entry : order) result.push_back(std::move(entry.second));
  return result;
}

std::vector<Vector> updated(const Problem& problem, const Assignment& now, std::size_t k) {
  const std::size_t d = problem.point[0].size();
  std::vector<std::vector<Wide>> sum(k, std::vector<Wide>(d, 0));
  std::vector<Wide> count(k, 0);
  for (std::size_t i = 0; i < problem.point.size(); ++i) {
    const auto j = static_cast<std::size_t>(now.label[i]);
    count[j] += problem.times[i];
    for (std::size_t f = 0; f < d; ++f) sum[j][f] += problem.times[i] * problem.point[i][f];
  }
  std::vector<Vector> centre(k, Vector(d));
  std::vector<Vector> far;
  std::size_t taken = 0;
  for (std::size_t j = 0; j < k; ++j) {
    if (count[j] == 0) {
      if (far.empty()) far = farthest(problem, now);
      centre[j] = far[taken++];
      continue;
    }
    for (std::size_t f = 0; f < d; ++f) centre[j][f] = rounded(sum[j][f], count[j]);
  }
  return centre;
}

Centroids flat(const std::vector<Vector>& centre, int d) {
  Centroids result{static_cast<int>(centre.size()), d, {}};
  for (const Vector& row : centre) result.q.insert(result.q.end(), row.begin(), row.end());
  return result;
}

}  // namespace

KMeansModel oracle_fit(const std::vector<std::int32_t>& q,
                       const std::vector<std::uint32_t>& multiplicity, const Centroids& start,
                       int max_iterations) {
  const Problem problem = problem_of(q, multiplicity, start.d);
  std::vector<Vector> centre = rows_of(start.q, start.d);
  KMeansModel model;
  Assignment now = assign(problem, centre);
  model.centroids = start;
  model.inertia = now.inertia;
  while (model.stop == Stop::kLimit && model.iterations < max_iterations) {
    std::vector<Vector> next = updated(problem, now, centre.size());
    ++model.iterations;
    if (next == centre) model.stop = Stop::kFixedPoint;
    centre = std::move(next);
    now = assign(problem, centre);
    if (now.inertia <= model.inertia) {
      model.inertia = now.inertia;
      model.centroids = flat(centre, start.d);
    }
  }
  model.counts = oracle_label(q, multiplicity, model.centroids).counts;
  return model;
}

Labels oracle_label(const std::vector<std::int32_t>& q,
                    const std::vector<std::uint32_t>& multiplicity, const Centroids& centroids) {
  const Problem problem = problem_of(q, multiplicity, centroids.d);
  const Assignment now = assign(problem, rows_of(centroids.q, centroids.d));
  Labels labels;
  labels.counts.assign(static_cast<std::size_t>(centroids.k), 0);
  labels.inertia = now.inertia;
  for (std::size_t i = 0; i < now.label.size(); ++i) {
    labels.label.push_back(now.label[i]);
    labels.distance.push_back(static_cast<std::int64_t>(now.distance[i]));
    labels.counts[static_cast<std::size_t>(now.label[i])] +=
        static_cast<std::int64_t>(problem.times[i]);
  }
  return labels;
}

}  // namespace covey::test
