// The search for rules: every threshold between bins of the sample, alone and in pairs, then the
// best ones moved between single values.
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "rule_bins.h"
#include "rule_thresholds.h"

namespace covey::driver {
namespace {

/// What a second condition must add to F1 to be worth reading.
constexpr double kGain = 0.02;

/// Features tried for each persona: 8, fewer where there are more than 62 personas.
std::size_t features_a_persona(std::size_t personas) {
  constexpr double kPairs = 4000;
  const double root = std::sqrt(kPairs / static_cast<double>(personas));
  return static_cast<std::size_t>(std::clamp(root, 2.0, 8.0));
}

/// Rows of the sample: 2^16, fewer where more than 16 features are tried.
std::int64_t tuples_for(std::size_t features) {
  constexpr std::int64_t kMost = 1 << 16, kFewest = 1 << 12, kValues = 1 << 20;
  return std::clamp(kValues / static_cast<std::int64_t>(features), kFewest, kMost);
}

/// By cluster: the features of the largest |d|, in their own order.
std::vector<std::vector<int>> features_to_try(const RuleSearch& search) {
  const auto d = static_cast<std::size_t>(search.columns.dimensions());
  const std::size_t most = std::min(d, features_a_persona(search.sessions.size()));
  std::vector<std::vector<int>> result;
  for (const std::vector<double>& difference : search.difference) {
    std::vector<int> order(d);
    std::iota(order.begin(), order.end(), 0);
    const auto size = [&](int f) { return std::abs(difference[static_cast<std::size_t>(f)]); };
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return size(a) > size(b); });
    order.resize(most);
    std::sort(order.begin(), order.end());
    result.push_back(std::move(order));
  }
  return result;
}

/// A rule as ranges of bins, one of each of its features.
struct Found {
  double f1 = 0;
  int f = -1, g = -1;  ///< index of the binned feature; g: -1 where there is no second
  BinRange a, b;
};

/// Sums of weights below each bin: of n bins, n + 1 entries.
using Sums = std::vector<std::int64_t>;

Sums sums_below(const FeatureBins& bins, const RuleSample& sample, std::size_t from,
                std::size_t to) {
  Sums below(static_cast<std::size_t>(bins.count()) + 1, 0);
  for (std::size_t at = from; at < to; ++at)
    below[std::size_t{bins.bin[at]} + 1] += sample.weight[at];
  std::partial_sum(below.begin(), below.end(), below.begin());
  return below;
}

std::int64_t sum_of(const Sums& below, BinRange range) {
  return below[static_cast<std::size_t>(range.last) + 1] -
         below[static_cast<std::size_t>(range.first)];
}

/// The same in two features: [(bin of f) * (bins of g + 1) + bin of g].
class TableSums {
 public:
  TableSums(const FeatureBins& f, const FeatureBins& g, const RuleSample& sample, std::size_t from,
            std::size_t to)
      : width_(static_cast<std::size_t>(g.count()) + 1),
        below_((static_cast<std::size_t>(f.count()) + 1) * width_, 0) {
    for (std::size_t at = from; at < to; ++at)
      below_[(std::size_t{f.bin[at]} + 1) * width_ + g.bin[at] + 1] += sample.weight[at];
    for (std::size_t at = width_; at < below_.size(); ++at) {
      if (at % width_ != 0) below_[at] += below_[at - 1];
    }
    for (std::size_t at = width_; at < below_.size(); ++at) below_[at] += below_[at - width_];
  }

  /// Sums below each bin of g, within the bins of f.
  void within(BinRange range, Sums& below) const {
    const std::int64_t* first = &below_[static_cast<std::size_t>(range.first) * width_];
    const std::int64_t* end = &below_[(static_cast<std::size_t>(range.last) + 1) * width_];
    below.resize(width_);
    for (std::size_t j = 0; j < width_; ++j) below[j] = end[j] - first[j];
  }

 private:
  std::size_t width_;
  Sums below_;
};

class RuleFinder {
 public:
  explicit RuleFinder(const RuleSearch& search)
      : search_(search), tried_(features_to_try(search)), used_(used_features()) {
    sample_ = rule_sample(search, tuples_for(used_.size()));
    bins_.resize(used_.size());
    tbb::parallel_for(std::size_t{0}, used_.size(), [&](std::size_t i) {
      bins_[i] = feature_bins(search_.columns, used_[i], sample_);
    });
  }

  std::vector<std::vector<Condition>> find() {
    const std::size_t k = search_.sessions.size();
    std::vector<Found> single(k), twice(k);
    search_single(single, twice);
    search_pairs(twice);
    std::vector<std::vector<Condition>> rules(k);
    tbb::parallel_for(std::size_t{0}, k,
                      [&](std::size_t c) { rules[c] = best_of(c, single[c], twice[c]); });
    return rules;
  }

 private:
  std::vector<int> used_features() const {
    std::vector<int> used;
    for (const auto& features : tried_) used.insert(used.end(), features.begin(), features.end());
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    return used;
  }

  int index_of(int feature) const {
    return static_cast<int>(std::lower_bound(used_.begin(), used_.end(), feature) - used_.begin());
  }

  const FeatureBins& bins(int index) const { return bins_[static_cast<std::size_t>(index)]; }

  /// All rules of one condition, and those of two on one feature.
  void search_single(std::vector<Found>& single, std::vector<Found>& twice) const {
    std::vector<Sums> all;
    for (const FeatureBins& bins : bins_)
      all.push_back(sums_below(bins, sample_, 0, sample_.size()));
    tbb::parallel_for(std::size_t{0}, single.size(), [&](std::size_t c) {
      for (const int feature : tried_[c]) {
        const int f = index_of(feature);
        const Sums& sums = all[static_cast<std::size_t>(f)];
        const Sums own = sums_below(bins(f), sample_, sample_.begin[c], sample_.begin[c + 1]);
        const auto consider = [&](BinRange range, Found& best) {
          const double f1 = f1_of(sum_of(own, range), sum_of(sums, range), sample_.sessions[c]);
          if (f1 > best.f1) best = {f1, f, -1, range, {}};
        };
        for (const BinRange range : ranges_of(bins(f))) consider(range, single[c]);
        for (const BinRange range : inner_ranges_of(bins(f))) consider(range, twice[c]);
      }
    });
  }

  /// All rules of two conditions on two features.
  void search_pairs(std::vector<Found>& twice) const {
    std::map<std::pair<int, int>, std::vector<std::size_t>> clusters_of;
    for (std::size_t c = 0; c < tried_.size(); ++c) {
      for (const int f : tried_[c]) {
        for (const int g : tried_[c]) {
          if (f < g) clusters_of[{index_of(f), index_of(g)}].push_back(c);
        }
      }
    }
    const std::vector<std::pair<std::pair<int, int>, std::vector<std::size_t>>> pairs(
        clusters_of.begin(), clusters_of.end());
    std::vector<std::vector<Found>> found(pairs.size());
    tbb::parallel_for(std::size_t{0}, pairs.size(), [&](std::size_t i) {
      found[i] = best_of_pair(pairs[i].first.first, pairs[i].first.second, pairs[i].second);
    });
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      for (std::size_t at = 0; at < found[i].size(); ++at) {
        Found& best = twice[pairs[i].second[at]];
        if (found[i][at].f1 > best.f1) best = found[i][at];
      }
    }
  }

  std::vector<Found> best_of_pair(int f, int g, const std::vector<std::size_t>& clusters) const {
    const TableSums all(bins(f), bins(g), sample_, 0, sample_.size());
    const std::vector<BinRange> ranges_f = ranges_of(bins(f)), ranges_g = ranges_of(bins(g));
    std::vector<Found> found;
    Sums all_within, own_within;
    for (const std::size_t c : clusters) {
      const TableSums own(bins(f), bins(g), sample_, sample_.begin[c], sample_.begin[c + 1]);
      Found best;
      for (const BinRange a : ranges_f) {
        own.within(a, own_within);
        all.within(a, all_within);
        for (const BinRange b : ranges_g) {
          const double f1 =
              f1_of(sum_of(own_within, b), sum_of(all_within, b), sample_.sessions[c]);
          if (f1 > best.f1) best = {f1, f, g, a, b};
        }
      }
      found.push_back(best);
    }
    return found;
  }

  /// Thresholds of the range or ranges, moved to where they do best.
  Thresholds refined(std::size_t c, const Found& found) const {
    Thresholds thresholds;
    add_thresholds(bins(found.f), found.a, thresholds);
    if (found.g >= 0) add_thresholds(bins(found.g), found.b, thresholds);
    thresholds.f1 = found.f1;
    for (Threshold& threshold : thresholds.conditions) {
      const FeatureBins& bins_of = bins(index_of(threshold.feature));
      refine({search_.columns, sample_, bins_of, c}, threshold, thresholds);
    }
    return thresholds;
  }

  std::vector<Condition> best_of(std::size_t c, const Found& single, const Found& twice) const {
    const std::int64_t own = sample_.sessions[c];
    const std::int64_t all =
        std::accumulate(sample_.sessions.begin(), sample_.sessions.end(), std::int64_t{0});
    if (own == 0 || single.f < 0) return {};
    Thresholds best = refined(c, single);
    if (twice.f >= 0) {
      Thresholds other = refined(c, twice);
      if (other.f1 >= best.f1 + kGain) best = std::move(other);
    }
    if (best.f1 <= f1_of(own, all, own)) return {};
    return conditions_of(best);
  }

  const RuleSearch& search_;
  std::vector<std::vector<int>> tried_;  ///< by cluster
  std::vector<int> used_;                ///< features that some cluster tries, rising
  RuleSample sample_;
  std::vector<FeatureBins> bins_;  ///< of used_
};

}  // namespace

std::vector<std::vector<Condition>> search_rules(const RuleSearch& search) {
  return RuleFinder(search).find();
}

}  // namespace covey::driver
