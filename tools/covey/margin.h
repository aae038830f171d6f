// --margin: rates closer than this are as good as equal.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace covey::command {

void add_margin_option(CLI::App& sub, std::string& margin);

/// A share from "0.5pp", "0.5%" or "0.005". Throws Error (usage) for anything else, and unless it
/// lies above 0 and is at most 0.2.
double margin_from_text(const std::string& text);

}  // namespace covey::command
