// A CSV file as blocks of whole rows.
#pragma once

#include <memory>
#include <string>

#include "csv_input.h"
#include "ingest_source.h"

namespace covey::driver {

/// Quotes are ", doubled inside quotes, and special at the start of a cell only; cells may hold
/// line ends; rows end with LF, CRLF or CR; blank lines are no rows; a byte order mark is skipped.
/// Throws covey::Error (kData) without a usable header line.
std::unique_ptr<Source> open_csv(const std::string& file, std::unique_ptr<ByteInput> input,
                                 const SourceOptions& options);

}  // namespace covey::driver
