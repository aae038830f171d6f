// The tables as one workbook: tables.xlsx.
#pragma once

#include <filesystem>

#include "pipeline.h"

namespace covey::driver {

/// A sheet a table, with the columns of the CSV file of that name. Text is always text, never a
/// formula. The same result gives the same bytes. Throws covey::Error (kIo).
void write_tables_xlsx(const RunResult& result, const std::filesystem::path& file);

}  // namespace covey::driver
