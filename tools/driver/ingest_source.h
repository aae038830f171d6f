// A file as ingest sees it, whatever its format: column names, and blocks of rows that can be read
// side by side.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cells.h"
#include "ingest_dictionary.h"
#include "ingest_ids.h"

namespace covey::driver {

/// A defect of a cell; `row` counts the block's rows that have all their cells.
struct Flaw {
  std::int32_t row = 0;
  CellState state = CellState::kMissing;
};

/// A row with too few or too many cells.
struct RaggedRow {
  std::int64_t row = 0;  ///< among all rows of the block, from 0
  std::int32_t cells = 0;
  std::string text;
};

/// 128-bit hash of all cells of a row.
using RowHash = std::array<std::uint64_t, 2>;

/// Called for each cell of a column in row order; a Parquet null is an empty text.
using TextVisitor = std::function<void(std::string_view text)>;

/// The cells of some consecutive rows of a file. Columns go by their place in the file.
class Cells {
 public:
  virtual ~Cells() = default;

  /// Rows that have all their cells; ragged rows stand apart.
  virtual std::int32_t rows() const = 0;
  virtual std::span<const RaggedRow> ragged() const = 0;

  /// Writes rows() numbers (NaN where there is none) and appends what is wrong, in row order.
  virtual void numbers(int column, double* value, std::vector<Flaw>& flaws) const = 0;
  /// Writes rows() codes. A missing cell has the code of a text that is missing.
  virtual void categories(int column, Dictionary& dictionary, std::int32_t* code) const = 0;
  virtual void ids(int column, IdList& ids) const = 0;
  /// Adds all cells of each row, columns in this order, to its hash.
  virtual void hash(std::span<const int> order, std::span<RowHash> hashes) const = 0;
  /// The cells of the rows given, ascending, as they stand in the file.
  virtual std::vector<std::string> texts(int column, std::span<const std::int32_t> rows) const = 0;
  virtual void visit(int column, const TextVisitor& visitor) const = 0;
};

/// A part of a file, to be parsed on any thread.
class Work {
 public:
  virtual ~Work() = default;

  /// Bytes of the file that had been read, of Source::bytes_in_all, when this part was handed out.
  virtual std::int64_t bytes_done() const = 0;
  /// Parses, and hands over one block after the other. Called once.
  virtual void parse(const std::function<void(const Cells&)>& use) = 0;
};

/// Where a quote that is never closed was opened.
struct UnclosedQuote {
  std::int64_t line = 0;  ///< of the file, from 1
  std::string text;       ///< what follows the quote, at most some 60 bytes
};

/// An open file.
class Source {
 public:
  virtual ~Source() = default;

  virtual const std::vector<std::string>& columns() const = 0;
  /// As FileReport::format.
  virtual std::string format() const = 0;
  /// The next part in file order, or null at the end. From one thread at a time.
  virtual std::unique_ptr<Work> next() = 0;
  /// Set once next() has returned null because the rest of the file is inside a quote; that row is
  /// in no part.
  virtual const UnclosedQuote* unclosed_quote() const { return nullptr; }
  /// 0: unknown.
  virtual std::int64_t bytes_in_all() const = 0;
  /// Parts worth having in flight at once with this many threads.
  virtual int parts_in_flight(int threads) const = 0;
};

struct SourceOptions {
  char delimiter = 0;                              ///< CSV: 0: found from the header line
  std::size_t block_bytes = std::size_t{1} << 20;  ///< CSV: text of one part, about
};

/// Opens a CSV (also gzip) or Parquet file; "-": CSV from standard input. Throws covey::Error: kIo
/// where it cannot be read, kData where it has no usable header, kUsage for a delimiter that cannot
/// be one.
std::unique_ptr<Source> open_source(const std::string& file, const SourceOptions& options);

/// "standard input" for "-".
std::string shown_name(const std::string& file);

/// Throws covey::Error (kData) for the data row, from 1, in which the quote was opened.
[[noreturn]] void throw_unclosed(const UnclosedQuote& quote, std::int64_t row,
                                 const std::string& file);

}  // namespace covey::driver
