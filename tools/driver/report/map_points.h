// The feature tuples that are drawn as points: a sample by persona in which the order of rows plays
// no part.
#pragma once

#include <cstdint>
#include <vector>

#include "covey/points.h"
#include "report/pca_map.h"

namespace covey::driver {

/// How many points each cluster gets at most: a quarter of `points` is shared out evenly, the rest
/// by sessions.
std::vector<std::int64_t> point_quotas(const std::vector<std::int64_t>& sessions,
                                       std::int64_t points);

/// The features with the largest shares of variance between personas, at most kMaxPointFeatures,
/// in the order of features.
std::vector<int> point_features(const std::vector<double>& eta_squared);

/// Of each cluster the `quota` distinct tuples of lowest hash, by cluster and then by value. Rows
/// with equal values are one point, whose sessions are all of theirs. Values are those of
/// `features`.
std::vector<MapPoint> map_points(const Columns& columns, const Segmentation& segmentation,
                                 const std::vector<std::int64_t>& quota,
                                 const std::vector<int>& features);

}  // namespace covey::driver
