#include "parquet_file.h"

#include <arrow/array.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/base64.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/schema.h>
#include <parquet/column_page.h>
#include <parquet/column_writer.h>
#include <parquet/exception.h>
#include <parquet/file_writer.h>
#include <parquet/statistics.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "covey/error.h"

namespace covey::driver {
namespace {

constexpr char kMagic[] = "PAR1";

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& detail) {
  throw Error(ErrorKind::kIo, "cannot be written: " + detail, file.filename().string(),
              "see that the disk has room and may be written");
}

void check(const arrow::Status& status, const std::filesystem::path& file) {
  if (!status.ok()) fail(file, status.message());
}

/// Range of the values, which hold no NaN. The format asks for -0 as minimum, +0 as maximum.
parquet::EncodedStatistics statistics_of(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const auto bytes = [](double value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  };
  parquet::EncodedStatistics statistics;
  statistics.set_min(bytes(*low == 0 ? -0.0 : *low));
  statistics.set_max(bytes(*high == 0 ? 0.0 : *high));
  statistics.set_null_count(0);
  return statistics;
}

/// A column chunk on its way: encoded into memory, then put into the file by close().
class ChunkWriter {
 public:
  ChunkWriter(const std::shared_ptr<arrow::io::OutputStream>& file,
              parquet::ColumnChunkMetaDataBuilder* metadata, std::int16_t group,
              std::int16_t column, const parquet::WriterProperties& properties)
      : metadata_(metadata), properties_(properties) {
    pages_ = parquet::PageWriter::Open(file, properties.compression(metadata->descr()->path()),
                                       metadata, group, column, arrow::default_memory_pool(),
                                       /*buffered_row_group=*/true);
  }

  arrow::Status encode(std::int64_t rows, const arrow::Array& values,
                       parquet::ArrowWriterProperties& properties) {
    writer_ = parquet::ColumnWriter::Make(metadata_, std::move(pages_), &properties_);
    parquet::ArrowWriteContext context(arrow::default_memory_pool(), &properties);
    return writer_->WriteArrow(nullptr, nullptr, rows, values, &context, false);
  }

  arrow::Status encode(std::int64_t rows, const DictionaryChunk& chunk) {
    using parquet::Encoding;
    const auto entries = static_cast<std::int32_t>(chunk.entries.size());
    metadata_->SetStatistics(statistics_of(chunk.entries));
    pages_->WriteDictionaryPage(
        parquet::DictionaryPage(arrow::Buffer::Wrap(chunk.entries), entries, Encoding::PLAIN));
    pages_->WriteDataPage(parquet::DataPageV1(
        compressed(chunk.indices), static_cast<std::int32_t>(rows), Encoding::RLE_DICTIONARY,
        Encoding::RLE, Encoding::RLE, chunk.indices->size()));
    return arrow::Status::OK();
  }

  void close() {
    if (writer_ != nullptr) {
      writer_->Close();
    } else {
      pages_->Close(/*has_dictionary=*/true, /*fallback=*/false);
    }
  }

 private:
  std::shared_ptr<arrow::Buffer> compressed(const std::shared_ptr<arrow::Buffer>& page) {
    if (!pages_->has_compressor()) return page;
    std::shared_ptr<arrow::ResizableBuffer> packed =
        parquet::AllocateBuffer(arrow::default_memory_pool(), 0);
    pages_->Compress(*page, packed.get());
    return packed;
  }

  parquet::ColumnChunkMetaDataBuilder* metadata_;
  const parquet::WriterProperties& properties_;
  std::unique_ptr<parquet::PageWriter> pages_;
  std::shared_ptr<parquet::ColumnWriter> writer_;
};

}  // namespace

std::shared_ptr<arrow::Buffer> packed_indices(std::span<const std::uint32_t> index,
                                              std::uint32_t entries) {
  constexpr std::size_t kGroup = 8;  // a run holds whole groups of numbers
  const auto width = static_cast<unsigned>(std::bit_width(entries == 0 ? 0 : entries - 1));
  const std::size_t groups = (index.size() + kGroup - 1) / kGroup;
  std::vector<std::uint8_t> bytes = {static_cast<std::uint8_t>(width)};
  for (std::uint64_t head = groups << 1 | 1; head != 0; head >>= 7) {
    bytes.push_back(static_cast<std::uint8_t>((head & 0x7F) | (head > 0x7F ? 0x80 : 0)));
  }
  const std::size_t begin = bytes.size();
  bytes.resize(begin + groups * width + sizeof(std::uint64_t));
  std::uint8_t* to = bytes.data() + begin;
  std::uint64_t waiting = 0;
  unsigned bits = 0;
  for (const std::uint32_t number : index) {
    waiting |= std::uint64_t{number} << bits;
    bits += width;
    std::memcpy(to, &waiting, sizeof waiting);
    const unsigned full = bits / 8;
    to += full;
    waiting >>= full * 8;
    bits %= 8;
  }
  bytes.resize(begin + groups * width);
  return arrow::Buffer::FromVector(std::move(bytes));
}

ParquetFile::ParquetFile(const std::filesystem::path& file,
                         const std::shared_ptr<arrow::Schema>& schema,
                         std::shared_ptr<parquet::WriterProperties> properties)
    : file_(file),
      properties_(std::move(properties)),
      arrow_properties_(parquet::ArrowWriterProperties::Builder().store_schema()->build()),
      arrow_schema_(schema) {
  check(parquet::arrow::ToParquetSchema(schema.get(), *properties_, *arrow_properties_, &schema_),
        file_);
  metadata_ = parquet::FileMetaDataBuilder::Make(schema_.get(), properties_);
  auto stream = arrow::io::FileOutputStream::Open(file.string());
  check(stream.status(), file_);
  stream_ = *stream;
  check(stream_->Write(kMagic, 4), file_);
}

void ParquetFile::write_group(std::int64_t rows, const std::vector<Chunk>& chunks) {
  try {
    parquet::RowGroupMetaDataBuilder* group = metadata_->AppendRowGroup();
    group->set_num_rows(rows);
    const auto begin = stream_->Tell();
    check(begin.status(), file_);
    std::vector<std::unique_ptr<ChunkWriter>> writers;
    for (std::size_t c = 0; c < chunks.size(); ++c) {
      writers.push_back(std::make_unique<ChunkWriter>(stream_, group->NextColumnChunk(), groups_,
                                                      static_cast<std::int16_t>(c), *properties_));
    }
    tbb::parallel_for(std::size_t{0}, chunks.size(), [&](std::size_t c) {
      const auto* values = std::get_if<std::shared_ptr<arrow::Array>>(&chunks[c]);
      check(values != nullptr ? writers[c]->encode(rows, **values, *arrow_properties_)
                              : writers[c]->encode(rows, std::get<DictionaryChunk>(chunks[c])),
            file_);
    });
    for (const auto& writer : writers) writer->close();
    const auto end = stream_->Tell();
    check(end.status(), file_);
    group->Finish(*end - *begin, groups_++);
  } catch (const parquet::ParquetException& error) {
    fail(file_, error.what());
  }
}

void ParquetFile::close() {
  try {
    // Arrow's readers take types from here that Parquet does not know, such as dictionaries.
    const auto schema = arrow::ipc::SerializeSchema(*arrow_schema_);
    check(schema.status(), file_);
    const auto text = arrow::util::base64_encode(std::string_view(**schema));
    const auto footer = metadata_->Finish(arrow::key_value_metadata({{"ARROW:schema", text}}));
    parquet::WriteFileMetaData(*footer, stream_.get());
    check(stream_->Close(), file_);
  } catch (const parquet::ParquetException& error) {
    fail(file_, error.what());
  }
}

}  // namespace covey::driver
