// What users call before a fit: the checks of the contract's limits, the summary, and loading in
// one call.
#include <cmath>
#include <string>

#include "covey/backend.h"
#include "covey/error.h"

namespace covey {
namespace {

void check_limits(std::span<const Columns> batches) {
  const auto refuse = [](const std::string& what, const std::string& fix) {
    throw Error(ErrorKind::kData, what, "points", fix);
  };
  if (batches.empty() || batches.front().features.empty())
    refuse("no features", "give at least one");
  const std::size_t d = batches.front().features.size();
  if (d > static_cast<std::size_t>(kMaxDimensions))
    refuse(std::to_string(d) + " features", "use at most " + std::to_string(kMaxDimensions));
  std::int64_t rows = 0, weight = 0;
  for (const Columns& batch : batches) {
    if (batch.features.size() != d) refuse("batches differ in their number of features", "");
    if (batch.rows < 0) refuse("a negative number of rows", "");
    if (!batch.multiplicity.empty() &&
        static_cast<std::int64_t>(batch.multiplicity.size()) != batch.rows)
      refuse("multiplicities and rows differ in number", "give one multiplicity a row");
    rows += batch.rows;
    if (batch.multiplicity.empty()) weight += batch.rows;
    for (const std::uint32_t m : batch.multiplicity) {
      if (m == 0) refuse("a multiplicity of 0", "leave that row out");
      weight += m;
    }
  }
  if (rows == 0) refuse("no rows", "give at least one");
  if (weight >= (1LL << 32))
    refuse("the multiplicities sum to " + std::to_string(weight), "stay below 2^32");
}

void add_quartiles(const Backend& backend, std::span<const Columns> batches,
                   const std::vector<bool>& log1p, Summary& summary) {
  // Linear between order statistics: quartile j of W values lies at (W - 1) j / 4, counted from 0.
  for (int f = 0; f < batches.front().dimensions(); ++f) {
    const auto at = static_cast<std::size_t>(f);
    const FixedPoint& fixed = summary.fixed[at];
    double quartile[3];
    for (int j = 1; j <= 3; ++j) {
      const std::int64_t position = (summary.weight - 1) * j;
      const std::int64_t low = position / 4, rest = position % 4;
      const std::int64_t ranks[] = {low, rest == 0 ? low : low + 1};
      const auto v =
          backend.order_statistics(batches, f, at < log1p.size() && log1p[at], fixed, ranks);
      const double between = static_cast<double>(v[0]) + (static_cast<double>(v[1]) - v[0]) *
                                                             (static_cast<double>(rest) * 0.25);
      quartile[j - 1] = fixed.middle + fixed.step * between;
    }
    summary.lower_quartile.push_back(quartile[0]);
    summary.median.push_back(quartile[1]);
    summary.upper_quartile.push_back(quartile[2]);
  }
}

}  // namespace

Summary summarise(const Backend& backend, std::span<const Columns> batches, Scaling scaling,
                  const std::vector<bool>& log1p) {
  check_limits(batches);
  if (!log1p.empty() && log1p.size() != batches.front().features.size())
    throw Error(ErrorKind::kUsage,
                std::to_string(log1p.size()) + " log1p flags for " +
                    std::to_string(batches.front().features.size()) + " features",
                "log1p", "give one flag a feature, or none");
  Summary summary;
  for (const Columns& batch : batches) {
    summary.rows += batch.rows;
    if (batch.multiplicity.empty()) summary.weight += batch.rows;
    for (const std::uint32_t m : batch.multiplicity) summary.weight += m;
  }
  summary.ranges = backend.ranges(batches, log1p);
  for (const Range& range : summary.ranges) summary.fixed.push_back(fixed_point(range));
  summary.moments = backend.moments(batches, log1p, summary.fixed);
  if (scaling == Scaling::kRobust) add_quartiles(backend, batches, log1p, summary);
  return summary;
}

std::unique_ptr<Points> load_points(const Backend& backend, const Columns& data, Scaling scaling,
                                    const LoadOptions& options) {
  const std::span<const Columns> batches(&data, 1);
  const Grid grid = make_grid(summarise(backend, batches, scaling), scaling);
  return backend.load(batches, grid, options);
}

}  // namespace covey
