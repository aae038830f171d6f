// Steps 1 to 3 of the contract for the reference: ranges, moments, quantised rows, distinct rows,
// sums by group.
#include <algorithm>
#include <numeric>

#include "backends.h"
#include "reference.h"
#include "values.h"

namespace covey::internal {
namespace {

bool asked(const std::vector<bool>& log1p, std::size_t f) { return f < log1p.size() && log1p[f]; }

/// Distinct points in lexicographic order, with the sums of their multiplicities.
GridRows distinct_rows(const GridRows& rows) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows.rows()));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return compare_points(rows.row(a), rows.row(b), rows.d) < 0;
  });
  GridRows distinct{rows.d, {}, {}};
  const std::int32_t* last = nullptr;
  for (const std::int64_t i : order) {
    if (last == nullptr || compare_points(last, rows.row(i), rows.d) != 0) {
      last = rows.row(i);
      distinct.q.insert(distinct.q.end(), last, last + rows.d);
      distinct.multiplicity.push_back(0);
    }
    distinct.multiplicity.back() += rows.multiplicity[static_cast<std::size_t>(i)];
  }
  return distinct;
}

class ReferenceBackend final : public Backend {
 public:
  explicit ReferenceBackend(std::uint64_t hash_mask) : hash_mask_(hash_mask) {}

  std::string name() const override { return "reference"; }
  std::string device() const override { return "plain loops, 1 thread"; }

  std::vector<Range> ranges(std::span<const Columns> batches,
                            const std::vector<bool>& log1p) const override {
    std::vector<Range> ranges(batches.front().features.size());
    std::int64_t first_row = 0;
    for (const Columns& batch : batches) {
      for (std::int64_t row = 0; row < batch.rows; ++row) {
        for (std::size_t f = 0; f < ranges.size(); ++f)
          ranges[f].include(checked_value(batch.features[f][row], asked(log1p, f), first_row + row,
                                          static_cast<int>(f)));
      }
      first_row += batch.rows;
    }
    return ranges;
  }

  std::vector<Moments> moments(std::span<const Columns> batches, const std::vector<bool>& log1p,
                               std::span<const FixedPoint> fixed) const override {
    std::vector<Moments> moments(fixed.size());
    for (const Columns& batch : batches) {
      for (std::size_t f = 0; f < fixed.size(); ++f) {
        for (std::int64_t row = 0; row < batch.rows; ++row)
          moments[f].add(fixed[f].split(transformed(batch.features[f][row], asked(log1p, f))),
                         batch.weight(row));
      }
    }
    return moments;
  }

  std::vector<std::int32_t> order_statistics(std::span<const Columns> batches, int feature,
                                             bool log1p, const FixedPoint& fixed,
                                             std::span<const std::int64_t> ranks) const override {
    std::vector<std::pair<std::int32_t, std::int64_t>> values;  // v, multiplicity
    for (const Columns& batch : batches) {
      const Column& column = batch.features[static_cast<std::size_t>(feature)];
      for (std::int64_t row = 0; row < batch.rows; ++row)
        values.emplace_back(fixed.split(transformed(column[row], log1p)).v, batch.weight(row));
    }
    std::sort(values.begin(), values.end());
    std::vector<std::int32_t> found;
    std::int64_t before = 0;
    std::size_t at = 0;
    for (const std::int64_t rank : ranks) {
      while (before + values[at].second <= rank) before += values[at++].second;
      found.push_back(values[at].first);
    }
    return found;
  }

  std::unique_ptr<Points> load(std::span<const Columns> batches, const Grid& grid,
                               const LoadOptions&) const override {
    check_shape(batches, grid);
    GridRows rows{grid.dimensions(), {}, {}};
    std::vector<std::int64_t> saturated(grid.features.size(), 0);
    for (const Columns& batch : batches) {
      for (std::int64_t row = 0; row < batch.rows; ++row) {
        for (int f = 0; f < rows.d; ++f) {
          const auto at = static_cast<std::size_t>(f);
          const GridFeature& feature = grid.features[at];
          bool cut = false;
          rows.q.push_back(feature.constant
                               ? 0
                               : Grid::quantise(transformed(batch.features[at][row], feature.log1p),
                                                feature.offset, grid.factor(f), cut));
          if (cut) saturated[at] += batch.weight(row);
        }
        rows.multiplicity.push_back(batch.weight(row));
      }
    }
    return std::make_unique<ReferencePoints>(grid, std::move(rows), std::move(saturated),
                                             hash_mask_);
  }

  GroupSums sums_by_group(std::span<const Columns> batches, std::span<const FixedPoint> fixed,
                          std::span<const std::int32_t> group, int groups) const override {
    const std::size_t d = fixed.size();
    GroupSums sums;
    sums.weight.resize(static_cast<std::size_t>(groups));
    sums.sum_v.resize(static_cast<std::size_t>(groups) * d);
    sums.sum_r.resize(static_cast<std::size_t>(groups) * d);
    std::size_t i = 0;
    for (const Columns& batch : batches) {
      for (std::int64_t row = 0; row < batch.rows; ++row, ++i) {
        const auto g = static_cast<std::size_t>(group[i]);
        const std::int64_t m = batch.weight(row);
        sums.weight[g] += m;
        for (std::size_t f = 0; f < d; ++f) {
          const auto limbs = fixed[f].split(batch.features[f][row]);
          sums.sum_v[g * d + f] += m * limbs.v;
          sums.sum_r[g * d + f] += m * limbs.r;
        }
      }
    }
    return sums;
  }

 private:
  std::uint64_t hash_mask_;
};

}  // namespace

ReferencePoints::ReferencePoints(Grid grid, GridRows rows, std::vector<std::int64_t> saturated,
                                 std::uint64_t hash_mask)
    : grid_(std::move(grid)),
      rows_(std::move(rows)),
      distinct_(distinct_rows(rows_)),
      saturated_(std::move(saturated)),
      hash_mask_(hash_mask) {
  for (const std::uint32_t m : rows_.multiplicity) weight_ += m;
}

std::unique_ptr<Backend> make_reference_backend(const BackendOptions& options) {
  return std::make_unique<ReferenceBackend>(options.hooks.hash_mask);
}

}  // namespace covey::internal
