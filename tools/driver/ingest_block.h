// Cells of some rows -> the rows that are kept, as values, and what was wrong with the others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "feature_tuples.h"
#include "ingest_dictionary.h"
#include "ingest_ids.h"
#include "ingest_roles.h"
#include "ingest_source.h"
#include "table.h"

namespace covey::driver {

/// What is asked of every block, whatever its file.
struct CheckPlan {
  std::vector<const ColumnRule*> feature_rules;  ///< null: none
  const ColumnRule* conversion_rule = nullptr;
  const ColumnRule* multiplicity_rule = nullptr;
  const ColumnRule* revenue_rule = nullptr;
  Policy on_missing = Policy::kDrop, on_invalid = Policy::kDrop, on_ragged = Policy::kDrop;
};

/// A defect that goes into rejects.csv.
struct BadCell {
  std::int64_t row = 0;  ///< of all rows of the block, from 0
  int column = -1;       ///< place in the file; -1: the whole row
  std::string text;
  std::string reason;
};

/// Columns of the kept rows.
struct Block {
  std::int64_t rows_read = 0;
  std::int64_t rows_kept = 0;
  std::vector<std::vector<double>> features;  ///< NaN: to be imputed; empty where `tuples` is set
  const TupleTable* tuples = nullptr;         ///< where the rows' tuples are
  std::vector<std::uint32_t> tuple;           ///< their numbers there
  Dictionary channels, device_types;
  std::vector<std::int32_t> channel, device_type;            ///< codes
  std::vector<std::int64_t> channel_rows, device_type_rows;  ///< by code
  std::vector<std::uint8_t> conversion;
  std::vector<std::uint32_t> multiplicity;
  std::vector<double> revenue;
  std::int64_t missing_revenue = 0;  ///< cells counted as 0
  IdList ids;
  std::vector<std::int64_t> row;  ///< of the block, from 0; empty: all are kept

  std::vector<RowHash> hashes;  ///< of all rows but ragged ones
  IdRange id_range;             ///< of the same rows
  std::vector<BadCell> bad;     ///< in row order, then in the file's column order
  bool must_fail = false;  ///< a policy says so, because of the last of `bad`; then no row is kept
  std::map<std::string, std::int64_t> dropped;
  std::vector<std::int64_t> imputed;  ///< cells by feature
};

/// `tuples`: the calling thread's, takes the tuples of the kept rows; null: rows are handed over.
Block check_block(const Cells& cells, const Places& places, const CheckPlan& plan,
                  TupleTable* tuples);

}  // namespace covey::driver
