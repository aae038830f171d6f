// run.json: what was asked for, what did the work, how long it took and what came of it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pipeline.h"

namespace covey::driver {

nlohmann::ordered_json options_json(const RunOptions& options);
/// `ingest`: the options as the model completed them.
nlohmann::ordered_json options_json(const ScoreOptions& options, const IngestOptions& ingest);

/// Text of run.json. `command`: "run" or "score".
std::string manifest_text(const char* command, const nlohmann::ordered_json& options,
                          const RunResult& result);

}  // namespace covey::driver
