// A Parquet file as blocks of rows, row group by row group.
#pragma once

#include <memory>
#include <string>

#include "ingest_source.h"

namespace covey::driver {

/// Throws covey::Error (kData) where the file is cut off, damaged, or no Parquet file.
std::unique_ptr<Source> open_parquet(const std::string& file);

}  // namespace covey::driver
