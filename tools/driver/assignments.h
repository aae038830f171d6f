// assignments.parquet: a row a kept session, in the order of the files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "covey/kmeans.h"
#include "table.h"

namespace covey::driver {

/// What is known of the kept sessions; all views into the results of a run.
struct Assignments {
  const Sessions* sessions = nullptr;
  const Labels* labels = nullptr;                      ///< by tuple, with distances
  const std::vector<std::string>* personas = nullptr;  ///< names by cluster
  const std::vector<std::vector<double>>* scores =
      nullptr;                ///< by tuple: pc1, pc2 or fewer, scaled
  double cell = 1;            ///< side of a grid cell in scaled units
  bool keep_columns = false;  ///< features, channel, device type and conversion too
};

/// Columns: id (int64 or string; `row`, int64, where there are no ids), cluster (int32), persona
/// (dictionary), distance (double, scaled units), pc1, pc2 (double). Kept columns follow under
/// their own names, with "_" put after a name that is taken. Throws Error (io).
void write_assignments(const Assignments& assignments, const Mapping& mapping,
                       const std::filesystem::path& file);

/// Version of the Arrow library that is loaded.
std::string arrow_version();

}  // namespace covey::driver
