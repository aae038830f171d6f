// The stages of a run, each a function from earlier results to its own. pipeline.cpp holds the
// calls in order.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "report/pca_map.h"
#include "results.h"
#include "table.h"

namespace covey::driver {

/// What a back end makes of the sessions: all that is left to do is to write it down.
struct Computed {
  Prepared prepared;
  Segmentation segmentation;
  Profile profile;
  Attribution attribution;
  Money money;
  std::vector<Recommendation> recommendations;
  std::optional<PcaMap> map;  ///< where a report is wanted
};

Prepared prepare(const Backend& backend, const Sessions& sessions, const SegmentOptions& options);

/// Summary of the sessions. Throws as summarise does, naming a row.
Summary summary_of(const Backend& backend, const Sessions& sessions, Scaling scaling,
                   const std::vector<bool>& log1p);

/// Summary of the values as they stand: `summary` itself where no feature of the grid goes through
/// log1p.
Summary original_summary(const Backend& backend, const Columns& columns, const Summary& summary,
                         const Grid& grid);

/// What the engine is asked for.
KMeansOptions kmeans_options(const SegmentOptions& options, std::vector<int> k);

Segmentation segment(const Backend& backend, Prepared& prepared, const SegmentOptions& options);

Profile profile(const Backend& backend, const Sessions& sessions, const Prepared& prepared,
                const Segmentation& segmentation);

Attribution attribute(const Sessions& sessions, const Prepared& prepared,
                      const Segmentation& segmentation, const Profile& personas,
                      const AnalysisOptions& analysis);

/// Throws Error (usage) where a channel that the user says is paid for is not in the data.
void require_known_channels(const std::vector<std::string>& paid, const Category& channel);

/// What follows from the findings; the rules are in docs/statistics.md.
std::vector<Recommendation> recommend(const Segmentation& segmentation, const Profile& profile,
                                      const Attribution& attribution, const Money& money,
                                      const AnalysisOptions& analysis);

/// View of the sessions' tuples for the engine; valid while `sessions` lives.
Columns columns_of(const Sessions& sessions);

}  // namespace covey::driver
