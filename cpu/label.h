// Labels and exact distances of all points of a set of blocks.
#pragma once

#include <cstdint>
#include <vector>

#include "blocks.h"
#include "boxes.h"
#include "covey/kmeans.h"
#include "cpu_points.h"
#include "kernels.h"
#include "rules.h"
#include "threads.h"

namespace covey::internal {

/// What a labelling pass works with.
struct Labelling {
  const Threads& threads;
  const Kernels& kernels;
  bool certify;
  AssignStatistics& statistics;
};

/// Cluster of each point (padded to whole blocks) and, where asked, its exact squared distance to
/// the centroid, and the sums of all clusters.
void label_points(const Labelling& with, const Blocks& points, const Boxes& boxes,
                  const Centroids& centroids, std::vector<std::int32_t>& label,
                  std::vector<std::int64_t>* distance, ClusterSums* sums = nullptr);

}  // namespace covey::internal
