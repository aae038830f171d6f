// What run and score print when the files are in place, and the terminal they print on.
#pragma once

#include <string>

#include "commands.h"
#include "pipeline.h"
#include "text_table.h"

namespace covey::command {

/// Width of standard output's terminal (100 where it is none), and colours where they are wanted.
driver::TextOptions terminal(const CommonOptions& common);

/// Writes to standard output; main reports it when the output could not be written.
void print(const std::string& text);

/// A note on standard error, unless quiet.
void print_warning(const std::string& warning, const CommonOptions& common);

/// Tables, or run.json under --json; warnings; where the files are.
void print_result(const driver::RunResult& result, const CommonOptions& common);

}  // namespace covey::command
