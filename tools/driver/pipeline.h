// `covey run` and `covey score` as functions: options in, files and figures out. The library never
// prints: what a user should hear of is collected in the result.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "output_folder.h"
#include "results.h"
#include "run_backend.h"
#include "table.h"

namespace covey::driver {

/// The report for people.
struct ReportOptions {
  bool wanted = true;
  /// File of Plotly.js that pages share; where it is not there, it is written. Empty: each page
  /// holds its own.
  std::string shared_plotly;
};

struct RunOptions {
  IngestOptions ingest;  ///< its progress is called for the other stages too
  SegmentOptions segment;
  AnalysisOptions analysis;
  ReportOptions report;
  OutputOptions output;
};

struct ScoreOptions {
  std::string model;  ///< model.json or a folder of results
  /// Features and medians are the model's. Other column names, where empty here, are the model's
  /// too; bounds here go before the model's.
  IngestOptions ingest;
  AnalysisOptions analysis;
  BackendOptions backend;
  OutputOptions output;
};

struct StageTime {
  std::string stage;
  double seconds = 0;
  std::vector<PartTime> parts;  ///< empty: not looked at
};

/// A category that the model has not seen.
struct UnknownCategory {
  std::string column, name;
  std::int64_t sessions = 0;
};

/// What there is to tell once the files are in place.
struct RunResult {
  std::string folder;  ///< as the user named it
  std::vector<std::string> files;
  std::vector<std::string> feature_names;
  Ledger ledger;
  std::int64_t sessions = 0;  ///< multiplicities counted
  std::int64_t distinct_points = 0;
  std::vector<KChoice> choices;  ///< empty: nothing was fitted (score)
  ChoiceOfK choice;
  Profile profile;
  Attribution attribution;
  Money money;
  std::vector<Recommendation> recommendations;
  std::vector<UnknownCategory> unknown;  ///< score only
  std::string data_hash;
  std::string backend, device;  ///< its name; what computes, in words
  std::string backend_note;     ///< why `auto` took it
  std::vector<StageTime> timings;
  std::vector<std::string> warnings;
  std::string manifest;  ///< text of run.json
};

/// Ingest, prepare, segment, profile, attribute, write. Throws covey::Error; where ingest refuses
/// the data for its defects, quality.json and rejects.csv are in the folder, and the message says
/// so.
RunResult run(const RunOptions& options);
/// With a back end that is open already.
RunResult run(const RunOptions& options, RunBackend& backend);

/// Labels new sessions with a model, without refitting. Throws as run does.
RunResult score(const ScoreOptions& options);

}  // namespace covey::driver
