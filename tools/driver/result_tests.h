// What the tests found, for the terminal.
#pragma once

#include <string>

#include "findings.h"
#include "text_table.h"

namespace covey::driver {

/// A sentence for each table and each family of tests that was made, wrapped to the width. Empty
/// where nothing was tested.
std::string test_list(const Findings& findings, const TextOptions& options);

}  // namespace covey::driver
