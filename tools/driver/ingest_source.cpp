#include "ingest_source.h"

#include <fmt/format.h>

#include <unordered_set>

#include "covey/error.h"
#include "csv_reader.h"
#include "parquet_reader.h"

namespace covey::driver {

namespace {

/// Names must be there, different, and UTF-8.
void check_column_names(const std::string& file, const std::vector<std::string>& columns) {
  if (columns.empty()) throw Error(ErrorKind::kData, "the file has no columns", file);
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& name = columns[i];
    if (name.empty()) {
      throw Error(ErrorKind::kData, "column " + std::to_string(i + 1) + " has no name", file,
                  "give every column a name in the header line");
    }
    if (!is_utf8(name)) {
      throw Error(
          ErrorKind::kData,
          "column " + std::to_string(i + 1) + ": the name '" + printable(name) + "' is not UTF-8",
          file, "save the file as UTF-8");
    }
    if (!seen.insert(name).second) {
      throw Error(ErrorKind::kData, "two columns are named '" + name + "'", file,
                  "rename one of them");
    }
  }
}

}  // namespace

std::unique_ptr<Source> open_source(const std::string& file, const SourceOptions& options) {
  auto input = std::make_unique<ByteInput>(file);
  const bool is_stdin = file == "-";
  std::unique_ptr<Source> source;
  if (input->magic().starts_with("PAR1")) {
    if (is_stdin) {
      throw Error(ErrorKind::kData, "Parquet cannot be read from standard input", "",
                  "name the file");
    }
    input.reset();
    source = open_parquet(file);
  } else if (file.ends_with(".parquet") && !input->magic().empty()) {
    throw Error(ErrorKind::kData, "this is no Parquet file: it does not start with PAR1", file,
                "write it again, or give a CSV file another ending");
  } else {
    source = open_csv(file, std::move(input), options);
  }
  check_column_names(shown_name(file), source->columns());
  return source;
}

std::string shown_name(const std::string& file) { return file == "-" ? "standard input" : file; }

void throw_unclosed(const UnclosedQuote& quote, std::int64_t row, const std::string& file) {
  throw Error(ErrorKind::kData,
              fmt::format("row {} (line {}): {}: {}", row, quote.line, reason(CellState::kUnclosed),
                          quote.text),
              shown_name(file), "close or remove the quote; all that follows it would be lost");
}

}  // namespace covey::driver
