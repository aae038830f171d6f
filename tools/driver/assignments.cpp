#include "assignments.h"

#include <arrow/array/array_dict.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_binary.h>
#include <arrow/config.h>
#include <arrow/type.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "covey/error.h"
#include "parquet_file.h"

namespace covey::driver {
namespace {

constexpr std::int64_t kRowsPerGroup = 1 << 20;
// Rows a tuple from which on a row group's numbers are written as a dictionary.
constexpr std::int64_t kFewTuples = 4;

void check(const arrow::Status& status, const std::filesystem::path& file) {
  if (status.ok()) return;
  throw Error(ErrorKind::kIo, "cannot be written: " + status.message(), file.filename().string(),
              "see that the disk has room and may be written");
}

template <typename T>
T checked(arrow::Result<T> result, const std::filesystem::path& file) {
  check(result.status(), file);
  return std::move(result).ValueUnsafe();
}

// Rows [begin, begin + rows) of a vector, not copied.
template <typename Array, typename T>
std::shared_ptr<arrow::Array> view(const std::vector<T>& values, std::int64_t begin,
                                   std::int64_t rows) {
  return std::make_shared<Array>(rows, arrow::Buffer::Wrap(values.data() + begin, rows));
}

class Writer {
 public:
  Writer(const Assignments& assignments, const Mapping& mapping, const std::filesystem::path& file)
      : in_(assignments), sessions_(*assignments.sessions), file_(file) {
    const auto& ids = sessions_.ids;
    const bool has_ids = !ids.number.empty() || !ids.text.empty();
    add_field(has_ids ? "id" : "row", ids.text.empty() ? arrow::int64() : arrow::utf8());
    add_field("cluster", arrow::int32());
    add_field("persona", category_type());
    add_field("distance", arrow::float64());
    for (std::size_t c = 0; c < in_.scores->size(); ++c) {
      add_field("pc" + std::to_string(c + 1), arrow::float64());
    }
    repeats_ = sessions_.tuples() * kFewTuples <= sessions_.rows();
    personas_ = dictionary(*in_.personas);
    for (const std::int64_t squared : in_.labels->distance) {
      distances_.push_back(std::sqrt(static_cast<double>(squared)) * in_.cell);
    }
    if (in_.keep_columns) add_kept_fields(mapping);
  }

  void write() {
    parquet::WriterProperties::Builder properties;
    properties.compression(parquet::Compression::SNAPPY)->max_row_group_length(kRowsPerGroup);
    for (const auto& field : fields_) {
      // Where nearly every number differs, a dictionary of them costs time and saves nothing.
      const bool numbers = field->type()->id() == arrow::Type::DOUBLE;
      // Numbers of entries do not compress.
      if (numbers && repeats_)
        properties.compression(field->name(), parquet::Compression::UNCOMPRESSED);
      if ((numbers && !repeats_) || field == fields_.front())
        properties.disable_dictionary(field->name());
    }
    if (fields_.front()->type()->id() == arrow::Type::INT64) {
      properties.encoding(fields_.front()->name(), parquet::Encoding::DELTA_BINARY_PACKED);
    }
    ParquetFile parquet(file_, arrow::schema(fields_), properties.build());
    for (std::int64_t begin = 0; begin < sessions_.rows(); begin += kRowsPerGroup) {
      const std::int64_t rows = std::min(kRowsPerGroup, sessions_.rows() - begin);
      if (repeats_) group_tuples(begin, rows);
      parquet.write_group(rows, columns(begin, rows));
    }
    parquet.close();
  }

 private:
  static std::shared_ptr<arrow::DataType> category_type() {
    return arrow::dictionary(arrow::int32(), arrow::utf8());
  }

  void add_field(std::string name, std::shared_ptr<arrow::DataType> type) {
    const auto taken = [&] {
      return std::any_of(fields_.begin(), fields_.end(),
                         [&](const auto& field) { return field->name() == name; });
    };
    while (taken()) name += "_";
    fields_.push_back(arrow::field(std::move(name), std::move(type), false));
  }

  void add_kept_fields(const Mapping& mapping) {
    for (const std::string& name : sessions_.feature_names) add_field(name, arrow::float64());
    if (!sessions_.channel.empty()) {
      add_field(mapping.channel, category_type());
      channels_ = dictionary(sessions_.channel.names);
    }
    if (!sessions_.device_type.empty()) {
      add_field(mapping.device_type, category_type());
      devices_ = dictionary(sessions_.device_type.names);
    }
    if (!sessions_.conversion.empty()) add_field(mapping.conversion, arrow::uint8());
  }

  std::shared_ptr<arrow::Array> dictionary(const std::vector<std::string>& names) const {
    arrow::StringBuilder builder;
    check(builder.AppendValues(names), file_);
    return checked(builder.Finish(), file_);
  }

  static std::shared_ptr<arrow::Array> category(const std::vector<std::int32_t>& code,
                                                const std::shared_ptr<arrow::Array>& names,
                                                std::int64_t begin, std::int64_t rows) {
    return std::make_shared<arrow::DictionaryArray>(
        category_type(), view<arrow::Int32Array>(code, begin, rows), names);
  }

  // Finds the tuples of a row group, in order of their first row, and the rows' numbers among them.
  void group_tuples(std::int64_t begin, std::int64_t rows) {
    constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
    number_in_group_.assign(sessions_.tuples(), kNone);
    group_tuple_.clear();
    std::vector<std::uint32_t> index(rows);
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::uint32_t tuple = sessions_.tuple[begin + i];
      std::uint32_t& number = number_in_group_[tuple];
      if (number == kNone) {
        number = static_cast<std::uint32_t>(group_tuple_.size());
        group_tuple_.push_back(tuple);
      }
      index[i] = number;
    }
    group_index_ = packed_indices(index, static_cast<std::uint32_t>(group_tuple_.size()));
  }

  // A column of doubles by tuple.
  Chunk numbers(const std::vector<double>& values, std::int64_t begin, std::int64_t rows) const {
    if (!repeats_) return of_tuples<arrow::DoubleArray>(values, begin, rows);
    DictionaryChunk chunk{{}, group_index_};
    chunk.entries.reserve(group_tuple_.size());
    for (const std::uint32_t tuple : group_tuple_) chunk.entries.push_back(values[tuple]);
    return chunk;
  }

  std::shared_ptr<arrow::Array> ids(std::int64_t begin, std::int64_t rows) const {
    const auto& ids = sessions_.ids;
    if (!ids.number.empty()) return view<arrow::Int64Array>(ids.number, begin, rows);
    if (!ids.text.empty()) {
      arrow::StringBuilder builder;
      for (std::int64_t i = begin; i < begin + rows; ++i) check(builder.Append(ids.text[i]), file_);
      return checked(builder.Finish(), file_);
    }
    if (!sessions_.row.empty()) return view<arrow::Int64Array>(sessions_.row, begin, rows);
    std::vector<std::int64_t> numbers(rows);
    for (std::int64_t i = 0; i < rows; ++i) numbers[i] = begin + i + 1;
    return std::make_shared<arrow::Int64Array>(rows, arrow::Buffer::FromVector(std::move(numbers)));
  }

  // Rows [begin, begin + rows) of a column of tuples.
  template <typename Array, typename T>
  std::shared_ptr<arrow::Array> of_tuples(const std::vector<T>& values, std::int64_t begin,
                                          std::int64_t rows) const {
    if (sessions_.tuple.empty()) return view<Array>(values, begin, rows);
    std::vector<T> of_rows(rows);
    const std::uint32_t* tuple = sessions_.tuple.data() + begin;
    for (std::int64_t i = 0; i < rows; ++i) of_rows[i] = values[tuple[i]];
    return std::make_shared<Array>(rows, arrow::Buffer::FromVector(std::move(of_rows)));
  }

  std::vector<Chunk> columns(std::int64_t begin, std::int64_t rows) const {
    const auto clusters = of_tuples<arrow::Int32Array>(in_.labels->label, begin, rows);
    std::vector<Chunk> chunks = {
        ids(begin, rows), clusters,
        std::make_shared<arrow::DictionaryArray>(category_type(), clusters, personas_),
        numbers(distances_, begin, rows)};
    for (const auto& scores : *in_.scores) {
      chunks.push_back(numbers(scores, begin, rows));
    }
    if (!in_.keep_columns) return chunks;
    for (const auto& feature : sessions_.features) {
      chunks.push_back(numbers(feature, begin, rows));
    }
    if (channels_) chunks.push_back(category(sessions_.channel.code, channels_, begin, rows));
    if (devices_) chunks.push_back(category(sessions_.device_type.code, devices_, begin, rows));
    if (!sessions_.conversion.empty()) {
      chunks.push_back(view<arrow::UInt8Array>(sessions_.conversion, begin, rows));
    }
    return chunks;
  }

  const Assignments& in_;
  const Sessions& sessions_;
  std::filesystem::path file_;
  std::vector<std::shared_ptr<arrow::Field>> fields_;
  std::shared_ptr<arrow::Array> personas_, channels_, devices_;
  std::vector<double> distances_;  // by tuple, scaled units
  bool repeats_ = false;           // a tuple has several rows
  std::vector<std::uint32_t> group_tuple_, number_in_group_;
  std::shared_ptr<arrow::Buffer> group_index_;
};

}  // namespace

void write_assignments(const Assignments& assignments, const Mapping& mapping,
                       const std::filesystem::path& file) {
  Writer(assignments, mapping, file).write();
}

std::string arrow_version() { return arrow::GetBuildInfo().version_string; }

}  // namespace covey::driver
