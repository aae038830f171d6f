#include "evidence.h"

#include <algorithm>

#include "bootstrap.h"
#include "covey/sample.h"
#include "covey/validity.h"
#include "gap.h"
#include "sample_points.h"

namespace covey::driver {
namespace {

/// Sessions in the sample: as many as make this many coordinates, so that the cost does not grow
/// with the data; but enough to see groups of a few percent.
std::int64_t sample_sessions_for(int d) {
  constexpr std::int64_t kCoordinates = 100'000, kFewest = 1'000, kMost = 12'500;
  return std::clamp(kCoordinates / d, kFewest, kMost);
}

/// Starts of each fit: small samples can afford the many that groups in many features need.
int restarts_for(std::int64_t sessions) {
  constexpr std::int64_t kStartedSessions = 25'000, kFewest = 2, kMost = 5;
  return static_cast<int>(std::clamp(kStartedSessions / sessions, kFewest, kMost));
}

}  // namespace

std::vector<KChoice> indices_of(Points& points, const std::vector<KMeansModel>& models) {
  std::vector<KChoice> choices;
  const double scatter = total_scatter(points.gram());
  for (const KMeansModel& model : models) {
    const ValiditySums sums = validity_sums(points, model.centroids);
    KChoice& choice = choices.emplace_back();
    choice.k = model.centroids.k;
    choice.inertia = scaled_inertia(model.inertia, points.grid().p);
    choice.calinski_harabasz = calinski_harabasz(scatter, model.inertia, choice.k, points.weight());
    choice.iterations = model.iterations;
    choice.davies_bouldin = davies_bouldin(sums);
    choice.silhouette = silhouette(sums);
    choice.persona_silhouette = silhouette_by_cluster(sums);
  }
  return choices;
}

ChoiceOfK add_evidence(const Backend& backend, Points& points,
                       const std::vector<KMeansModel>& models, std::uint64_t seed, PartClock& clock,
                       std::vector<KChoice>& choices) {
  const PointSample sample =
      sample_sessions(points, sample_sessions_for(points.grid().dimensions()), seed);
  const std::vector<double> coordinates(sample.q.begin(), sample.q.end());
  const auto sampled = load_coordinates(backend, sample.d, coordinates, sample.multiplicity);

  ChoiceOfK choice;
  choice.sample_sessions = sampled->weight();
  choice.sample_points = sampled->distinct();
  std::vector<int> k;
  std::vector<Centroids> centroids;
  for (const KMeansModel& model : models) {
    k.push_back(model.centroids.k);
    centroids.push_back(model.centroids);
  }
  clock.part("sample");

  const int restarts = restarts_for(choice.sample_sessions);
  const GapOptions gap_options{.restarts = restarts, .seed = seed};
  choice.references = gap_options.references;
  const std::vector<Gap> gaps = gap_statistic(backend, *sampled, k, gap_options);
  choice.gap_of_one = gaps.front().value.value_or(0);
  choice.gap_of_one_error = gaps.front().error;
  for (std::size_t at = 0; at < choices.size(); ++at) {
    const Gap& gap = gaps[at + gaps.size() - choices.size()];  // led by k = 1, asked for or not
    choices[at].gap = gap.value;
    choices[at].gap_error = gap.error;
    choices[at].gain = gap.gain;
    choices[at].gain_error = gap.gain_error;
    choices[at].wilks_gain = gap.wilks_gain;
    choices[at].wilks_error = gap.wilks_error;
  }
  clock.part("gap");

  const BootstrapOptions bootstrap_options{.restarts = restarts, .seed = seed};
  choice.bootstraps = bootstrap_options.samples;
  const std::vector<Stability> stability =
      bootstrap_stability(backend, sample, *sampled, centroids, bootstrap_options);
  for (std::size_t at = 0; at < choices.size(); ++at) {
    choices[at].ari = stability[at].ari;
    choices[at].persona_jaccard = stability[at].jaccard;
  }
  clock.part("bootstrap");
  return choice;
}

}  // namespace covey::driver
