// The hash of a row, of all its cells. Rows are equal where their hashes are.
#pragma once

#include <xxhash.h>

#include <bit>
#include <cstddef>
#include <string>
#include <string_view>

#include "ingest_source.h"

namespace covey::driver {

/// Cells are told apart by where they end: each one's hash is seeded by the row so far, and its
/// length counts.
inline void add_cell(RowHash& row, const void* cell, std::size_t size) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(cell, size, row[0] + size);
  row[0] = hash.low64;
  row[1] = std::rotl(row[1] * 0x9E3779B97F4A7C15u, 32) ^ hash.high64;
}

/// Between the cells of a CSV row that is hashed, whatever stands in its file.
inline constexpr char kHashedDelimiter = ',';

/// A CSV row as hashed: cells with commas between them, those in quotes that need them (RFC 4180).
/// Different rows of as many cells have different texts.
class RowText {
 public:
  void clear() {
    bytes_.clear();
    is_first_ = true;
  }
  void add(std::string_view cell) {
    constexpr std::string_view kSpecial = ",\"\r\n";
    if (!is_first_) bytes_ += kHashedDelimiter;
    is_first_ = false;
    if (cell.find_first_of(kSpecial) == std::string_view::npos) {
      bytes_ += cell;
      return;
    }
    bytes_ += '"';
    for (const char c : cell) bytes_.append(c == '"' ? 2 : 1, c);
    bytes_ += '"';
  }
  std::string_view view() const { return bytes_; }

 private:
  std::string bytes_;
  bool is_first_ = true;
};

/// Adds the text of a row.
inline void add_row(RowHash& row, std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  row[0] += hash.low64;
  row[1] += hash.high64;
}

}  // namespace covey::driver
