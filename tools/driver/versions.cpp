#include "versions.h"

#include <fmt/core.h>
#include <oneapi/tbb/version.h>
#include <toml++/impl/version.h>
#include <xxhash.h>

#include <boost/version.hpp>
#include <nlohmann/json.hpp>

#include "assignments.h"

namespace covey::driver {

std::vector<std::pair<std::string, std::string>> library_versions() {
  return {
      {"Apache Arrow", arrow_version()},
      {"oneTBB", TBB_runtime_version()},
      {"xxHash",
       fmt::format("{}.{}.{}", XXH_VERSION_MAJOR, XXH_VERSION_MINOR, XXH_VERSION_RELEASE)},
      {"fmt",
       fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"JSON for Modern C++",
       fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                   NLOHMANN_JSON_VERSION_PATCH)},
  };
}

}  // namespace covey::driver
