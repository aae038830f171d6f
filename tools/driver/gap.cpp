#include "gap.h"

#include <algorithm>
#include <cmath>

#include "covey/arithmetic.h"
#include "covey/pca.h"
#include "covey/random.h"
#include "sample_points.h"
#include "wilks.h"

namespace covey::driver {
namespace {

constexpr std::uint32_t kReferenceStream = 0x72656665;  // apart from other draws of this seed

/// The box that references fill, centred at 0 (k-means does not see where it lies, nor how it is
/// turned): its half widths in units of 2^shift grid cells, the finest that the grid has room for.
struct Box {
  std::vector<double> half_width;
  int shift = 0;
};

/// Variance along each axis of the box (divisor W - 1), grid units.
std::vector<double> variances(Points& sample) {
  const int d = sample.grid().dimensions();
  if (d <= kMaxPcaDimensions) return fit_pca(sample, d).variance;
  const Gram gram = sample.gram();
  const double divisor = static_cast<double>(gram.weight) * static_cast<double>(gram.weight - 1);
  std::vector<double> by_feature;
  for (int f = 0; f < d; ++f) {
    by_feature.push_back(divisor > 0 ? static_cast<double>(gram.scatter(f, f)) / divisor : 0);
  }
  return by_feature;
}

/// Uniform on [-h, h] has the variance h^2 / 3.
Box box_of(Points& sample) {
  Box box;
  for (const double variance : variances(sample)) box.half_width.push_back(std::sqrt(3 * variance));
  const double widest = *std::max_element(box.half_width.begin(), box.half_width.end());
  while (std::ldexp(widest, -box.shift) > kGridLimit) ++box.shift;
  for (double& width : box.half_width) width = std::ldexp(width, -box.shift);
  return box;
}

/// Point `row` of a reference: uniform in the box, rounded to whole numbers.
void draw_point(const Box& box, std::uint32_t row, std::uint32_t reference, std::uint64_t seed,
                double* point) {
  const auto d = box.half_width.size();
  for (std::size_t axis = 0; axis < d; axis += 2) {
    const auto bits =
        philox4x32({row, static_cast<std::uint32_t>(axis / 2), reference, kReferenceStream},
                   {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    point[axis] = round_half_even((2 * unit_interval(bits[0], bits[1]) - 1) * box.half_width[axis]);
    if (axis + 1 < d)
      point[axis + 1] =
          round_half_even((2 * unit_interval(bits[2], bits[3]) - 1) * box.half_width[axis + 1]);
  }
}

/// What is compared of one model.
struct Tightness {
  std::optional<double> log_inertia;  ///< grid units; none where the inertia is 0
  std::optional<double> log_wilks;
};

std::vector<Tightness> tightness_of(Points& points, const std::vector<int>& k,
                                    const GapOptions& options) {
  const bool determinants = points.grid().dimensions() <= kMostDeterminants;
  const Gram gram = determinants ? points.gram() : Gram{};
  std::vector<Tightness> all;
  for (const KMeansModel& model :
       fit_kmeans(points, sample_fits(k, options.restarts, options.seed))) {
    Tightness& one = all.emplace_back();
    if (model.inertia > 0) one.log_inertia = natural_log(static_cast<double>(model.inertia));
    if (determinants) one.log_wilks = log_wilks(gram, model);
  }
  return all;
}

struct Spread {
  double mean = 0, error = 0;
};

/// Mean, and standard deviation (divisor B) times sqrt(1 + 1 / B).
Spread spread_of(const std::vector<double>& values) {
  const double count = static_cast<double>(values.size());
  Spread spread;
  for (const double value : values) spread.mean += value / count;
  double variance = 0;
  for (const double value : values)
    variance += (value - spread.mean) * (value - spread.mean) / count;
  spread.error = std::sqrt(variance * (1 + 1 / count));
  return spread;
}

}  // namespace

std::vector<Gap> gap_statistic(const Backend& backend, Points& sample, const std::vector<int>& k,
                               const GapOptions& options) {
  std::vector<int> all = k;
  if (all.empty() || all.front() > 1) all.insert(all.begin(), 1);
  const auto of_sample = tightness_of(sample, all, options);
  const Box box = box_of(sample);
  const double unit = 2 * box.shift * natural_log(2.0);  // of a squared distance in a reference

  std::vector<std::vector<double>> logs(all.size()), gains(all.size()), wilks(all.size());
  const int d = sample.grid().dimensions();
  std::vector<double> points(static_cast<std::size_t>(sample.weight() * d));
  for (int reference = 0; reference < options.references; ++reference) {
    for (std::int64_t row = 0; row < sample.weight(); ++row)
      draw_point(box, static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(reference),
                 options.seed, points.data() + row * d);
    const auto loaded = load_coordinates(backend, d, points);
    const auto of_reference = tightness_of(*loaded, all, options);
    for (std::size_t at = 0; at < of_reference.size(); ++at) {
      if (of_reference[at].log_wilks) wilks[at].push_back(*of_reference[at].log_wilks);
      if (!of_reference[at].log_inertia) continue;
      logs[at].push_back(*of_reference[at].log_inertia + unit);
      gains[at].push_back(*of_reference[0].log_inertia - *of_reference[at].log_inertia);
    }
  }

  std::vector<Gap> gaps;
  for (std::size_t at = 0; at < all.size(); ++at) {
    Gap& gap = gaps.emplace_back();
    gap.k = all[at];
    if (of_sample[at].log_wilks && !wilks[at].empty()) {
      const Spread reference = spread_of(wilks[at]);
      gap.wilks_gain = *of_sample[at].log_wilks - reference.mean;
      gap.wilks_error = reference.error;
    }
    if (!of_sample[at].log_inertia || logs[at].empty()) continue;
    const Spread log = spread_of(logs[at]), gain = spread_of(gains[at]);
    gap.value = log.mean - *of_sample[at].log_inertia;
    gap.error = log.error;
    gap.gain = *of_sample[0].log_inertia - *of_sample[at].log_inertia - gain.mean;
    gap.gain_error = gain.error;
  }
  return gaps;
}

}  // namespace covey::driver
