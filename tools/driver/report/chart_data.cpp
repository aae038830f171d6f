#include "report/chart_data.h"

namespace covey::driver {

nlohmann::ordered_json chart_data(const RunResult&, const PcaMap*) { return {}; }

std::string script_json(const nlohmann::ordered_json& data) { return data.dump(); }

}  // namespace covey::driver
