// Small sessions and whole runs of the stages for tests of what comes after ingest.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "covey/backend.h"
#include "stages.h"

namespace covey::driver {

inline std::unique_ptr<Backend> reference_backend() {
  BackendOptions options;
  options.name = "reference";
  return open_backend(options);
}

/// Features as columns, all names given.
inline Sessions sessions_of(std::vector<std::string> names,
                            std::vector<std::vector<double>> columns) {
  Sessions sessions;
  sessions.feature_names = std::move(names);
  sessions.features = std::move(columns);
  return sessions;
}

inline SegmentOptions options_for(std::vector<int> k) {
  SegmentOptions options;
  options.k = std::move(k);
  options.restarts = 4;
  return options;
}

/// The stages from prepare to attribute.
struct StagesRun {
  Prepared prepared;
  Segmentation segmentation;
  Profile personas;
  Attribution attribution;
};

inline StagesRun run_stages(const Sessions& sessions, const SegmentOptions& options) {
  const auto backend = reference_backend();
  StagesRun run;
  run.prepared = prepare(*backend, sessions, options);
  run.segmentation = segment(*backend, run.prepared, options);
  run.personas = profile(*backend, sessions, run.prepared, run.segmentation);
  run.attribution =
      attribute(sessions, run.prepared, run.segmentation, run.personas, AnalysisOptions{});
  return run;
}

/// Two clear clusters: x = 1, 2, 3 with flag 0, and x = 101, 102, 106 with flag 1. Sizes are equal,
/// so the cluster of the smaller centroid is number 0.
inline Sessions six_sessions() {
  Sessions sessions = sessions_of({"x", "flag"}, {{1, 2, 3, 101, 102, 106}, {0, 0, 0, 1, 1, 1}});
  sessions.channel = {{"s", "t"}, {0, 0, 1, 1, 1, 1}};
  sessions.device_type = {{"d", "m"}, {1, 0, 1, 1, 1, 0}};
  sessions.conversion = {0, 1, 0, 1, 1, 0};
  return sessions;
}

}  // namespace covey::driver
