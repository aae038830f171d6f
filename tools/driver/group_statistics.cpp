#include "group_statistics.h"

#include "stages.h"
#include "statistics.h"

namespace covey::driver {

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

GroupStatistics group_statistics(const Backend& backend, const Sessions& sessions,
                                 const Prepared& prepared, std::span<const std::int32_t> group,
                                 int groups) {
  const Columns columns = columns_of(sessions);
  GroupStatistics result;
  result.dimensions = columns.dimensions();
  result.fixed = prepared.original.fixed;
  result.sums = backend.sums_by_group({&columns, 1}, result.fixed, group, groups);
  if (!sessions.conversion.empty()) {
    result.conversions.assign(groups, 0);
    for (std::int64_t row = 0; row < columns.rows; ++row) {
      if (sessions.conversion[row] != 0) result.conversions[group[row]] += columns.weight(row);
    }
  }
  return result;
}

}  // namespace covey::driver
