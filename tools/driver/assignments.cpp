#include "assignments.h"

#include <arrow/array/array_dict.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_binary.h>
#include <arrow/config.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/writer.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "covey/error.h"

namespace covey::driver {
namespace {

// Rows of a row group, and of the batches that are handed to the writer.
constexpr std::int64_t kRowsPerGroup = 1 << 20;
// Rows a tuple from which on a row group's numbers are written as a dictionary, of up to this size.
constexpr std::int64_t kFewTuples = 4;
constexpr std::int64_t kDictionaryBytes = std::int64_t{8} << 20;

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
    personas_ = dictionary(*in_.personas);
    for (const std::int64_t squared : in_.labels->distance) {
      distances_.push_back(std::sqrt(static_cast<double>(squared)) * in_.cell);
    }
    if (in_.keep_columns) add_kept_fields(mapping);
  }

  void write() {
    const auto stream = checked(arrow::io::FileOutputStream::Open(file_.string()), file_);
    parquet::WriterProperties::Builder properties;
    properties.compression(parquet::Compression::SNAPPY)->max_row_group_length(kRowsPerGroup);
    const bool repeats = sessions_.tuples() * kFewTuples <= sessions_.rows();
    properties.dictionary_pagesize_limit(kDictionaryBytes);
    for (const auto& field : fields_) {
      // Where nearly every number differs, a dictionary of them costs time and saves nothing.
      const bool numbers = field->type()->id() == arrow::Type::DOUBLE && !repeats;
      if (numbers || field == fields_.front()) properties.disable_dictionary(field->name());
    }
    if (fields_.front()->type()->id() == arrow::Type::INT64) {
      properties.encoding(fields_.front()->name(), parquet::Encoding::DELTA_BINARY_PACKED);
    }
    const auto schema = arrow::schema(fields_);
    const auto writer =
        checked(parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), stream,
                                                 properties.build(),
                                                 parquet::ArrowWriterProperties::Builder()
                                                     .store_schema()
                                                     ->set_use_threads(true)
                                                     ->build()),
                file_);
    for (std::int64_t begin = 0; begin < sessions_.rows(); begin += kRowsPerGroup) {
      const std::int64_t rows = std::min(kRowsPerGroup, sessions_.rows() - begin);
      check(writer->WriteRecordBatch(*arrow::RecordBatch::Make(schema, rows, columns(begin, rows))),
            file_);
    }
    check(writer->Close(), file_);
    check(stream->Close(), file_);
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

  std::vector<std::shared_ptr<arrow::Array>> columns(std::int64_t begin, std::int64_t rows) const {
    const auto clusters = of_tuples<arrow::Int32Array>(in_.labels->label, begin, rows);
    std::vector<std::shared_ptr<arrow::Array>> arrays = {
        ids(begin, rows), clusters,
        std::make_shared<arrow::DictionaryArray>(category_type(), clusters, personas_),
        of_tuples<arrow::DoubleArray>(distances_, begin, rows)};
    for (const auto& scores : *in_.scores) {
      arrays.push_back(of_tuples<arrow::DoubleArray>(scores, begin, rows));
    }
    if (!in_.keep_columns) return arrays;
    for (const auto& feature : sessions_.features) {
      arrays.push_back(of_tuples<arrow::DoubleArray>(feature, begin, rows));
    }
    if (channels_) arrays.push_back(category(sessions_.channel.code, channels_, begin, rows));
    if (devices_) arrays.push_back(category(sessions_.device_type.code, devices_, begin, rows));
    if (!sessions_.conversion.empty()) {
      arrays.push_back(view<arrow::UInt8Array>(sessions_.conversion, begin, rows));
    }
    return arrays;
  }

  const Assignments& in_;
  const Sessions& sessions_;
  std::filesystem::path file_;
  std::vector<std::shared_ptr<arrow::Field>> fields_;
  std::shared_ptr<arrow::Array> personas_, channels_, devices_;
  std::vector<double> distances_;  // by tuple, scaled units
};

}  // namespace

void write_assignments(const Assignments& assignments, const Mapping& mapping,
                       const std::filesystem::path& file) {
  Writer(assignments, mapping, file).write();
}

std::string arrow_version() { return arrow::GetBuildInfo().version_string; }

}  // namespace covey::driver
