// Blocks in file order -> the sessions and the ledger.
#pragma once

#include <string>
#include <vector>

#include "ingest_block.h"
#include "ingest_duplicates.h"
#include "ingest_tuples.h"
#include "table.h"

namespace covey::driver {

/// A category column that grows: codes of a block's dictionary become codes of the table's.
class CategoryBuilder {
 public:
  /// Counts cells that are missing into `missing`. `codes`: one a kept row; empty: no such column.
  /// Names of codes without rows are not taken.
  void append(const Dictionary& block_names, const std::vector<std::int32_t>& codes,
              const std::vector<std::int64_t>& rows_by_code, std::int64_t& missing);
  void reserve(std::size_t rows) { codes_.reserve(rows); }
  /// Names sorted by bytes. Parallel in the caller's task arena.
  Category take();

 private:
  Dictionary names_;
  std::vector<std::int32_t> codes_;
};

class Collector {
 public:
  explicit Collector(const Mapping& mapping);

  /// `columns`: of the block's file. `share_done`: the part of all input read up to this block's
  /// end (0: unknown), for reserving memory. Throws covey::Error (kData) where a policy is to fail.
  void add(Block&& block, const std::string& file, const std::vector<std::string>& columns,
           double share_done);
  /// The row behind the last one has a quote that is never closed: notes it and throws covey::Error
  /// (kData).
  [[noreturn]] void fail_unclosed(const UnclosedQuote& quote, const std::string& file);
  void warn(std::string text) { sessions_.ledger.warnings.push_back(std::move(text)); }

  Ledger& ledger() { return sessions_.ledger; }
  /// Checks the ledger, imputes, and hands over. Call once. Throws covey::Error (kData). Parallel
  /// in the caller's arena.
  Sessions finish(const IngestOptions& options);

 private:
  void reserve(std::size_t rows);
  void append_rows(const Block& block, std::int64_t first_row);

  Mapping mapping_;
  Sessions sessions_;
  TupleCollector tuples_;
  CategoryBuilder channel_, device_type_;
  IdList ids_;
  DuplicateCounter duplicates_;
  std::uint64_t multiplicity_sum_ = 0;
};

}  // namespace covey::driver
