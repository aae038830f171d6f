#include "group_statistics.h"

#include <algorithm>

#include "row_sums.h"
#include "stages.h"
#include "statistics.h"

namespace covey::driver {

namespace {

/// Conversions of each group, multiplicities counted; empty where there is no such column.
std::vector<std::int64_t> conversions_by(const Sessions& sessions,
                                         std::span<const std::int32_t> group, int groups) {
  if (sessions.conversion.empty()) return {};
  const std::vector<std::int64_t> none(groups, 0);
  return sum_over_rows(
      sessions, none,
      [&](std::size_t row, std::vector<std::int64_t>& counts) {
        counts[group[sessions.tuple_of(row)]] +=
            std::int64_t{sessions.conversion[row]} * sessions.weight_of(row);
      },
      add_entries);
}

/// Adds a row's limbs, feature by feature, to its group's sums. fetch(tuple) is called some rows
/// ahead: tuples are met in no order, and memory would be waited for.
template <typename LimbsOf, typename Fetch>
GroupSums sums_by_code(const Sessions& sessions, const std::vector<std::int32_t>& code, int groups,
                       std::size_t d, LimbsOf limbs_of, Fetch fetch) {
  constexpr std::size_t kAhead = 16;
  const auto last = static_cast<std::size_t>(sessions.rows()) - 1;
  const GroupSums none{std::vector<std::int64_t>(groups, 0),
                       std::vector<std::int64_t>(groups * d, 0),
                       std::vector<std::int64_t>(groups * d, 0)};
  return sum_over_rows(
      sessions, none,
      [&](std::size_t row, GroupSums& sums) {
        fetch(sessions.tuple_of(std::min(row + kAhead, last)));
        const std::size_t tuple = sessions.tuple_of(row);
        const std::int64_t weight = sessions.weight_of(row);
        const auto group = static_cast<std::size_t>(code[row]);
        sums.weight[group] += weight;
        std::int64_t* sum_v = &sums.sum_v[group * d];
        std::int64_t* sum_r = &sums.sum_r[group * d];
        for (std::size_t f = 0; f < d; ++f) {
          const FixedPoint::Limbs limbs = limbs_of(tuple, f);
          sum_v[f] += weight * limbs.v;
          sum_r[f] += weight * limbs.r;
        }
      },
      [](GroupSums& a, const GroupSums& b) {
        add_entries(a.weight, b.weight);
        add_entries(a.sum_v, b.sum_v);
        add_entries(a.sum_r, b.sum_r);
      });
}

/// The integers of Backend::sums_by_group, of rows grouped by code.
GroupSums sums_by_code(const Sessions& sessions, const std::vector<FixedPoint>& fixed,
                       const std::vector<std::int32_t>& code, int groups) {
  const std::size_t d = fixed.size();
  const auto split = [&](std::size_t tuple, std::size_t f) {
    return fixed[f].split(sessions.features[f][tuple]);
  };
  // Where tuples are few, each is split once, and its limbs stand side by side in memory.
  constexpr std::int64_t kFew = 4;
  if (sessions.tuples() * kFew > sessions.rows())
    return sums_by_code(sessions, code, groups, d, split, [](std::size_t) {});
  std::vector<FixedPoint::Limbs> limbs;
  limbs.reserve(static_cast<std::size_t>(sessions.tuples()) * d);
  for (std::size_t tuple = 0; tuple < static_cast<std::size_t>(sessions.tuples()); ++tuple) {
    for (std::size_t f = 0; f < d; ++f) limbs.push_back(split(tuple, f));
  }
  return sums_by_code(
      sessions, code, groups, d,
      [&](std::size_t tuple, std::size_t f) { return limbs[tuple * d + f]; },
      [&](std::size_t tuple) { __builtin_prefetch(&limbs[tuple * d]); });
}

}  // namespace

Rate GroupStatistics::conversion(int group) const {
  return conversions.empty() ? Rate{} : wilson(conversions[group], sessions(group));
}

std::vector<double> GroupStatistics::mean(int group) const {
  std::vector<double> means;
  for (int f = 0; f < dimensions; ++f) {
    const std::size_t at = static_cast<std::size_t>(group) * dimensions + f;
    means.push_back(fixed[f].mean(sums.sum_v[at], sums.sum_r[at], sessions(group)) + 0.0);
  }
  return means;
}

std::vector<double> GroupStatistics::overall_mean() const {
  std::vector<double> means;
  for (int f = 0; f < dimensions; ++f) {
    std::int64_t sum_v = 0, sum_r = 0, weight = 0;
    for (std::size_t g = 0; g < sums.weight.size(); ++g) {
      sum_v += sums.sum_v[g * dimensions + f];
      sum_r += sums.sum_r[g * dimensions + f];
      weight += sums.weight[g];
    }
    means.push_back(fixed[f].mean(sum_v, sum_r, weight) + 0.0);
  }
  return means;
}

GroupStatistics label_statistics(const Backend& backend, const Sessions& sessions,
                                 const Prepared& prepared, std::span<const std::int32_t> group,
                                 int groups) {
  const Columns columns = columns_of(sessions);
  GroupStatistics result;
  result.dimensions = columns.dimensions();
  result.fixed = prepared.original.fixed;
  result.sums = backend.sums_by_group({&columns, 1}, result.fixed, group, groups);
  result.conversions = conversions_by(sessions, group, groups);
  return result;
}

GroupStatistics category_statistics(const Sessions& sessions, const Prepared& prepared,
                                    const Category& category) {
  const int groups = static_cast<int>(category.names.size());
  GroupStatistics result;
  result.dimensions = static_cast<int>(sessions.features.size());
  result.fixed = prepared.original.fixed;
  result.sums = sums_by_code(sessions, result.fixed, category.code, groups);
  return result;
}

}  // namespace covey::driver
