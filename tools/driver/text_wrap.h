// Sentences as lines for the terminal.
#pragma once

#include <string>

namespace covey::driver {

/// Lines of at most `width` columns where words allow it; the first begins with `indent`, the
/// others two columns further in. `sentence` is visible text.
std::string wrapped(const std::string& sentence, const std::string& indent, int width);

}  // namespace covey::driver
