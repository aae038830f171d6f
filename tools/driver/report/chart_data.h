// What the page's script draws from: figures by persona, channel, device type and k, as JSON.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "pipeline.h"
#include "report/pca_map.h"

namespace covey::driver {

// How much of the data charts show, so that the page stays small whatever they are.
inline constexpr std::size_t kMaxChartPersonas = 40;  ///< the largest
inline constexpr std::size_t kMaxChartFeatures = 30;  ///< those of the largest eta squared
inline constexpr std::size_t kMaxChartGroups = 40;    ///< channels, device types: the largest
inline constexpr std::size_t kMaxChartPlanes = 12;    ///< personas, for each to be mixed on the map
inline constexpr int kMaxChartName = 120;             ///< columns of a name

/// Positions in profile.personas of the personas that charts show, rising.
std::vector<std::size_t> shown_personas(const Profile& profile);

/// Features that charts show, rising.
std::vector<std::size_t> shown_features(const Profile& profile);

/// An object of
///   personas   those shown: cluster, name, color, sessions, share, mean and z by feature shown,
///              rate, low, high
///   features   names of those shown
///   overall    mean by feature shown, rate, low, high
///   channels, devices  name, sessions, share, rate, low, high
///   composition  share, residual, sessions: each by channel, then by persona
///   k          by k: k, chosen, silhouette, davies_bouldin, calinski_harabasz, gap, gap_error,
///              jaccard (the least of a persona), ari
///   money      return on spend of channels: channel, value, low, high
///   map        null, or x and y (ranges), axes, planes (gray PNG files by persona, base64; see
///              persona_planes), plane_max, centroids by persona, features, points (cluster, x, y,
///              sessions, values, each by point)
/// with null for what is absent or infinite. Nothing in it grows with the number of sessions. Names
/// are cut, and what one may not see in them is written out. `map` may be null.
nlohmann::ordered_json chart_data(const RunResult& result, const PcaMap* map);

/// As text that may stand in a script element of a page: no "<" in it, invalid UTF-8 replaced.
std::string script_json(const nlohmann::ordered_json& data);

}  // namespace covey::driver
