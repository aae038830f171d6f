#include "parquet_cells.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/visit_type_inline.h>

#include <cmath>
#include <limits>

#include "covey/error.h"
#include "ingest_hash.h"

namespace covey::driver {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Whole numbers and floats that C++ knows.
template <typename Type>
constexpr bool is_plain_number =
    arrow::is_integer_type<Type>::value || std::is_same_v<Type, arrow::FloatType> ||
    std::is_same_v<Type, arrow::DoubleType>;

template <typename Type>
constexpr bool is_text =
    arrow::is_base_binary_type<Type>::value || arrow::is_binary_view_like_type<Type>::value;

/// Any other type: as Arrow writes it (decimals and dates in full).
std::string scalar_text(const arrow::Array& array, std::int64_t row) {
  const auto scalar = array.GetScalar(row);
  if (!scalar.ok()) throw Error(ErrorKind::kData, scalar.status().message());
  return (*scalar)->ToString();
}

using TextAt = std::function<void(std::int64_t row, std::string_view text)>;
using MissingAt = std::function<void(std::int64_t row)>;

/// Calls text(row, view) for rows with a value and missing(row) for nulls, in row order.
void for_each_text(const arrow::Array& array, const TextAt& text, const MissingAt& missing) {
  const std::int64_t rows = array.length();
  const auto loop = [&](auto&& view) {
    for (std::int64_t row = 0; row < rows; ++row) {
      if (array.IsNull(row)) {
        missing(row);
      } else {
        text(row, view(row));
      }
    }
    return arrow::Status::OK();
  };
  const auto by_type = [&](const auto& type) {
    using Type = std::decay_t<decltype(type)>;
    if constexpr (is_text<Type>) {
      const auto& typed = static_cast<const typename arrow::TypeTraits<Type>::ArrayType&>(array);
      return loop([&](std::int64_t row) { return typed.GetView(row); });
    } else if constexpr (arrow::is_boolean_type<Type>::value) {
      const auto& typed = static_cast<const arrow::BooleanArray&>(array);
      return loop(
          [&](std::int64_t row) { return std::string_view(typed.Value(row) ? "true" : "false"); });
    } else if constexpr (arrow::is_integer_type<Type>::value) {
      const auto& typed = static_cast<const typename arrow::TypeTraits<Type>::ArrayType&>(array);
      return loop([&](std::int64_t row) { return std::to_string(typed.Value(row)); });
    } else if constexpr (is_plain_number<Type>) {
      const auto& typed = static_cast<const typename arrow::TypeTraits<Type>::ArrayType&>(array);
      return loop([&](std::int64_t row) { return format_number(typed.Value(row)); });
    } else if constexpr (std::is_same_v<Type, arrow::DictionaryType>) {
      const auto& typed = static_cast<const arrow::DictionaryArray&>(array);
      std::vector<std::string> names;
      for_each_text(
          *typed.dictionary(),
          [&](std::int64_t, std::string_view name) { names.emplace_back(name); },
          [&](std::int64_t) { names.emplace_back(); });
      return loop([&](std::int64_t row) -> std::string_view {
        return names[static_cast<std::size_t>(typed.GetValueIndex(row))];
      });
    } else {
      return loop([&](std::int64_t row) { return scalar_text(array, row); });
    }
  };
  const auto status = arrow::VisitType(*array.type(), by_type);
  if (!status.ok()) throw Error(ErrorKind::kInternal, status.message());
}

template <typename ArrayType>
void copy_numbers(const ArrayType& array, double* value, std::vector<Flaw>& flaws) {
  for (std::int64_t row = 0; row < array.length(); ++row) {
    const auto number = static_cast<double>(array.Value(row));
    value[row] = number;
    const bool is_null = array.IsNull(row);
    if (!is_null && std::isfinite(number)) continue;
    value[row] = kNaN;
    flaws.push_back(
        {static_cast<std::int32_t>(row), is_null ? CellState::kMissing : CellState::kNotFinite});
  }
}

class ParquetCells final : public Cells {
 public:
  explicit ParquetCells(std::shared_ptr<arrow::RecordBatch> batch) : batch_(std::move(batch)) {}

  std::int32_t rows() const override { return static_cast<std::int32_t>(batch_->num_rows()); }
  std::span<const RaggedRow> ragged() const override { return {}; }

  void numbers(int column, double* value, std::vector<Flaw>& flaws) const override {
    const arrow::Array& array = *batch_->column(column);
    const auto by_type = [&](const auto& type) {
      using Type = std::decay_t<decltype(type)>;
      if constexpr (is_plain_number<Type> || arrow::is_boolean_type<Type>::value) {
        copy_numbers(static_cast<const typename arrow::TypeTraits<Type>::ArrayType&>(array), value,
                     flaws);
      } else {
        parse_numbers(array, value, flaws);
      }
      return arrow::Status::OK();
    };
    const auto status = arrow::VisitType(*array.type(), by_type);
    if (!status.ok()) throw Error(ErrorKind::kInternal, status.message());
  }

  void categories(int column, Dictionary& dictionary, std::int32_t* code) const override {
    for_each_text(
        *batch_->column(column),
        [&](std::int64_t row, std::string_view text) { code[row] = dictionary.code(text); },
        [&](std::int64_t row) { code[row] = dictionary.code(""); });
  }

  void ids(int column, IdList& ids) const override {
    const arrow::Array& array = *batch_->column(column);
    if (array.type_id() == arrow::Type::INT64 && array.null_count() == 0) {
      const auto& numbers = static_cast<const arrow::Int64Array&>(array);
      for (std::int64_t row = 0; row < numbers.length(); ++row) ids.add(numbers.Value(row));
      return;
    }
    visit(column, [&](std::string_view text) { ids.add(text); });
  }

  void hash(std::span<const int> order, std::span<RowHash> hashes) const override {
    for (const int column : order) hash(column, hashes);
  }

  std::vector<std::string> texts(int column, std::span<const std::int32_t> rows) const override {
    std::vector<std::string> found;
    found.reserve(rows.size());
    for (const std::int32_t row : rows) {
      const auto cell = batch_->column(column)->Slice(row, 1);
      for_each_text(
          *cell, [&](std::int64_t, std::string_view text) { found.emplace_back(text); },
          [&](std::int64_t) { found.emplace_back(); });
    }
    return found;
  }

  void visit(int column, const TextVisitor& visitor) const override {
    for_each_text(
        *batch_->column(column), [&](std::int64_t, std::string_view text) { visitor(text); },
        [&](std::int64_t) { visitor(""); });
  }

 private:
  void hash(int column, std::span<RowHash> hashes) const {
    const arrow::Array& array = *batch_->column(column);
    const auto add_null = [&](std::int64_t row) {
      static constexpr char kNull[] = "null";
      add_cell(hashes[static_cast<std::size_t>(row)], kNull, sizeof kNull);
    };
    const auto by_type = [&](const auto& type) {
      using Type = std::decay_t<decltype(type)>;
      if constexpr (is_plain_number<Type>) {
        const auto& typed = static_cast<const typename arrow::TypeTraits<Type>::ArrayType&>(array);
        for (std::int64_t row = 0; row < array.length(); ++row) {
          const auto number = typed.Value(row);
          if (array.IsNull(row)) {
            add_null(row);
          } else {
            add_cell(hashes[static_cast<std::size_t>(row)], &number, sizeof number);
          }
        }
      } else {
        for_each_text(
            array,
            [&](std::int64_t row, std::string_view text) {
              add_cell(hashes[static_cast<std::size_t>(row)], text.data(), text.size());
            },
            add_null);
      }
      return arrow::Status::OK();
    };
    const auto status = arrow::VisitType(*array.type(), by_type);
    if (!status.ok()) throw Error(ErrorKind::kInternal, status.message());
  }

  static void parse_numbers(const arrow::Array& array, double* value, std::vector<Flaw>& flaws) {
    for_each_text(
        array,
        [&](std::int64_t row, std::string_view text) {
          const CellState state = parse_number(text, value[row]);
          if (state != CellState::kValue) flaws.push_back({static_cast<std::int32_t>(row), state});
        },
        [&](std::int64_t row) {
          value[row] = kNaN;
          flaws.push_back({static_cast<std::int32_t>(row), CellState::kMissing});
        });
  }

  std::shared_ptr<arrow::RecordBatch> batch_;
};

}  // namespace

std::unique_ptr<Cells> cells_of(std::shared_ptr<arrow::RecordBatch> batch) {
  return std::make_unique<ParquetCells>(std::move(batch));
}

}  // namespace covey::driver
