// Columns given as numbers of dictionary entries read back as their values.
#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>

#include "ingest_helpers.h"
#include "parquet_file.h"

namespace covey::driver {
namespace {

using Numbers = std::vector<std::uint32_t>;

std::vector<std::uint8_t> bytes_of(const Numbers& index, std::uint32_t entries) {
  const auto page = packed_indices(index, entries);
  return {page->data(), page->data() + page->size()};
}

// Parquet's own example: 0 to 7 in three bits are 0x88 0xC6 0xFA; one group is the head 3.
TEST(ParquetFile, IndicesArePackedFromTheLowBit) {
  EXPECT_EQ(bytes_of({0, 1, 2, 3, 4, 5, 6, 7}, 8),
            (std::vector<std::uint8_t>{3, 3, 0x88, 0xC6, 0xFA}));
  EXPECT_EQ(bytes_of({1}, 2), (std::vector<std::uint8_t>{1, 3, 1}));
  EXPECT_EQ(bytes_of({0, 0}, 1), (std::vector<std::uint8_t>{0, 3}));
}

TEST(ParquetFile, ReadsBack) {
  const testing::TemporaryFolder folder;
  for (const std::uint32_t entries : {1U, 2U, 3U, 255U, 256U, 257U, 70'000U}) {
    for (const std::size_t rows :
         {std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{100'001}}) {
      SCOPED_TRACE(std::to_string(entries) + " entries, " + std::to_string(rows) + " rows");
      const auto schema = arrow::schema(
          {arrow::field("n", arrow::int64(), false), arrow::field("x", arrow::float64(), false)});
      parquet::WriterProperties::Builder properties;
      if (entries % 2 == 0) properties.compression("x", parquet::Compression::SNAPPY);
      ParquetFile file(folder.path("a.parquet"), schema, properties.build());
      DictionaryChunk chunk;
      for (std::uint32_t i = 0; i < entries; ++i) chunk.entries.push_back(0.25 * i - 1);
      Numbers index(rows);
      std::vector<std::int64_t> numbers(rows);
      for (std::size_t row = 0; row < rows; ++row) {
        index[row] = static_cast<std::uint32_t>(row * 7919 % entries);
        numbers[row] = static_cast<std::int64_t>(row);
      }
      chunk.indices = packed_indices(index, entries);
      const auto n = std::make_shared<arrow::Int64Array>(rows, arrow::Buffer::Wrap(numbers));
      constexpr int kGroups = 2;
      for (int group = 0; group < kGroups; ++group)
        file.write_group(static_cast<std::int64_t>(rows), {Chunk(n), Chunk(chunk)});
      file.close();

      auto input = arrow::io::ReadableFile::Open(folder.path("a.parquet")).ValueOrDie();
      auto reader = parquet::arrow::OpenFile(input, arrow::default_memory_pool()).ValueOrDie();
      const std::shared_ptr<arrow::Table> table = reader->ReadTable().ValueOrDie();
      ASSERT_TRUE(table->schema()->Equals(*schema, false));
      ASSERT_EQ(table->num_rows(), static_cast<std::int64_t>(kGroups * rows));
      const auto flat = table->CombineChunks().ValueOrDie();
      const auto& ns = static_cast<const arrow::Int64Array&>(*flat->column(0)->chunk(0));
      const auto& xs = static_cast<const arrow::DoubleArray&>(*flat->column(1)->chunk(0));
      for (std::size_t at = 0; at < kGroups * rows; ++at) {
        const auto place = static_cast<std::int64_t>(at);
        ASSERT_EQ(ns.Value(place), numbers[at % rows]);
        ASSERT_EQ(xs.Value(place), chunk.entries[index[at % rows]]);
      }
    }
  }
}

TEST(ParquetFile, APlaceThatIsNotThere) {
  testing::expect_error(
      [] {
        ParquetFile("/nowhere/a.parquet",
                    arrow::schema({arrow::field("x", arrow::float64(), false)}),
                    parquet::WriterProperties::Builder().build());
      },
      ErrorKind::kIo, "a.parquet: cannot be written");
}

}  // namespace
}  // namespace covey::driver
