// Stage 6: the files of a result.
#pragma once

#include <string>
#include <vector>

#include "assignments.h"
#include "output_folder.h"
#include "pipeline.h"

namespace covey::driver {

/// Text of quality.json: the ledger in figures. `unknown`: categories that a model has not seen.
std::string quality_text(const Ledger& ledger, const std::vector<UnknownCategory>& unknown);

/// Text of rejects.csv: file,row,column,text,reason.
std::string rejects_csv(const std::vector<Reject>& rejects);

/// What was read, where it goes and what computed, with the warnings of reading and preparing and
/// of a GPU that was given up.
void describe(const OutputFolder& folder, const Sessions& sessions, const Prepared& prepared,
              const RunBackend& backend, RunResult& result);

/// quality.json and rejects.csv.
void write_ledger(const OutputFolder& folder, RunResult& result);

/// Tables, the workbook of them, and assignments; channel and device tables where there are such
/// columns, k_choice and recommendations where something was fitted. Each name goes to
/// result.files.
void write_results(const OutputFolder& folder, const Assignments& assignments,
                   const Mapping& mapping, RunResult& result);

/// Sessions, or where ingest refuses them for their defects a folder of quality.json and
/// rejects.csv, and an error that says so.
Sessions ingest_or_write_ledger(const IngestOptions& options, OutputFolder& folder);

}  // namespace covey::driver
