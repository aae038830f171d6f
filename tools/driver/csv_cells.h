// Blocks of CSV text parsed by Arrow. Arrow's headers stay behind this door.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingest_source.h"

namespace covey::driver {

/// Whole rows of `columns` cells each; rows with another number of cells become ragged(). The text
/// may go afterwards. Throws covey::Error (kInternal) where Arrow leaves a part of the text unread.
std::unique_ptr<Cells> parse_csv(std::string_view text, char delimiter, int columns);

/// The cells of one row.
std::vector<std::string> parse_csv_line(std::string_view text, char delimiter);

}  // namespace covey::driver
