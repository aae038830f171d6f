// Blocks of CSV text without quotes, carriage returns or rows of another length, cut by a scan for
// separators alone: most text is like that, and costs a third of a full parser's time.
#pragma once

#include <memory>
#include <string_view>

#include "ingest_source.h"

namespace covey::driver {

/// Null where the text is not that plain; then parse_csv must do. The text must outlive the cells.
std::unique_ptr<Cells> plain_csv(std::string_view text, char delimiter, int columns);

}  // namespace covey::driver
