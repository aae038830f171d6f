// Which column of a file plays which part.
#pragma once

#include <string>
#include <vector>

#include "ingest_source.h"
#include "table.h"

namespace covey::driver {

/// Columns by their place in a file; -1: none.
struct Places {
  std::vector<int> features;
  int channel = -1, device_type = -1, conversion = -1, id = -1, multiplicity = -1, revenue = -1;
  /// All columns, in the order of the first file's names; further ones follow by name.
  std::vector<int> hash_order;
  RowHash names_hash{};  ///< of all names: rows of files with other columns are no duplicates
};

/// The mapping with what "auto" and optional columns come to, by the first file's columns. Throws
/// covey::Error: kUsage where no feature is named or a column plays two parts.
Mapping settle_mapping(const IngestOptions& options, const std::vector<std::string>& columns);

/// Throws covey::Error (kData) with the nearest name where a column is not there.
Places find_places(const Mapping& mapping, const std::string& file,
                   const std::vector<std::string>& columns,
                   const std::vector<std::string>& first_columns);

}  // namespace covey::driver
