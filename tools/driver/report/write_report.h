// The files of the report in a folder of results: report.html and pca.png.
#pragma once

#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "output_folder.h"
#include "pipeline.h"
#include "report/pca_map.h"

namespace covey::driver {

/// Where a shared copy of Plotly.js is asked for and a file of that name is there, it must be the
/// one that this covey was built with; where none is there, it must be possible to write one. It
/// must not lie in the folder of results, which is replaced as a whole. Throws Error (kIo, kUsage).
void check_shared_plotly(const ReportOptions& options, const std::string& folder);

/// Writes the page, the map as a picture and, where one is asked for and missing, the shared copy
/// of Plotly.js; the names of the first two go to result.files. `asked`: the options as in
/// run.json. Throws Error (kIo).
void write_report(const OutputFolder& folder, const ReportOptions& options,
                  const std::optional<PcaMap>& map, const nlohmann::ordered_json& asked,
                  RunResult& result);

}  // namespace covey::driver
