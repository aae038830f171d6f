// Options that run, score and bench share: as given first, so that a configuration file can fill in
// what the command line leaves out, and converted once both are known.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "commands.h"
#include "pipeline.h"

namespace covey::command {

/// What is read, and how it is judged.
struct DataArguments {
  std::vector<std::string> files;
  driver::Mapping mapping;
  std::string delimiter = "auto";
  std::string on_missing = "drop", on_invalid = "drop", on_ragged = "drop";
  double max_reject_rate = 0.01;
};

/// What computes, and where the result goes.
struct WorkArguments {
  BackendOptions backend;
  std::string gpu_memory;
  driver::OutputOptions output;
  std::string config;
};

/// How sessions are grouped.
struct SegmentArguments {
  driver::SegmentOptions segment;
  std::vector<std::string> k = {"2:10"};
  std::string scaling = "standard";
  std::string start = "kmeans++";
  bool no_evidence = false;
};

/// --channel, --device-type, --conversion, --id and --multiplicity, and how bad data is treated;
/// FILE goes last.
void add_data_options(CLI::App& sub, DataArguments& arguments);
/// --output, --force and --keep-columns.
void add_output_options(CLI::App& sub, WorkArguments& arguments);
void add_config_option(CLI::App& sub, WorkArguments& arguments);
/// --features, --k and all that shapes the fit.
void add_segment_options(CLI::App& sub, SegmentArguments& arguments, DataArguments& data);
/// --spend, --revenue and --value.
void add_money_options(CLI::App& sub, driver::AnalysisOptions& analysis, DataArguments& data);
/// --no-evidence.
void add_evidence_option(CLI::App& sub, SegmentArguments& arguments);
/// --backend, --threads, --gpu and --gpu-memory.
void add_machine_options(CLI::App& sub, WorkArguments& arguments);

/// Fills what the command line left out from the file of --config, if given, and sets the bounds
/// found there in `rules`, others untouched. Returns the columns that have bounds there. Throws
/// Error (io, usage).
std::vector<std::string> apply_config(CLI::App& sub, const WorkArguments& arguments,
                                      std::map<std::string, driver::ColumnRule>& rules);

/// Checked and converted, but for rules and progress. Throws Error (usage).
driver::IngestOptions ingest_options(const DataArguments& data, const WorkArguments& work);
driver::OutputOptions output_options(const WorkArguments& work);
BackendOptions backend_options(const WorkArguments& work);
driver::SegmentOptions segment_options(const SegmentArguments& arguments,
                                       const WorkArguments& work);

/// A rule for a column that is not read would be a typing error that goes unnoticed. `bounded`: the
/// columns that have one in the file `config`. Throws Error (usage).
void refuse_unused_rules(const std::vector<std::string>& bounded, const driver::Mapping& mapping,
                         const std::string& config);

/// Throws Error (usage) below `least`.
void require_at_least(const char* option, int value, int least);

/// One character, "tab", or "auto" (0). Throws Error (usage).
char delimiter_from_text(const std::string& text);

/// Bytes of an amount of memory: a number, or one with K, M, G or T for a power of 1,024; 0 for
/// none. Throws Error (usage), also for less than covey takes of a GPU.
std::int64_t gpu_memory_from_text(const std::string& text);

/// "; did you mean 'clicks'?" or an empty string.
std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates);

/// A name of the list, for an option; throws Error (usage) that suggests the nearest.
void require_choice(const std::string& option, const std::string& value,
                    const std::vector<std::string>& choices);

}  // namespace covey::command
