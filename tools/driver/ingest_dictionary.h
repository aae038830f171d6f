// Distinct texts of a column and their codes, so that a row costs one look-up and no string of its
// own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cells.h"

namespace covey::driver {

class Dictionary {
 public:
  Dictionary();

  /// The text's code, from 0 in order of first appearance. Throws covey::Error (kData) beyond 2^31
  /// - 1 texts.
  std::int32_t code(std::string_view text);

  std::size_t size() const { return names_.size(); }
  const std::string& name(std::int32_t code) const {
    return names_[static_cast<std::size_t>(code)];
  }
  /// kValue, kMissing or kNotUtf8, judged once a distinct text.
  CellState state(std::int32_t code) const { return states_[static_cast<std::size_t>(code)]; }
  /// False where every text so far is a value.
  bool has_flaws() const { return has_flaws_; }

 private:
  void grow();

  std::vector<std::int32_t> slots_;    ///< open addressing; -1: free; a power of two of them
  std::vector<std::uint64_t> hashes_;  ///< by code
  std::vector<std::string> names_;
  std::vector<CellState> states_;
  bool has_flaws_ = false;
};

}  // namespace covey::driver
