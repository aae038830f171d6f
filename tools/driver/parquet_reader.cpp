#include "parquet_reader.h"

#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/properties.h>

#include <cstring>
#include <utility>

#include "covey/error.h"
#include "parquet_cells.h"

namespace covey::driver {
namespace {

constexpr std::int64_t kBatchRows = 1 << 15;
constexpr char kMagic[] = "PAR1";

/// The open file and its footer; row groups may be read from several threads, each through a reader
/// of its own.
struct OpenFile {
  std::string name;
  std::shared_ptr<arrow::io::ReadableFile> file;
  std::shared_ptr<parquet::FileMetaData> footer;

  template <typename Value>
  Value take(arrow::Result<Value> result) const {
    if (!result.ok()) fail(result.status().message());
    return std::move(result).MoveValueUnsafe();
  }
  [[noreturn]] void fail(const std::string& detail) const {
    throw Error(ErrorKind::kData, "the Parquet file is damaged: " + detail, name,
                "write or download it again");
  }
  std::unique_ptr<parquet::arrow::FileReader> reader() const {
    parquet::arrow::FileReaderBuilder builder;
    if (const auto opened = builder.Open(file, parquet::default_reader_properties(), footer);
        !opened.ok()) {
      fail(opened.message());
    }
    parquet::ArrowReaderProperties properties(/*use_threads=*/false);
    properties.set_batch_size(kBatchRows);
    properties.set_pre_buffer(false);
    builder.properties(properties);
    return take(builder.Build());
  }
};

class RowGroupWork final : public Work {
 public:
  RowGroupWork(const OpenFile& file, int group, std::int64_t bytes_done)
      : file_(file), group_(group), bytes_done_(bytes_done) {}

  std::int64_t bytes_done() const override { return bytes_done_; }

  void parse(const std::function<void(const Cells&)>& use) override {
    try {
      const auto reader = file_.reader();
      const auto batches = file_.take(reader->GetRecordBatchReader({group_}));
      while (auto batch = file_.take(batches->Next())) use(*cells_of(std::move(batch)));
    } catch (const parquet::ParquetException& error) {
      file_.fail(error.what());
    }
  }

 private:
  const OpenFile& file_;
  int group_;
  std::int64_t bytes_done_;
};

/// A batch that next() has decoded already.
class BatchWork final : public Work {
 public:
  BatchWork(std::shared_ptr<arrow::RecordBatch> batch, std::int64_t bytes_done)
      : batch_(std::move(batch)), bytes_done_(bytes_done) {}

  std::int64_t bytes_done() const override { return bytes_done_; }

  void parse(const std::function<void(const Cells&)>& use) override {
    use(*cells_of(std::move(batch_)));
  }

 private:
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::int64_t bytes_done_;
};

class ParquetSource final : public Source {
 public:
  explicit ParquetSource(const std::string& name) {
    file_.name = name;
    auto opened = arrow::io::ReadableFile::Open(name);
    if (!opened.ok())
      throw Error(ErrorKind::kIo, "cannot open the file: " + opened.status().message(), name);
    file_.file = *opened;
    size_ = file_.take(file_.file->GetSize());
    check_footer();
    try {
      auto reader = file_.reader();
      file_.footer = reader->parquet_reader()->metadata();
      std::shared_ptr<arrow::Schema> schema;
      if (const auto read = reader->GetSchema(&schema); !read.ok()) file_.fail(read.message());
      columns_ = schema->field_names();
      // One row group alone would keep one thread busy: decode it here, batch by batch, and convert
      // beside that.
      if (reader->num_row_groups() == 1) {
        batches_ = file_.take(reader->GetRecordBatchReader());
        reader_ = std::move(reader);
      }
    } catch (const parquet::ParquetException& error) {
      file_.fail(error.what());
    }
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  std::string format() const override { return "Parquet"; }

  std::unique_ptr<Work> next() override {
    if (batches_ == nullptr) {
      if (group_ == file_.footer->num_row_groups()) return nullptr;
      rows_done_ += file_.footer->RowGroup(group_)->num_rows();
      return std::make_unique<RowGroupWork>(file_, group_++, bytes_of_rows_done());
    }
    try {
      auto batch = file_.take(batches_->Next());
      if (batch == nullptr) return nullptr;
      rows_done_ += batch->num_rows();
      return std::make_unique<BatchWork>(std::move(batch), bytes_of_rows_done());
    } catch (const parquet::ParquetException& error) {
      file_.fail(error.what());
    }
  }

  std::int64_t bytes_in_all() const override { return size_; }
  int parts_in_flight(int threads) const override {
    return batches_ == nullptr ? threads : 2 * threads;
  }

 private:
  void check_footer() const {
    char last[4] = {};
    if (size_ >= 12) {
      const auto read = file_.file->ReadAt(size_ - 4, sizeof last, last);
      if (!read.ok())
        throw Error(ErrorKind::kIo, "reading failed: " + read.status().message(), file_.name);
    }
    if (std::memcmp(last, kMagic, sizeof last) != 0) {
      throw Error(ErrorKind::kData, "the Parquet file is cut off: its footer is missing",
                  file_.name, "write or download it again");
    }
  }

  std::int64_t bytes_of_rows_done() const {
    const auto rows = static_cast<double>(file_.footer->num_rows());
    return rows > 0 ? static_cast<std::int64_t>(static_cast<double>(size_) *
                                                static_cast<double>(rows_done_) / rows)
                    : size_;
  }

  OpenFile file_;
  std::int64_t size_ = 0;
  std::vector<std::string> columns_;
  int group_ = 0;
  std::int64_t rows_done_ = 0;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
};

}  // namespace

std::unique_ptr<Source> open_parquet(const std::string& file) {
  return std::make_unique<ParquetSource>(file);
}

}  // namespace covey::driver
