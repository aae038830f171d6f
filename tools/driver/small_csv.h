// Small CSV files that people write by hand beside the sessions, such as the one of --names: read
// whole, every row kept with its line number for messages.
#pragma once

#include <string>
#include <vector>

#include "covey/error.h"

namespace covey::driver {

struct SmallCsvRow {
  std::size_t line = 0;            ///< from 1, where it begins
  std::vector<std::string> cells;  ///< as many as the header has; spaces around them removed
};

struct SmallCsv {
  std::string file;
  std::size_t header_line = 1;
  std::vector<std::string> header;
  std::vector<SmallCsvRow> rows;  ///< those that are not blank

  /// An error (data) at a line of the file.
  Error error(std::size_t line, std::string what, std::string fix) const;
};

/// UTF-8; delimiter, quotes, line ends, byte order mark and gzip as for sessions. `example`: how
/// such a file begins, for messages. Throws covey::Error: kIo where it cannot be read, kData with
/// its line where it is no such table.
SmallCsv read_small_csv(const std::string& file, const std::string& example);

}  // namespace covey::driver
