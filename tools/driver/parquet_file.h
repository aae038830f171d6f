// A Parquet file written row group by row group, whose columns may come as numbers of dictionary
// entries: Arrow's own writer looks up every value again.
#pragma once

#include <arrow/io/file.h>
#include <arrow/type.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <variant>
#include <vector>

namespace covey::driver {

/// Numbers of dictionary entries as a data page holds them: one byte for the bits of a number, then
/// one bit-packed run.
std::shared_ptr<arrow::Buffer> packed_indices(std::span<const std::uint32_t> index,
                                              std::uint32_t entries);

/// A column chunk of doubles.
struct DictionaryChunk {
  std::vector<double> entries;
  std::shared_ptr<arrow::Buffer> indices;  ///< as packed_indices makes them; may be shared
};

/// No column may hold nulls.
using Chunk = std::variant<std::shared_ptr<arrow::Array>, DictionaryChunk>;

class ParquetFile {
 public:
  /// Throws Error (io), as all do.
  ParquetFile(const std::filesystem::path& file, const std::shared_ptr<arrow::Schema>& schema,
              std::shared_ptr<parquet::WriterProperties> properties);

  /// A chunk for each field of the schema. Columns are encoded side by side.
  void write_group(std::int64_t rows, const std::vector<Chunk>& chunks);
  void close();

 private:
  std::filesystem::path file_;
  std::shared_ptr<parquet::WriterProperties> properties_;
  std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  std::shared_ptr<parquet::SchemaDescriptor> schema_;
  std::unique_ptr<parquet::FileMetaDataBuilder> metadata_;
  std::shared_ptr<arrow::io::FileOutputStream> stream_;
  std::int16_t groups_ = 0;
};

}  // namespace covey::driver
