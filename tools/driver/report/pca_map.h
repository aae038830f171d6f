// The map of the personas: how all sessions lie in the plane of the first two principal components.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "covey/pca.h"
#include "results.h"
#include "table.h"

namespace covey::driver {

/// A feature tuple that is drawn as a point, for hovering. It stands for all sessions with these
/// values and names none of them.
struct MapPoint {
  double x = 0, y = 0;  ///< scores, scaled units
  int cluster = 0;
  std::int64_t sessions = 0;
  std::vector<double> values;  ///< of PcaMap::point_features, original units
};

struct PcaMap {
  ScoreHistogram histogram;  ///< of every session
  /// Shares of the total variance of the axes drawn, one or two.
  std::vector<double> variance_ratio;
  /// By axis: features by the size of their loading, largest first.
  std::vector<std::vector<std::pair<int, double>>> loadings;
  std::vector<std::array<double, 2>> centroids;  ///< scores by cluster
  std::vector<int> point_features;               ///< of which values stand with the points
  std::vector<MapPoint> points;                  ///< at most kMaxMapPoints, stratified by persona
};

inline constexpr int kMaxMapPoints = 5000;
inline constexpr int kMaxPointFeatures = 6;

/// Absent where there is no projection. Throws Error (internal) where the histogram does not hold
/// every session of every persona.
std::optional<PcaMap> make_pca_map(const Sessions& sessions, const Prepared& prepared,
                                   const Segmentation& segmentation, const Profile& profile);

/// The map as a PNG file, on white, in a frame, coarser where few sessions lie in a cell: colours
/// of the personas mixed by count, the stronger the larger the logarithm of the count; centroids as
/// discs.
std::string pca_png(const PcaMap& map);

/// By how much the page's pictures are coarser than the histogram, in both directions.
inline constexpr int kPageReduction = 2;

/// The map as a PNG file to lie in the page, which draws axes and centroids: kPageReduction
/// coarser, empty cells transparent. Its edges are the ranges of the histogram.
std::string page_png(const PcaMap& map);

/// persona_planes (density_image.h) of the same cells as page_png, as PNG files by cluster, and the
/// largest count of a cell by which the planes are scaled.
struct PagePlanes {
  std::vector<std::string> png;
  std::int64_t largest = 0;
};
PagePlanes page_planes(const PcaMap& map);

}  // namespace covey::driver
