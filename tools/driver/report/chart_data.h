// What the page's script draws from: figures by persona, channel, device type and k, as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "pipeline.h"
#include "report/pca_map.h"

namespace covey::driver {

/// `map` may be null. Nothing in it grows with the number of sessions.
nlohmann::ordered_json chart_data(const RunResult& result, const PcaMap* map);

/// As text that may stand in a script element of a page: no "<" in it, invalid UTF-8 replaced.
std::string script_json(const nlohmann::ordered_json& data);

}  // namespace covey::driver
