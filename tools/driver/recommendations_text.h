// Recommendations as files and for the terminal.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "results.h"
#include "sheet.h"
#include "text_table.h"

namespace covey::driver {

/// The table; what is at stake is empty where there is nothing to count.
Sheet recommendations_sheet(const std::vector<Recommendation>& recommendations);

/// A section a recommendation (CommonMark). Names from the data are escaped: they are text, never
/// markup.
std::string recommendations_markdown(const std::vector<Recommendation>& recommendations);

nlohmann::ordered_json recommendations_json(const std::vector<Recommendation>& recommendations);

/// The titles with what is at stake and the confidence, wrapped to the width.
std::string recommendation_list(const std::vector<Recommendation>& recommendations,
                                const TextOptions& options);

}  // namespace covey::driver
