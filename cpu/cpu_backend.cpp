// The cpu back end's operations over columns: ranges, moments, order statistics, sums by group,
// loading.
#include <algorithm>
#include <limits>

#include "backends.h"
#include "cpu_points.h"
#include "values.h"

namespace covey::internal {
namespace {

constexpr std::int64_t kGrain = 16'384;

bool asked(const std::vector<bool>& log1p, std::size_t f) { return f < log1p.size() && log1p[f]; }

/// The first cell, by row, then feature, that the contract refuses.
struct BadCell {
  std::int64_t row = std::numeric_limits<std::int64_t>::max();
  int feature = 0;
  double value = 0;

  void meet(const BadCell& other) {
    if (other.row < row || (other.row == row && other.feature < feature)) *this = other;
  }
};

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(const BackendOptions& options)
      : threads_(std::make_shared<Threads>(options.threads)),
        kernels_(kernels_for(options.hooks.simd_target)),
        hooks_(options.hooks) {}

  std::string name() const override { return "cpu"; }
  std::string device() const override {
    const int count = threads_->count();
    return std::string(kernels_.target) + ", " + std::to_string(count) +
           (count == 1 ? " thread" : " threads");
  }

  std::vector<Range> ranges(std::span<const Columns> batches,
                            const std::vector<bool>& log1p) const override {
    const std::size_t d = batches.front().features.size();
    auto parts = for_workers(std::vector<Range>(d));
    auto bad = for_workers(BadCell());
    for_pieces(batches, [&](const Columns& batch, const Piece& piece, std::int64_t first, auto w) {
      for (std::size_t f = 0; f < d; ++f) {
        const bool log = asked(log1p, f);
        const double least = least_value(log);
        Range range;
        for (std::int64_t row = piece.begin; row < piece.end; ++row) {
          const double x = batch.features[f][row];
          if (x >= least && x <= kMaxValue)
            range.include(transformed(x, log));
          else
            bad[w].meet({first + row, static_cast<int>(f), x});
        }
        parts[w][f].include(range);
      }
    });
    for (const BadCell& cell : bad) bad[0].meet(cell);
    if (bad[0].row != BadCell().row)
      refuse_value(bad[0].value, asked(log1p, static_cast<std::size_t>(bad[0].feature)), bad[0].row,
                   bad[0].feature);
    for (const auto& part : parts) {
      for (std::size_t f = 0; f < d; ++f) parts[0][f].include(part[f]);
    }
    return parts[0];
  }

  std::vector<Moments> moments(std::span<const Columns> batches, const std::vector<bool>& log1p,
                               std::span<const FixedPoint> fixed) const override {
    auto parts = for_workers(std::vector<Moments>(fixed.size()));
    for_pieces(batches, [&](const Columns& batch, const Piece& piece, std::int64_t, auto w) {
      for (std::size_t f = 0; f < fixed.size(); ++f) {
        const bool log = asked(log1p, f);
        Moments sums;
        for (std::int64_t row = piece.begin; row < piece.end; ++row)
          sums.add(fixed[f].split(transformed(batch.features[f][row], log)), batch.weight(row));
        parts[w][f].add(sums);
      }
    });
    for (std::size_t w = 1; w < parts.size(); ++w) {
      for (std::size_t f = 0; f < fixed.size(); ++f) parts[0][f].add(parts[w][f]);
    }
    return parts[0];
  }

  std::vector<std::int32_t> order_statistics(std::span<const Columns> batches, int feature,
                                             bool log1p, const FixedPoint& fixed,
                                             std::span<const std::int64_t> ranks) const override {
    const auto feature_at = static_cast<std::size_t>(feature);
    const auto value_of = [&](const Columns& batch, std::int64_t row) {
      return fixed.split(transformed(batch.features[feature_at][row], log1p)).v;
    };
    // Weights by the upper bits of v, then, where a rank falls, by all bits.
    constexpr int kLowBits = 15;
    constexpr std::size_t kLow = std::size_t{1} << kLowBits,
                          kBins = (std::size_t{2} << kLowBits) + 1;
    const auto from_zero = [](std::int32_t v) { return static_cast<std::size_t>(v + (1LL << 30)); };
    std::vector<std::vector<std::int64_t>> counts = for_workers(std::vector<std::int64_t>(kBins));
    for_pieces(batches, [&](const Columns& batch, const Piece& piece, std::int64_t, auto w) {
      for (std::int64_t row = piece.begin; row < piece.end; ++row)
        counts[w][from_zero(value_of(batch, row)) >> kLowBits] += batch.weight(row);
    });
    for (std::size_t w = 1; w < counts.size(); ++w) add(counts[0], counts[w]);
    std::vector<std::int32_t> slot(kBins, -1);                 // of the bins that hold a rank
    std::vector<std::pair<std::size_t, std::int64_t>> opened;  // by rank: bin, weight below it
    std::int32_t slots = 0;
    std::size_t bin = 0;
    std::int64_t below = 0;
    for (const std::int64_t rank : ranks) {
      while (below + counts[0][bin] <= rank) below += counts[0][bin++];
      if (slot[bin] < 0) slot[bin] = slots++;
      opened.emplace_back(bin, below);
    }
    auto fine = for_workers(std::vector<std::int64_t>(static_cast<std::size_t>(slots) * kLow));
    for_pieces(batches, [&](const Columns& batch, const Piece& piece, std::int64_t, auto w) {
      for (std::int64_t row = piece.begin; row < piece.end; ++row) {
        const std::size_t v = from_zero(value_of(batch, row));
        const std::int32_t to = slot[v >> kLowBits];
        if (to >= 0) fine[w][static_cast<std::size_t>(to) * kLow + v % kLow] += batch.weight(row);
      }
    });
    for (std::size_t w = 1; w < fine.size(); ++w) add(fine[0], fine[w]);
    std::vector<std::int32_t> found;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      const auto [of, before] = opened[i];
      const std::int64_t* count = fine[0].data() + static_cast<std::size_t>(slot[of]) * kLow;
      std::size_t low = 0;
      for (std::int64_t left = ranks[i] - before; left >= count[low]; ++low) left -= count[low];
      found.push_back(
          static_cast<std::int32_t>(static_cast<std::int64_t>(of * kLow + low) - (1LL << 30)));
    }
    return found;
  }

  std::unique_ptr<Points> load(std::span<const Columns> batches, const Grid& grid,
                               const LoadOptions& options) const override {
    return std::make_unique<CpuPoints>(
        grid, threads_, kernels_, hooks_,
        quantise_rows(*threads_, kernels_, batches, grid, hooks_.hash_mask), options);
  }

  GroupSums sums_by_group(std::span<const Columns> batches, std::span<const FixedPoint> fixed,
                          std::span<const std::int32_t> group, int groups) const override {
    const std::size_t d = fixed.size();
    GroupSums empty;
    empty.weight.assign(static_cast<std::size_t>(groups), 0);
    empty.sum_v.assign(static_cast<std::size_t>(groups) * d, 0);
    empty.sum_r = empty.sum_v;
    auto parts = for_workers(empty);
    for_pieces(batches, [&](const Columns& batch, const Piece& piece, std::int64_t first, auto w) {
      GroupSums& part = parts[w];
      const std::int32_t* of_row = group.data() + first;
      for (std::int64_t row = piece.begin; row < piece.end; ++row)
        part.weight[static_cast<std::size_t>(of_row[row])] += batch.weight(row);
      for (std::size_t f = 0; f < d; ++f) {
        for (std::int64_t row = piece.begin; row < piece.end; ++row) {
          const auto limbs = fixed[f].split(batch.features[f][row]);
          const std::int64_t m = batch.weight(row);
          const std::size_t at = static_cast<std::size_t>(of_row[row]) * d + f;
          part.sum_v[at] += m * limbs.v;
          part.sum_r[at] += m * limbs.r;
        }
      }
    });
    for (std::size_t w = 1; w < parts.size(); ++w) {
      add(parts[0].weight, parts[w].weight);
      add(parts[0].sum_v, parts[w].sum_v);
      add(parts[0].sum_r, parts[w].sum_r);
    }
    return parts[0];
  }

 private:
  template <class Value>
  std::vector<Value> for_workers(const Value& value) const {
    return std::vector<Value>(static_cast<std::size_t>(threads_->count()), value);
  }

  /// visit(batch, piece of its rows, number of its first row, worker)
  template <class Visit>
  void for_pieces(std::span<const Columns> batches, const Visit& visit) const {
    std::int64_t first = 0;
    for (const Columns& batch : batches) {
      threads_->for_each(Piece::count(kGrain, batch.rows), [&](std::int64_t task, int worker) {
        visit(batch, Piece(task, kGrain, batch.rows), first, static_cast<std::size_t>(worker));
      });
      first += batch.rows;
    }
  }

  static void add(std::vector<std::int64_t>& total, const std::vector<std::int64_t>& part) {
    std::transform(total.begin(), total.end(), part.begin(), total.begin(), std::plus<>());
  }

  std::shared_ptr<const Threads> threads_;
  const Kernels& kernels_;
  TestHooks hooks_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(const BackendOptions& options) {
  return std::make_unique<CpuBackend>(options);
}

}  // namespace covey::internal
