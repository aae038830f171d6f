// The subcommands. Each add_* registers its options with `app` and sets the subcommand's callback,
// which does the work when parsing has ended, reads `common` only then, and throws covey::Error;
// main maps its kind to the exit code.
#pragma once

#include <CLI/CLI.hpp>

namespace covey::command {

/// Options that every subcommand takes, before or after its name.
struct CommonOptions {
  bool quiet = false;     ///< no progress, no notes: errors only
  bool json = false;      ///< one JSON document on standard output instead of tables
  bool no_color = false;  ///< also set by NO_COLOR and where standard output is no terminal
};

CLI::App* add_run(CLI::App& app, CommonOptions& common);
CLI::App* add_score(CLI::App& app, CommonOptions& common);
CLI::App* add_generate(CLI::App& app, CommonOptions& common);
CLI::App* add_inspect(CLI::App& app, CommonOptions& common);
CLI::App* add_bench(CLI::App& app, CommonOptions& common);
CLI::App* add_info(CLI::App& app, CommonOptions& common);

}  // namespace covey::command
