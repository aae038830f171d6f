// The hash of a row, cell by cell.
#pragma once

#include <xxhash.h>

#include <bit>
#include <cstddef>

#include "ingest_source.h"

namespace covey::driver {

/// Cells are told apart by where they end: each one's hash is seeded by the row so far, and its
/// length counts.
inline void add_cell(RowHash& row, const void* cell, std::size_t size) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(cell, size, row[0] + size);
  row[0] = hash.low64;
  row[1] = std::rotl(row[1] * 0x9E3779B97F4A7C15u, 32) ^ hash.high64;
}

}  // namespace covey::driver
