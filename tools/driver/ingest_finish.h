// What needs all rows: medians, imputation, and the hash of the data.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "table.h"

namespace covey::driver {

/// Fills Sessions::medians, from `given` where it names the feature, and puts them where a feature
/// is NaN. The median of an even number of sessions is the mean of the middle two; a row counts as
/// often as its multiplicity. Throws covey::Error (kData) where a feature has missing values only.
/// Parallel over features in the caller's task arena.
void impute(Sessions& sessions, const std::map<std::string, double>& given);

/// As Sessions::data_hash. A row is the bytes of its feature doubles, then of channel, device type
/// and conversion ("0" or "1") each behind its length; numbers and lengths are 8 bytes,
/// little-endian; a column that is not there has length 0. XXH3, 128 bits.
std::array<std::uint64_t, 2> hash_of_data(const Sessions& sessions);

}  // namespace covey::driver
