// Names for personas that the user gives: the file of --names.
#pragma once

#include <string>
#include <vector>

#include "results.h"
#include "small_csv.h"

namespace covey::driver {

/// Names by covey's own name or by cluster number. None where no file was given.
struct GivenNames {
  bool by_cluster = false;
  SmallCsv table;  ///< two cells a row: which persona, its name
};

/// Reads a CSV file `persona,name` or `cluster,name`. An empty path: no names. Throws covey::Error:
/// kUsage for standard input, kIo where it cannot be read, kData where it is no such table, a name
/// is empty, or a persona or name stands there twice.
GivenNames read_names(const std::string& file);

/// Gives the personas those names; others keep theirs. The reason keeps covey's own name and its
/// evidence. Throws covey::Error (kData) with the line of a persona that there is none of, or of a
/// name that another persona has.
void apply_names(const GivenNames& names, Profile& profile);

}  // namespace covey::driver
