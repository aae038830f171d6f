#include "csv_cells.h"

#include <arrow/csv/invalid_row.h>
#include <arrow/csv/options.h>
#include <arrow/csv/parser.h>
#include <arrow/memory_pool.h>

#include <limits>

#include "covey/error.h"
#include "ingest_hash.h"

namespace covey::driver {
namespace {

namespace csv = arrow::csv;

void check(const arrow::Status& status) {
  if (!status.ok()) throw Error(ErrorKind::kInternal, "CSV parser: " + status.message());
}

class CsvCells final : public Cells {
 public:
  /// `columns` -1: as many as the first row has.
  CsvCells(std::string_view text, char delimiter, int columns) {
    auto options = csv::ParseOptions::Defaults();
    options.delimiter = delimiter;
    options.newlines_in_values = true;
    options.invalid_row_handler = [this](const csv::InvalidRow& row) {
      ragged_.push_back({row.number, row.actual_columns, printable(row.text)});
      return csv::InvalidRowResult::Skip;
    };
    parser_.emplace(arrow::default_memory_pool(), options, columns, /*first_row=*/0,
                    std::numeric_limits<std::int32_t>::max());
    std::uint32_t used = 0;
    check(parser_->ParseFinal(text, &used));
    if (used != text.size())
      throw Error(ErrorKind::kInternal, "CSV parser: a part of the text was not read");
  }

  std::int32_t rows() const override { return parser_->num_rows(); }
  std::int32_t columns() const { return parser_->num_cols(); }
  std::span<const RaggedRow> ragged() const override { return ragged_; }

  void numbers(int column, double* value, std::vector<Flaw>& flaws) const override {
    std::int32_t row = 0;
    for_each(column, [&](std::string_view text) {
      const CellState state = parse_number(text, value[row]);
      if (state != CellState::kValue) flaws.push_back({row, state});
      ++row;
    });
  }

  void categories(int column, Dictionary& dictionary, std::int32_t* code) const override {
    for_each(column, [&](std::string_view text) { *code++ = dictionary.code(text); });
  }

  void ids(int column, IdList& ids) const override {
    for_each(column, [&](std::string_view text) { ids.add(text); });
  }

  void hash(std::span<const int> order, std::span<RowHash> hashes) const override {
    const std::size_t columns = order.size();
    std::vector<std::string_view> cells(hashes.size() * columns);
    for (std::size_t place = 0; place < columns; ++place) {
      std::size_t at = place;
      for_each(order[place], [&](std::string_view text) {
        cells[at] = text;
        at += columns;
      });
    }
    RowText bytes;
    for (std::size_t row = 0; row < hashes.size(); ++row) {
      bytes.clear();
      for (std::size_t place = 0; place < columns; ++place) bytes.add(cells[row * columns + place]);
      add_row(hashes[row], bytes.view());
    }
  }

  std::vector<std::string> texts(int column, std::span<const std::int32_t> rows) const override {
    std::vector<std::string> found;
    std::int32_t row = 0;
    for_each(column, [&](std::string_view text) {
      if (found.size() < rows.size() && rows[found.size()] == row) found.emplace_back(text);
      ++row;
    });
    return found;
  }

  void visit(int column, const TextVisitor& visitor) const override { for_each(column, visitor); }

 private:
  template <typename Use>
  void for_each(int column, Use&& use) const {
    check(
        parser_->VisitColumn(column, [&](const std::uint8_t* data, std::uint32_t size, bool, bool) {
          use(std::string_view(reinterpret_cast<const char*>(data), size));
          return arrow::Status::OK();
        }));
  }

  std::optional<csv::BlockParser> parser_;
  std::vector<RaggedRow> ragged_;
};

}  // namespace

std::unique_ptr<Cells> parse_csv(std::string_view text, char delimiter, int columns) {
  return std::make_unique<CsvCells>(text, delimiter, columns);
}

std::vector<std::string> parse_csv_line(std::string_view text, char delimiter) {
  const CsvCells cells(text, delimiter, -1);
  const std::int32_t first[] = {0};
  std::vector<std::string> line;
  for (int column = 0; column < cells.columns(); ++column) {
    for (std::string& cell : cells.texts(column, first)) line.push_back(std::move(cell));
  }
  return line;
}

}  // namespace covey::driver
