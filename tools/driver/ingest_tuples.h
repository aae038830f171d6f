// The feature tuples of all rows, collected from blocks that several threads have numbered.
#pragma once

#include <cstdint>
#include <vector>

#include "ingest_block.h"
#include "table.h"

namespace covey::driver {

class TupleCollector {
 public:
  explicit TupleCollector(std::size_t features) : features_(features) {}

  /// Takes the tuples of a block that follows the earlier ones.
  void add(const Block& block);
  void reserve(std::size_t rows) { tuple_.reserve(rows); }
  std::size_t capacity() const { return tuple_.capacity(); }

  /// Fills the sessions' features, tuples and their weights. Numbers follow the first appearance in
  /// row order, behind rows that were not looked up. The tables of the blocks must still be there.
  void finish(Sessions& sessions);

 private:
  /// Rows up to `end` have numbers of this table, or of rows kept as they are (null).
  struct Part {
    const TupleTable* table;
    std::size_t end;
  };

  TupleTable merge();

  std::vector<std::vector<double>> features_;  ///< columns of the rows that were not looked up
  std::vector<std::uint32_t> weights_;         ///< of the same rows
  std::vector<std::uint32_t> tuple_;
  std::vector<Part> parts_;
};

}  // namespace covey::driver
