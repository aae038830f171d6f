// Stage 2: moments, the grid, and the points where the back end computes.
#include <algorithm>

#include <fmt/format.h>

#include "covey/error.h"
#include "stages.h"

namespace covey::driver {
namespace {

std::vector<bool> log1p_flags(const Sessions& sessions, const std::vector<std::string>& names) {
  const auto& features = sessions.feature_names;
  std::vector<bool> flags(features.size(), false);
  for (const std::string& name : names) {
    const auto at = std::find(features.begin(), features.end(), name);
    if (at == features.end()) {
      throw Error(ErrorKind::kUsage, fmt::format("'{}' is not one of the features", name),
                  "--log1p", fmt::format("name some of {}", fmt::join(features, ", ")));
    }
    flags[at - features.begin()] = true;
  }
  return flags;
}

void refuse_equal_rows(const Sessions& sessions, const Grid& grid) {
  const bool varies = std::any_of(grid.features.begin(), grid.features.end(),
                                  [](const GridFeature& feature) { return !feature.constant; });
  if (varies) return;
  throw Error(ErrorKind::kData,
              fmt::format("all {} rows are equal in every feature: there is nothing to cluster",
                          sessions.rows()),
              fmt::format("features {}", fmt::join(sessions.feature_names, ", ")),
              "choose features that vary");
}

}  // namespace

Columns columns_of(const Sessions& sessions) {
  Columns columns;
  columns.rows = sessions.tuples();
  for (const auto& feature : sessions.features) columns.features.push_back({feature.data(), 1});
  columns.multiplicity = sessions.tuple.empty() ? sessions.multiplicity : sessions.tuple_weight;
  return columns;
}

Summary summary_of(const Backend& backend, const Sessions& sessions, Scaling scaling,
                   const std::vector<bool>& log1p) {
  const Columns columns = columns_of(sessions);
  try {
    return summarise(backend, {&columns, 1}, scaling, log1p);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData || sessions.tuple.empty()) throw;
  }
  // The error names a tuple. Rows, at their length, have it name the first such row.
  Sessions rows;
  rows.multiplicity = sessions.multiplicity;
  for (const auto& feature : sessions.features) {
    auto& values = rows.features.emplace_back();
    values.reserve(sessions.tuple.size());
    for (const std::uint32_t tuple : sessions.tuple) values.push_back(feature[tuple]);
  }
  const Columns all = columns_of(rows);
  return summarise(backend, {&all, 1}, scaling, log1p);
}

Summary original_summary(const Backend& backend, const Columns& columns, const Summary& summary,
                         const Grid& grid) {
  const bool transformed = std::any_of(grid.features.begin(), grid.features.end(),
                                       [](const GridFeature& feature) { return feature.log1p; });
  return transformed ? summarise(backend, {&columns, 1}, Scaling::kNone) : summary;
}

Prepared prepare(const Backend& backend, const Sessions& sessions, const SegmentOptions& options) {
  const std::vector<bool> log1p = log1p_flags(sessions, options.log1p);
  const Columns columns = columns_of(sessions);
  Prepared prepared;
  prepared.summary = summary_of(backend, sessions, options.scaling, log1p);
  prepared.grid = make_grid(prepared.summary, options.scaling, log1p);
  refuse_equal_rows(sessions, prepared.grid);
  prepared.original = original_summary(backend, columns, prepared.summary, prepared.grid);
  prepared.points = backend.load({&columns, 1}, prepared.grid, {});

  const auto saturated = prepared.points->saturated();
  for (std::size_t f = 0; f < sessions.features.size(); ++f) {
    const std::string& name = sessions.feature_names[f];
    if (prepared.grid.features[f].constant) {
      prepared.warnings.push_back(
          fmt::format("feature '{}' is {} in every row: it tells no sessions apart", name,
                      sessions.features[f].front()));
    }
    if (saturated[f] > 0) {
      prepared.warnings.push_back(fmt::format(
          "feature '{}': {} value{} more than {:.0f} scale units from the centre, beyond the grid, "
          "count as its edge",
          name, saturated[f], saturated[f] == 1 ? "" : "s", kGridLimit * prepared.grid.cell()));
    }
  }
  return prepared;
}

}  // namespace covey::driver
