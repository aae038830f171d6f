#include "report/pca_map.h"

#include "covey/error.h"

namespace covey::driver {

std::optional<PcaMap> make_pca_map(const Sessions& sessions, const Prepared& prepared,
                                   const Segmentation& segmentation, const Profile& profile) {
  if (segmentation.pca.components == 0) return std::nullopt;
  PcaMap map;
  map.histogram =
      histogram_scores(*prepared.points, segmentation.pca, segmentation.model.centroids, 480, 360);
  map.variance_ratio = segmentation.pca.variance_ratio;
  (void)sessions;
  (void)profile;
  return map;
}

std::string pca_png(const PcaMap&) { return ""; }

}  // namespace covey::driver
