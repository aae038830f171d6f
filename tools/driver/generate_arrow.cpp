// The two outputs that need Apache Arrow: Parquet, and gzip.
#include <arrow/array/array_dict.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/compression.h>
#include <parquet/arrow/writer.h>

#include <utility>
#include <vector>

#include "covey/error.h"
#include "generate_output.h"

namespace covey::driver {
namespace {

void check(const arrow::Status& status, const std::filesystem::path& file) {
  if (status.ok()) return;
  throw Error(ErrorKind::kIo, "cannot be written (" + status.message() + ")", file.string(),
              "check the folder, its permissions and the free space");
}

template <typename T>
T checked(arrow::Result<T> result, const std::filesystem::path& file) {
  check(result.status(), file);
  return std::move(result).ValueUnsafe();
}

class GzipSink : public ByteSink {
 public:
  explicit GzipSink(const PendingFile& target) : file_(target.file()) {
    codec_ = checked(arrow::util::Codec::Create(arrow::Compression::GZIP), file_);
    raw_ = checked(arrow::io::FileOutputStream::Open(target.pending().string()), file_);
    stream_ = checked(arrow::io::CompressedOutputStream::Make(codec_.get(), raw_), file_);
  }

  void write(std::string_view bytes) override {
    check(stream_->Write(bytes.data(), static_cast<std::int64_t>(bytes.size())), file_);
  }

  void close() override { check(stream_->Close(), file_); }

 private:
  std::filesystem::path file_;
  std::unique_ptr<arrow::util::Codec> codec_;
  std::shared_ptr<arrow::io::OutputStream> raw_;
  std::shared_ptr<arrow::io::CompressedOutputStream> stream_;
};

template <typename T>
std::shared_ptr<arrow::ArrayData> array_of(std::shared_ptr<arrow::DataType> type,
                                           std::vector<T>& values) {
  const auto rows = static_cast<std::int64_t>(values.size());
  return arrow::ArrayData::Make(std::move(type), rows,
                                {nullptr, arrow::Buffer::FromVector(std::exchange(values, {}))}, 0);
}

template <std::size_t n>
std::shared_ptr<arrow::Array> dictionary_of(const std::array<std::string_view, n>& names,
                                            const std::filesystem::path& file) {
  arrow::StringBuilder builder;
  for (const std::string_view name : names) check(builder.Append(name), file);
  return checked(builder.Finish(), file);
}

class ParquetWriter : public SessionWriter {
 public:
  explicit ParquetWriter(const PendingFile& target)
      : file_(target.file()),
        channels_(dictionary_of(kChannelNames, file_)),
        devices_(dictionary_of(kDeviceNames, file_)) {
    const auto category = arrow::dictionary(arrow::int32(), arrow::utf8());
    const std::array<std::shared_ptr<arrow::DataType>, kGeneratedColumns.size()> types = {
        arrow::int64(), arrow::int32(), arrow::int32(), arrow::int32(),
        arrow::int32(), category,       category,       arrow::int32()};
    std::vector<std::shared_ptr<arrow::Field>> fields;
    for (std::size_t column = 0; column < types.size(); ++column) {
      fields.push_back(arrow::field(std::string(kGeneratedColumns[column]), types[column], false));
    }
    schema_ = arrow::schema(std::move(fields));
    stream_ = checked(arrow::io::FileOutputStream::Open(target.pending().string()), file_);
    writer_ = checked(
        parquet::arrow::FileWriter::Open(
            *schema_, arrow::default_memory_pool(), stream_,
            parquet::WriterProperties::Builder().compression(parquet::Compression::SNAPPY)->build(),
            parquet::ArrowWriterProperties::Builder().store_schema()->build()),
        file_);
  }

  void write(std::span<const GeneratedSession> sessions) override {
    for (const GeneratedSession& session : sessions) {
      id_.push_back(session.id);
      const std::array<std::int32_t, 7> values = {
          session.clicks,  session.page_views, session.time_spent, session.add_to_cart,
          session.channel, session.device,     session.conversion};
      for (std::size_t column = 0; column < values.size(); ++column) {
        columns_[column].push_back(values[column]);
      }
      if (id_.size() == kRowsPerGroup) write_group();
    }
  }

  void close() override {
    if (!id_.empty()) write_group();
    check(writer_->Close(), file_);
    check(stream_->Close(), file_);
  }

 private:
  static constexpr std::size_t kRowsPerGroup = std::size_t{1} << 20;

  void write_group() {
    const auto rows = static_cast<std::int64_t>(id_.size());
    std::vector<std::shared_ptr<arrow::Array>> arrays = {
        arrow::MakeArray(array_of(arrow::int64(), id_))};
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      auto values = arrow::MakeArray(array_of(arrow::int32(), columns_[column]));
      const auto& type = schema_->field(static_cast<int>(column) + 1)->type();
      if (type->id() == arrow::Type::DICTIONARY) {
        const bool is_channel = kGeneratedColumns[column + 1] == "referral_source";
        values = std::make_shared<arrow::DictionaryArray>(type, values,
                                                          is_channel ? channels_ : devices_);
      }
      arrays.push_back(std::move(values));
    }
    check(writer_->WriteTable(*arrow::Table::Make(schema_, arrays, rows), rows), file_);
  }

  std::filesystem::path file_;
  std::shared_ptr<arrow::Array> channels_, devices_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::FileOutputStream> stream_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  std::vector<std::int64_t> id_;
  std::array<std::vector<std::int32_t>, 7>
      columns_;  ///< the columns after session_id; categories as codes
};

}  // namespace

std::unique_ptr<ByteSink> make_gzip_sink(const PendingFile& target) {
  return std::make_unique<GzipSink>(target);
}

std::unique_ptr<SessionWriter> make_parquet_writer(const PendingFile& target) {
  return std::make_unique<ParquetWriter>(target);
}

}  // namespace covey::driver
