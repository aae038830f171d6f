#include "bootstrap.h"

#include <algorithm>
#include <numeric>

#include "covey/arithmetic.h"
#include "covey/random.h"
#include "partitions.h"
#include "sample_points.h"

namespace covey::driver {
namespace {

constexpr std::uint32_t kBootstrapStream = 0x626F6F74;  // apart from other draws of this seed

/// The points drawn, with how often.
std::unique_ptr<Points> load_drawn(const Backend& backend, const PointSample& sample,
                                   std::span<const std::uint32_t> drawn) {
  std::vector<double> coordinates;
  std::vector<std::uint32_t> multiplicity;
  const auto d = static_cast<std::size_t>(sample.d);
  for (std::size_t point = 0; point < drawn.size(); ++point) {
    if (drawn[point] == 0) continue;
    multiplicity.push_back(drawn[point]);
    const auto begin = sample.q.begin() + static_cast<std::ptrdiff_t>(point * d);
    coordinates.insert(coordinates.end(), begin, begin + sample.d);
  }
  return load_coordinates(backend, sample.d, coordinates, multiplicity);
}

}  // namespace

std::vector<std::uint32_t> bootstrap_multiplicities(std::span<const std::uint32_t> multiplicity,
                                                    std::uint32_t sample, std::uint64_t seed) {
  std::uint64_t sessions = 0;
  for (const std::uint32_t count : multiplicity) sessions += count;
  std::vector<std::uint32_t> times(sessions, 0);  // that each session is drawn
  const auto draw = [&](std::uint32_t high, std::uint32_t low) {
    const UInt128 bits = (static_cast<std::uint64_t>(high) << 32) | low;
    ++times[static_cast<std::size_t>((bits * sessions) >> 64)];
  };
  for (std::uint64_t at = 0; at < sessions; at += 2) {
    const auto bits =
        philox4x32({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at >> 32), sample,
                    kBootstrapStream},
                   {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    draw(bits[0], bits[1]);
    if (at + 1 < sessions) draw(bits[2], bits[3]);
  }
  std::vector<std::uint32_t> drawn;
  drawn.reserve(multiplicity.size());
  auto session = times.begin();
  for (const std::uint32_t count : multiplicity) {
    drawn.push_back(std::accumulate(session, session + count, 0U));
    session += count;
  }
  return drawn;
}

std::vector<Stability> bootstrap_stability(const Backend& backend, const PointSample& sample,
                                           Points& points, std::span<const Centroids> models,
                                           const BootstrapOptions& options) {
  std::vector<std::vector<std::int32_t>> labels;
  std::vector<Stability> stability;
  std::vector<int> k;
  for (const Centroids& model : models) {
    labels.push_back(predict(points, model).label);
    stability.push_back({std::vector<double>(static_cast<std::size_t>(model.k), 0.0), 0});
    k.push_back(model.k);
  }
  for (int draw = 0; draw < options.samples; ++draw) {
    const auto drawn = bootstrap_multiplicities(sample.multiplicity,
                                                static_cast<std::uint32_t>(draw), options.seed);
    const auto loaded = load_drawn(backend, sample, drawn);
    const auto found = fit_kmeans(*loaded, sample_fits(k, options.restarts, options.seed));
    for (std::size_t at = 0; at < models.size(); ++at) {
      const Centroids& again = found[at].centroids;
      const CrossTable table = cross_table(labels[at], k[at], predict(points, again).label, again.k,
                                           sample.multiplicity);
      const std::vector<double> jaccard = best_jaccard(table);
      for (std::size_t cluster = 0; cluster < jaccard.size(); ++cluster)
        stability[at].jaccard[cluster] += jaccard[cluster];
      stability[at].ari += adjusted_rand_index(table);
    }
  }
  for (Stability& mean : stability) {
    for (double& jaccard : mean.jaccard) jaccard /= options.samples;
    mean.ari /= options.samples;
  }
  return stability;
}

}  // namespace covey::driver
