// The files that generate writes: CSV, gzip, Parquet, the list of planted defects, and what it
// refuses.
#include <arrow/array.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <arrow/util/compression.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "covey/error.h"
#include "generate.h"
#include "generate_defects.h"
#include "generate_output.h"

namespace covey::driver {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Records of a CSV text, as raw text without the newline that ends each; newlines inside quotes
/// stay.
std::vector<std::string> records_of(const std::string& text) {
  std::vector<std::string> records(1);
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == '\n' && !quoted) {
      records.emplace_back();
    } else {
      records.back() += c;
    }
  }
  EXPECT_FALSE(quoted);
  EXPECT_EQ(records.back(), "");
  records.pop_back();
  return records;
}

std::vector<std::string> cells_of(const std::string& record) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t at = 0; at < record.size(); ++at) {
    const char c = record[at];
    if (c == '"') {
      if (quoted && at + 1 < record.size() && record[at + 1] == '"') {
        cells.back() += record[++at];
      } else {
        quoted = !quoted;
      }
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

std::string line_of(const GeneratedSession& s) {
  std::ostringstream line;
  line << s.id << ',' << s.clicks << ',' << s.page_views << ',' << s.time_spent << ','
       << int{s.add_to_cart} << ',' << kChannelNames[s.channel] << ',' << kDeviceNames[s.device]
       << ',' << int{s.conversion};
  return line.str();
}

class GenerateFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("covey-generate-" + std::string(test->name()) + "-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  /// The error of generate, which must leave the folder as it was.
  void expect_error(const GenerateOptions& options, const fs::path& file, ErrorKind kind,
                    const std::string& part) {
    const std::size_t before = files();
    try {
      generate(options, file);
      ADD_FAILURE() << "no error for " << file;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
    EXPECT_EQ(files(), before);
  }

  fs::path folder_;
};

TEST_F(GenerateFiles, CsvHoldsTheStream) {
  GenerateOptions options;
  options.rows = 70'001;  // more than one batch of 65,536
  std::vector<std::int64_t> reports;
  const auto summary =
      generate(options, folder_ / "a.csv", [&](std::int64_t done, std::int64_t total) {
        EXPECT_EQ(total, options.rows);
        reports.push_back(done);
      });
  EXPECT_EQ(reports, (std::vector<std::int64_t>{65'536, 70'001}));
  const auto records = records_of(bytes_of(folder_ / "a.csv"));
  ASSERT_EQ(records.size(), 70'002U);
  EXPECT_EQ(records[0],
            "session_id,clicks,page_views,time_spent,add_to_cart,referral_source,device_type,"
            "conversion_label");
  SessionStream stream(options);
  GenerateSummary counted;
  for (std::size_t row = 1; row < records.size(); ++row) {
    const GeneratedSession session = stream.next();
    ASSERT_EQ(records[row], line_of(session));
    ++counted.sessions[session.channel];
    counted.conversions[session.channel] += session.conversion;
  }
  EXPECT_EQ(summary.sessions, counted.sessions);
  EXPECT_EQ(summary.conversions, counted.conversions);
  EXPECT_EQ(files(), 1U);
}

TEST_F(GenerateFiles, GzipHoldsTheSameText) {
  GenerateOptions options;
  options.rows = 70'001;
  generate(options, folder_ / "a.csv");
  generate(options, folder_ / "a.csv.gz");
  const auto codec = arrow::util::Codec::Create(arrow::Compression::GZIP).ValueOrDie();
  const auto raw = arrow::io::ReadableFile::Open((folder_ / "a.csv.gz").string()).ValueOrDie();
  const auto stream = arrow::io::CompressedInputStream::Make(codec.get(), raw).ValueOrDie();
  EXPECT_EQ(stream->Read(1 << 28).ValueOrDie()->ToString(), bytes_of(folder_ / "a.csv"));
}

TEST_F(GenerateFiles, ParquetHoldsTheStream) {
  GenerateOptions options;
  options.rows = (1 << 20) + 5;  // two row groups
  generate(options, folder_ / "a.parquet");
  const auto raw = arrow::io::ReadableFile::Open((folder_ / "a.parquet").string()).ValueOrDie();
  const auto reader = parquet::arrow::OpenFile(raw, arrow::default_memory_pool()).ValueOrDie();
  EXPECT_EQ(reader->num_row_groups(), 2);
  const auto table = reader->ReadTable().ValueOrDie();
  ASSERT_EQ(table->num_rows(), options.rows);
  ASSERT_EQ(table->num_columns(), 8);
  for (int column = 0; column < 8; ++column) {
    EXPECT_EQ(table->field(column)->name(), kGeneratedColumns[column]);
  }
  EXPECT_EQ(table->field(0)->type()->ToString(), "int64");
  EXPECT_EQ(table->field(3)->type()->ToString(), "int32");
  EXPECT_EQ(table->field(5)->type()->id(), arrow::Type::DICTIONARY);

  SessionStream stream(options);
  for (std::int64_t row = 0; row < options.rows; ++row) {
    const GeneratedSession session = stream.next();
    if (row % 997 != 0 && row < options.rows - 10) continue;
    std::string line;
    for (int column = 0; column < 8; ++column) {
      const auto scalar = table->column(column)->GetScalar(row).ValueOrDie();
      const auto* category = dynamic_cast<const arrow::DictionaryScalar*>(scalar.get());
      if (column > 0) line += ',';
      line += category == nullptr ? scalar->ToString()
                                  : category->GetEncodedValue().ValueOrDie()->ToString();
    }
    ASSERT_EQ(line, line_of(session));
  }
}

TEST_F(GenerateFiles, DefectsAreListedAndEverythingElseIsSound) {
  GenerateOptions options;
  options.rows = 10'000;
  options.dirty = true;
  const auto summary = generate(options, folder_ / "a.csv");
  EXPECT_EQ(summary.defects_file, folder_ / "a.defects.csv");
  const auto records = records_of(bytes_of(folder_ / "a.csv"));
  ASSERT_EQ(records.size(), 10'001U);
  const auto list = records_of(bytes_of(summary.defects_file));
  EXPECT_EQ(list[0], "row,column,text,kind");
  EXPECT_EQ(static_cast<std::int64_t>(list.size()) - 1, summary.defects);
  EXPECT_EQ(summary.defects, 50);  // one in each 200 rows

  std::map<std::int64_t, std::vector<std::string>> defects;
  std::map<std::string, int> kinds;
  for (std::size_t line = 1; line < list.size(); ++line) {
    const auto cells = cells_of(list[line]);
    ASSERT_EQ(cells.size(), 4U);
    defects[std::stoll(cells[0])] = cells;
    ++kinds[cells[3]];
  }
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(kDefectKinds));

  SessionStream stream(options);
  std::string previous;
  for (std::int64_t row = 1; row <= options.rows; ++row) {
    const std::string sound = line_of(stream.next());
    const std::string& found = records[row];
    const auto defect = defects.find(row);
    if (defect == defects.end()) {
      ASSERT_EQ(found, sound);
    } else {
      ASSERT_NE(found, sound) << row;
      const std::string &column = defect->second[1], &text = defect->second[2],
                        &kind = defect->second[3];
      if (kind == "duplicate_row") {
        EXPECT_EQ(found, previous);
      }
      if (column.empty()) {
        EXPECT_EQ(found, text);
      } else {
        const auto cells = cells_of(found);
        ASSERT_EQ(cells.size(), 8U);
        const auto expected = cells_of(sound);
        for (int at = 0; at < 8; ++at) {
          if (kGeneratedColumns[at] != column) {
            EXPECT_EQ(cells[at], expected[at]);
          } else if (kind == "invalid_utf8") {
            EXPECT_EQ(cells[at], expected[at] + '\xFF');
            EXPECT_EQ(text, expected[at] + "\\xFF");
          } else {
            EXPECT_EQ(cells[at], text);
          }
        }
      }
    }
    previous = sound;
  }
}

TEST_F(GenerateFiles, TheSmallestDirtyFileHasEveryKindInLessThanOnePercent) {
  GenerateOptions options;
  options.rows = DefectPlan::kFewestRows;
  options.dirty = true;
  for (options.seed = 1; options.seed <= 50; ++options.seed) {
    const DefectPlan plan(options.seed, options.rows);
    std::map<DefectKind, int> kinds;
    for (std::int64_t row = 1; row <= options.rows; ++row) {
      if (const auto kind = plan.at(row)) ++kinds[*kind];
    }
    int planted = 0;
    for (const auto& [kind, count] : kinds) planted += count;
    EXPECT_EQ(kinds.size(), static_cast<std::size_t>(kDefectKinds));
    EXPECT_LT(100 * planted, options.rows);
  }
  options.rows -= 1;
  expect_error(options, folder_ / "a.csv", ErrorKind::kUsage, "at least 1111 rows");
}

TEST_F(GenerateFiles, RefusesWhatMakesNoSense) {
  GenerateOptions options;
  options.rows = 2000;
  expect_error(options, folder_ / "a.txt", ErrorKind::kUsage, ".parquet");
  expect_error(options, folder_ / "csv", ErrorKind::kUsage, "format");
  options.dirty = true;
  expect_error(options, folder_ / "a.parquet", ErrorKind::kUsage, "--dirty");
  options.dirty = false;
  options.rows = 0;
  expect_error(options, folder_ / "a.csv", ErrorKind::kUsage, "--rows");
  options.rows = 1'000'000'000'001;
  expect_error(options, folder_ / "a.csv", ErrorKind::kUsage, "--rows");
}

TEST_F(GenerateFiles, KeepsAFileThatExistsUnlessAskedToReplaceIt) {
  GenerateOptions options;
  options.rows = 2000;
  std::ofstream(folder_ / "a.csv") << "mine";
  expect_error(options, folder_ / "a.csv", ErrorKind::kIo, "--force");
  EXPECT_EQ(bytes_of(folder_ / "a.csv"), "mine");
  options.overwrite = true;
  generate(options, folder_ / "a.csv");
  EXPECT_EQ(records_of(bytes_of(folder_ / "a.csv")).size(), 2001U);

  options.overwrite = false;
  options.dirty = true;
  std::ofstream(folder_ / "b.defects.csv") << "mine";
  expect_error(options, folder_ / "b.csv", ErrorKind::kIo, "b.defects.csv");
}

TEST_F(GenerateFiles, RefusesAFolderThatIsNotThere) {
  expect_error({}, folder_ / "no" / "a.csv", ErrorKind::kIo, "no such folder");
  fs::create_directory(folder_ / "d.csv");
  expect_error({}, folder_ / "d.csv", ErrorKind::kIo, "is a folder");
}

TEST_F(GenerateFiles, AnInterruptedWriteLeavesNothing) {
  for (const char* name : {"a.csv", "a.csv.gz", "a.parquet"}) {
    GenerateOptions options;
    options.dirty = name != std::string("a.parquet");
    EXPECT_THROW(generate(options, folder_ / name,
                          [&](std::int64_t, std::int64_t) {
                            EXPECT_GE(files(), 1U);
                            throw std::runtime_error("interrupted");
                          }),
                 std::runtime_error);
    EXPECT_EQ(files(), 0U) << name;
  }
}

TEST(DefectsFile, TakesTheNameOfTheData) {
  EXPECT_EQ(defects_file_of("x/sessions.csv"), fs::path("x/sessions.defects.csv"));
  EXPECT_EQ(defects_file_of("sessions.csv.gz"), fs::path("sessions.defects.csv"));
}

}  // namespace
}  // namespace covey::driver
