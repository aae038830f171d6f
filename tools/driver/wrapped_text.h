// Sentences broken into lines for terminals.
#pragma once

#include <string>
#include <string_view>

namespace covey::driver {

/// The text made visible (text_table.h) and broken at spaces into lines of at most `width` columns
/// where words allow, each ended by a line feed. The first begins with `indent`, the others two
/// columns further in.
std::string wrapped_text(std::string_view text, int width, std::string_view indent = "");

}  // namespace covey::driver
