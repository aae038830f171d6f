// report.html: the results as one page that opens anywhere, without a network.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "pipeline.h"
#include "report/pca_map.h"

namespace covey::driver {

struct Page {
  const RunResult& result;
  const PcaMap* map = nullptr;            ///< null: there is no projection
  const nlohmann::ordered_json& options;  ///< of the run, as in run.json
  std::string plotly_link;  ///< URL of a shared copy of Plotly.js; empty: it stands in the page
};

/// The whole page. It depends on data, options and seed alone: not on back end, threads, order of
/// rows, paths or time.
std::string report_html(const Page& page);

}  // namespace covey::driver
