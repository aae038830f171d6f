// model.json: all that is needed to label new sessions as the fit labelled its own, and nothing
// that depends on where, when or on what machine the fit ran.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "covey/grid.h"
#include "covey/kmeans.h"
#include "covey/pca.h"
#include "results.h"
#include "table.h"

namespace covey::driver {

inline constexpr int kModelFormat = 1;

struct Model {
  std::string version;  ///< of the covey that wrote it
  std::vector<std::string> features;
  /// Names of the other columns; the id column is left out.
  std::string channel_column, device_type_column, conversion_column, multiplicity_column;
  std::map<std::string, ColumnRule> rules;  ///< of the features and the conversion column
  std::map<std::string, double> medians;    ///< by feature, for imputation
  Grid grid;
  Centroids centroids;               ///< grid units
  std::vector<std::int64_t> counts;  ///< by cluster, multiplicities counted
  Int128 inertia = 0;                ///< grid units
  int iterations = 0;
  Stop stop = Stop::kLimit;
  int restart = 0;
  std::vector<std::string> personas;                ///< names by cluster
  Pca pca;                                          ///< of at most two components
  std::vector<std::string> channels, device_types;  ///< names, sorted by bytes
  std::uint64_t seed = 1;
  int restarts = 1;
  Start start = Start::kPlusPlus;
  int max_iterations = 300;
  double tolerance = 0;
  std::int64_t rows = 0, weight = 0;  ///< that the model was fitted on
  std::array<std::uint64_t, 2> data_hash{};

  int k() const { return centroids.k; }
};

Model make_model(const IngestOptions& ingest, const SegmentOptions& options,
                 const Sessions& sessions, const Prepared& prepared,
                 const Segmentation& segmentation, const Profile& profile);

/// Text of model.json: keys in a fixed order, doubles in the shortest form that reads back to the
/// same bits.
std::string to_text(const Model& model);

/// Throws Error (data) where the text is not a model of this format: no JSON, another version, a
/// key that is missing or has the wrong type, shapes that do not fit together, grid coordinates out
/// of range. `where` names it in messages.
Model model_from_text(const std::string& text, const std::string& where);

/// Reads model.json, or the one in a folder of results. Throws Error (io) where it cannot be read,
/// else as model_from_text.
Model read_model(const std::string& path);

/// 32 hexadecimal digits, high word first.
std::string hash_text(const std::array<std::uint64_t, 2>& hash);

const char* start_name(Start start);
const char* stop_name(Stop stop);
/// The start of that name ("kmeans++", "random"); throws Error (usage) for any other.
Start start_from_name(const std::string& name);

}  // namespace covey::driver
