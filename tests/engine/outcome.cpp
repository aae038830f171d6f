// Everything that the engine computes from one data set, and its comparison bit by bit.
#include <algorithm>
#include <bit>
#include <set>

#include "engine/support.h"

namespace covey::test {
namespace {

template <class T>
std::vector<T> pick(const std::vector<T>& values, const std::vector<std::int64_t>& index) {
  std::vector<T> result;
  if (values.empty()) return result;
  for (const std::int64_t i : index) result.push_back(values[static_cast<std::size_t>(i)]);
  return result;
}

/// Equal bits; names the first entry that differs.
template <class T>
void expect_equal(const std::vector<T>& a, const std::vector<T>& b, const char* what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if constexpr (std::is_same_v<T, double>) {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(a[i]), std::bit_cast<std::uint64_t>(b[i]))
          << what << "[" << i << "] is " << a[i] << " and " << b[i];
    } else if constexpr (std::is_same_v<T, Int128>) {
      ASSERT_EQ(to_string(a[i]), to_string(b[i])) << what << "[" << i << "]";
    } else {
      ASSERT_EQ(a[i], b[i]) << what << "[" << i << "]";
    }
  }
}

Job cut_to(Job job, std::int64_t distinct) {
  for (int& k : job.plan.k) k = static_cast<int>(std::min<std::int64_t>(k, distinct));
  return job;
}

void compute_sums(const Backend& backend, const std::vector<Columns>& batches, const Job& job,
                  const Summary& summary, Outcome& outcome) {
  const std::size_t d = summary.fixed.size();
  const std::vector<bool> log1p = job.log1p.empty() ? std::vector<bool>(d) : job.log1p;
  outcome.ranges = backend.ranges(batches, log1p);
  outcome.moments = backend.moments(batches, log1p, summary.fixed);
  std::vector<std::int64_t> ranks;
  for (int quarter = 0; quarter <= 4; ++quarter)
    ranks.push_back((summary.weight - 1) * quarter / 4);
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  for (std::size_t f = 0; f < std::min<std::size_t>(d, 3); ++f) {
    const auto v =
        backend.order_statistics(batches, static_cast<int>(f), log1p[f], summary.fixed[f], ranks);
    outcome.order_statistics.insert(outcome.order_statistics.end(), v.begin(), v.end());
  }
}

}  // namespace

Outcome compute(const Backend& backend, const std::vector<Columns>& batches, const Job& job) {
  Outcome outcome;
  const Summary summary = summarise(backend, batches, job.scaling, job.log1p);
  outcome.grid = make_grid(summary, job.scaling, job.log1p);
  compute_sums(backend, batches, job, summary, outcome);

  const auto points = backend.load(batches, outcome.grid, job.load);
  outcome.rows = points->rows();
  outcome.weight = points->weight();
  outcome.distinct = points->distinct();
  outcome.saturated.assign(points->saturated().begin(), points->saturated().end());
  outcome.models = points->fit(cut_to(job, outcome.distinct).plan);
  if (!job.given.empty()) {
    FitPlan plan = job.plan;
    plan.given = job.given;
    for (KMeansModel& model : points->fit(plan)) outcome.models.push_back(std::move(model));
  }
  for (const KMeansModel& model : outcome.models)
    outcome.labels.push_back(points->label(model.centroids, true));
  const int groups = outcome.models.back().centroids.k;
  outcome.groups =
      backend.sums_by_group(batches, summary.fixed, outcome.labels.back().label, groups);
  outcome.gram = points->gram();
  for (const KMeansModel* model : {&outcome.models.front(), &outcome.models.back()})
    outcome.validity.push_back(validity_sums(*points, model->centroids));
  const std::int64_t sessions = 1 + std::min<std::int64_t>(outcome.weight / 3, 500);
  outcome.sample = sample_sessions(*points, sessions, job.plan.seed);
  if (job.components > 0 && outcome.weight > 1) {
    outcome.pca = fit_pca(*points, job.components);
    outcome.scores = project(*points, outcome.pca);
    outcome.histogram =
        histogram_scores(*points, outcome.pca, outcome.models.back().centroids, 7, 5);
  }
  return outcome;
}

Outcome Outcome::taken(const std::vector<std::int64_t>& index) const {
  Outcome result = *this;
  result.rows = static_cast<std::int64_t>(index.size());
  for (Labels& under : result.labels) {
    under.label = pick(under.label, index);
    under.distance = pick(under.distance, index);
  }
  for (auto& component : result.scores) component = pick(component, index);
  return result;
}

void expect_same(const KMeansModel& a, const KMeansModel& b) {
  ASSERT_EQ(a.centroids.k, b.centroids.k);
  ASSERT_EQ(a.centroids.d, b.centroids.d);
  expect_equal(a.centroids.q, b.centroids.q, "centroids");
  expect_equal(a.counts, b.counts, "counts");
  EXPECT_EQ(to_string(a.inertia), to_string(b.inertia));
  EXPECT_EQ(a.iterations, b.iterations);
  EXPECT_EQ(static_cast<int>(a.stop), static_cast<int>(b.stop));
  EXPECT_EQ(a.restart, b.restart);
}

void expect_same(const Labels& a, const Labels& b) {
  expect_equal(a.label, b.label, "label");
  expect_equal(a.distance, b.distance, "distance");
  expect_equal(a.counts, b.counts, "counts under labels");
  EXPECT_EQ(to_string(a.inertia), to_string(b.inertia));
}

namespace {

void expect_same_sums(const Outcome& a, const Outcome& b) {
  ASSERT_EQ(a.ranges.size(), b.ranges.size());
  ASSERT_EQ(a.moments.size(), b.moments.size());
  for (std::size_t f = 0; f < a.ranges.size(); ++f) {
    EXPECT_EQ(a.ranges[f].low, b.ranges[f].low) << "feature " << f;
    EXPECT_EQ(a.ranges[f].high, b.ranges[f].high) << "feature " << f;
    EXPECT_EQ(a.moments[f].sum_v, b.moments[f].sum_v) << "feature " << f;
    EXPECT_EQ(a.moments[f].sum_r, b.moments[f].sum_r) << "feature " << f;
    EXPECT_EQ(a.moments[f].square_low, b.moments[f].square_low) << "feature " << f;
    EXPECT_EQ(a.moments[f].square_high, b.moments[f].square_high) << "feature " << f;
  }
  expect_equal(a.order_statistics, b.order_statistics, "order statistics");
  expect_equal(a.groups.weight, b.groups.weight, "weight by group");
  expect_equal(a.groups.sum_v, b.groups.sum_v, "sum of v by group");
  expect_equal(a.groups.sum_r, b.groups.sum_r, "sum of r by group");
}

void expect_same_grid(const Grid& a, const Grid& b) {
  EXPECT_EQ(a.p, b.p);
  ASSERT_EQ(a.features.size(), b.features.size());
  for (std::size_t f = 0; f < a.features.size(); ++f) {
    EXPECT_EQ(a.features[f].offset, b.features[f].offset) << "feature " << f;
    EXPECT_EQ(a.features[f].scale, b.features[f].scale) << "feature " << f;
    EXPECT_EQ(a.features[f].constant, b.features[f].constant) << "feature " << f;
  }
}

}  // namespace

void expect_same(const ScoreHistogram& a, const ScoreHistogram& b) {
  EXPECT_EQ(a.clusters, b.clusters);
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  expect_equal<double>({a.x.low, a.x.high, a.y.low, a.y.high},
                       {b.x.low, b.x.high, b.y.low, b.y.high}, "range of the scores");
  expect_equal(a.counts, b.counts, "counts by cluster and cell");
}

void expect_same(const ValiditySums& a, const ValiditySums& b) {
  EXPECT_EQ(a.k, b.k);
  EXPECT_EQ(a.d, b.d);
  expect_equal(a.counts, b.counts, "counts of validity");
  expect_equal(a.means, b.means, "means of clusters");
  expect_equal(a.scatter, b.scatter, "scatter");
  expect_equal(a.silhouette, b.silhouette, "silhouette");
  expect_equal(a.distance_low, b.distance_low, "low part of the distances");
  expect_equal(a.distance_high, b.distance_high, "high part of the distances");
}

void expect_same(const PointSample& a, const PointSample& b) {
  EXPECT_EQ(a.d, b.d);
  expect_equal(a.q, b.q, "points of the sample");
  expect_equal(a.multiplicity, b.multiplicity, "multiplicities of the sample");
}

void expect_same(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.weight, b.weight);
  EXPECT_EQ(a.distinct, b.distinct);
  expect_same_grid(a.grid, b.grid);
  expect_equal(a.saturated, b.saturated, "saturated");
  expect_same_sums(a, b);
  ASSERT_EQ(a.models.size(), b.models.size());
  for (std::size_t i = 0; i < a.models.size(); ++i) {
    SCOPED_TRACE("model " + std::to_string(i));
    expect_same(a.models[i], b.models[i]);
    expect_same(a.labels[i], b.labels[i]);
  }
  EXPECT_EQ(a.gram.weight, b.gram.weight);
  expect_equal(a.gram.sums, b.gram.sums, "sums");
  expect_equal(a.gram.products, b.gram.products, "products");
  expect_equal(a.pca.mean, b.pca.mean, "mean");
  expect_equal(a.pca.loadings, b.pca.loadings, "loadings");
  expect_equal(a.pca.variance, b.pca.variance, "variance");
  ASSERT_EQ(a.scores.size(), b.scores.size());
  for (std::size_t c = 0; c < a.scores.size(); ++c) expect_equal(a.scores[c], b.scores[c], "score");
  expect_same(a.histogram, b.histogram);
  ASSERT_EQ(a.validity.size(), b.validity.size());
  for (std::size_t i = 0; i < a.validity.size(); ++i) expect_same(a.validity[i], b.validity[i]);
  expect_same(a.sample, b.sample);
}

}  // namespace covey::test
