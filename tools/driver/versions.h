// The libraries at work, for manifests and `covey info`.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace covey::driver {

/// Name and version of each; Arrow's and oneTBB's are those loaded now, the others are header-only.
std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace covey::driver
