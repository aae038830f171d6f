// What the later stages produce: prepared points, the segmentation, persona profiles and
// attribution tables.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "covey/backend.h"
#include "covey/grid.h"
#include "covey/kmeans.h"
#include "covey/pca.h"
#include "table.h"

namespace covey::driver {

/// Engine options of a run.
struct SegmentOptions {
  BackendOptions backend;
  std::vector<int> k = {2, 3, 4, 5, 6, 7, 8, 9, 10};
  int restarts = 10;
  Scaling scaling = Scaling::kStandard;
  std::vector<std::string> log1p;  ///< feature names
  Start start = Start::kPlusPlus;
  std::uint64_t seed = 1;
  int max_iterations = 300;
  double tolerance = 0;
};

/// prepare: moments, grid, points where the back end computes.
struct Prepared {
  Summary summary;   ///< after log1p where asked: what the grid was made from
  Summary original;  ///< of the values as they stand: what people read
  Grid grid;
  std::unique_ptr<Points> points;
  std::vector<std::string> warnings;
};

/// One row of the table that chose k.
struct KChoice {
  int k = 0;
  double inertia = 0;  ///< scaled units
  double calinski_harabasz = 0;
  int iterations = 0;
  bool chosen = false;
};

/// segment: the chosen model; label and projection of every feature tuple.
struct Segmentation {
  KMeansModel model;
  std::vector<KChoice> choices;
  Labels labels;  ///< by tuple; distance in squared grid units
  Pca pca;
  std::vector<std::vector<double>> scores;  ///< pc1, pc2 (pc2 absent where d = 1), scaled units
  std::vector<std::string> warnings;
};

/// A proportion successes / trials with its 95 % Wilson interval.
struct Rate {
  std::int64_t successes = 0;
  std::int64_t trials = 0;
  double value = 0, low = 0, high = 0;
};

/// A row of personas.csv.
struct Persona {
  int cluster = 0;
  std::string name;
  std::int64_t sessions = 0;
  double share = 0;
  std::vector<double> mean;  ///< by feature, original units
  std::vector<double> z;  ///< (mean - overall mean) / overall standard deviation; 0 where constant
  Rate conversion;
  std::string reason;
};

/// profile.
struct Profile {
  std::vector<Persona> personas;  ///< by cluster
  std::vector<double> overall_mean;
  std::vector<double> overall_sd;
  std::int64_t sessions = 0;
  Rate conversion;
};

/// A row of channels.csv or devices.csv.
struct Group {
  std::string name;
  std::int64_t sessions = 0;
  double share = 0;
  Rate conversion;
  std::vector<double> mean;  ///< by feature, original units
};

/// A row of channel_personas.csv.
struct Cell {
  std::string channel;
  int cluster = 0;
  std::string persona;
  std::int64_t sessions = 0;
  double share = 0;     ///< within the channel
  double residual = 0;  ///< adjusted standardised residual (Haberman 1973)
};

/// attribute. Groups by sessions, descending, then name bytes; cells in channel order, then by
/// sessions descending, then name.
struct Attribution {
  std::vector<Group> channels;
  std::vector<Group> devices;
  std::vector<Cell> channel_personas;
};

}  // namespace covey::driver
