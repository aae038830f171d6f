// The workbook: the same bytes whenever and wherever it is written, and cells that hold their text
// whatever it is.
#include "tables_xlsx.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include "ingest_helpers.h"
#include "text_format.h"
#include "zip_support.h"

namespace covey::driver {
namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Sheet small_sheet() {
  Sheet sheet("small");
  sheet.texts({"name", "count", "share", "number", "list"});
  sheet.end_header();
  sheet.text("=1+1");
  sheet.count(1234);
  sheet.add(Share{0.25});
  sheet.number(-0.5);
  sheet.add(std::vector<double>{1, 2.5});
  sheet.text("");
  sheet.empty();
  sheet.number(std::numeric_limits<double>::infinity());
  sheet.empty(2);
  return sheet;
}

/// Rows of one cell, or one row of cells, numbered.
Sheet long_sheet(std::size_t rows, std::size_t columns) {
  Sheet sheet("long");
  for (std::size_t column = 0; column < columns; ++column) sheet.text(fmt::format("c{}", column));
  sheet.end_header();
  for (std::size_t cell = 0; cell < rows * columns; ++cell) {
    sheet.count(static_cast<std::int64_t>(cell));
  }
  return sheet;
}

class WorkbookTest : public ::testing::Test {
 protected:
  std::string bytes_of(const Sheet& sheet) const {
    const std::string file = folder_.path("tables.xlsx");
    Workbook workbook(file);
    workbook.add(sheet);
    workbook.close();
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  testing::TemporaryFolder folder_;
};

/// Another time zone until the end of the test.
class TimeZone {
 public:
  explicit TimeZone(const char* name) {
    if (const char* before = getenv("TZ")) before_ = before;
    setenv("TZ", name, 1);
    tzset();
  }
  ~TimeZone() {
    before_.empty() ? unsetenv("TZ") : setenv("TZ", before_.c_str(), 1);
    tzset();
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;

 private:
  std::string before_;
};

TEST_F(WorkbookTest, IsTheSameBytesInAnyTimeZone) {
  const std::string bytes = bytes_of(small_sheet());
  EXPECT_EQ(bytes_of(small_sheet()), bytes);
  for (const char* zone : {"XXX-14", "XXX+12"}) {
    const TimeZone elsewhere(zone);
    EXPECT_EQ(bytes_of(small_sheet()), bytes) << zone;
  }
}

TEST_F(WorkbookTest, HoldsNoTimeButTheFirstOfZip) {
  constexpr std::uint32_t kFirst = 0x21U << 16;  // 1980-01-01, midnight
  const std::string bytes = bytes_of(small_sheet());
  const auto entries = zip_entries(bytes);
  EXPECT_GT(entries.size(), 5U);
  for (const ZipEntry& entry : entries) EXPECT_EQ(entry.time, kFirst) << entry.name;
  const std::string core = zip_text(bytes, "docProps/core.xml");
  EXPECT_TRUE(holds(core, "1980-01-01T00:00:00Z</dcterms:created>")) << core;
  EXPECT_TRUE(holds(core, "1980-01-01T00:00:00Z</dcterms:modified>")) << core;
}

TEST_F(WorkbookTest, LeavesNothingBeside) {
  bytes_of(small_sheet());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path("")), {}), 1);
}

TEST_F(WorkbookTest, CellsAreWhatTheyAre) {
  const std::string bytes = bytes_of(small_sheet());
  const std::string sheet = zip_text(bytes, "xl/worksheets/sheet1.xml");
  const std::string texts = zip_text(bytes, "xl/sharedStrings.xml");
  EXPECT_TRUE(holds(sheet, "<v>1234</v>"));
  EXPECT_TRUE(holds(sheet, "<v>0.25</v>"));
  EXPECT_TRUE(holds(sheet, "<c r=\"D2\"><v>-0.5</v></c>")) << sheet;
  EXPECT_TRUE(holds(sheet, "<c r=\"C3\" t=\"s\">")) << sheet;  // inf is no number of a sheet
  EXPECT_FALSE(holds(sheet, "r=\"A3\""));
  EXPECT_FALSE(holds(sheet, "<f>"));
  EXPECT_TRUE(holds(texts, "<t>=1+1</t>")) << texts;
  EXPECT_TRUE(holds(texts, "<t>1 2.5</t>"));
  EXPECT_TRUE(holds(texts, "<t>inf</t>"));
}

TEST_F(WorkbookTest, RowsBeyondTheLimitAreCountedInTheLastLine) {
  constexpr std::size_t kRows = 50'000;
  const std::string fits = bytes_of(long_sheet(kRows, 1));
  EXPECT_TRUE(holds(zip_text(fits, "xl/worksheets/sheet1.xml"), "<v>49999</v></c></row></sheet"));
  EXPECT_FALSE(holds(zip_text(fits, "xl/sharedStrings.xml"), "more"));

  const std::string cut = bytes_of(long_sheet(kRows + 1234, 1));
  const std::string sheet = zip_text(cut, "xl/worksheets/sheet1.xml");
  EXPECT_TRUE(holds(sheet, "<v>49999</v>"));
  EXPECT_FALSE(holds(sheet, "<v>50000</v>"));
  EXPECT_TRUE(holds(sheet, "<c r=\"A50002\" t=\"s\"><v>1</v></c></row></sheetData>"));
  EXPECT_TRUE(holds(zip_text(cut, "xl/sharedStrings.xml"),
                    fmt::format("<t>and {} more rows in long.csv</t>", count_text(1234))));
}

TEST_F(WorkbookTest, ColumnsBeyondTheLimitAreCountedInTheLastColumn) {
  const std::string bytes = bytes_of(long_sheet(1, 20'000));
  const std::string sheet = zip_text(bytes, "xl/worksheets/sheet1.xml");
  const std::string texts = zip_text(bytes, "xl/sharedStrings.xml");
  EXPECT_TRUE(holds(texts, fmt::format("<t>and {} more columns in long.csv</t>", count_text(3617))))
      << texts.substr(texts.size() - 200);
  EXPECT_TRUE(holds(sheet, "<c r=\"XFD1\" s=\"1\" t=\"s\"><v>16383</v></c></row>"));
  EXPECT_TRUE(holds(sheet, "<v>16382</v></c></row></sheetData>"));
}

TEST_F(WorkbookTest, NamesTheFileThatCannotBeWritten) {
  const std::string file = folder_.path("none") + "/tables.xlsx";
  testing::expect_error([&] { const Workbook workbook(file); }, ErrorKind::kIo,
                        "cannot write tables.xlsx: No such file or directory");
}

TEST_F(WorkbookTest, ADiskThatIsFullIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  const std::string file = folder_.path("tables.xlsx");
  std::filesystem::create_symlink("/dev/full", file);
  Workbook workbook(file);
  workbook.add(small_sheet());
  testing::expect_error([&] { workbook.close(); }, ErrorKind::kIo, "cannot write tables.xlsx");
}

TEST(WorkbookText, NamesStayAsTheyAre) {
  for (const char* text : {"", "=1+1", "'quoted", "007", "</t><f>1</f>", "a,\"b\"", "two\nlines",
                           "tab\there", "😀", "\xd7\xa9\xe2\x80\xae\xd7\x9c", "_x00"}) {
    EXPECT_EQ(workbook_text(text), text);
  }
}

TEST(WorkbookText, WhatXmlCannotHoldIsWrittenOut) {
  EXPECT_EQ(workbook_text("a\x1B[31m\rb"), "a\\x1B[31m\\x0Db");
  EXPECT_EQ(workbook_text(std::string("\0z", 2)), "\\x00z");
  EXPECT_EQ(workbook_text("\xff|\xc3|\xed\xa0\x80"), "\\xFF|\\xC3|\\xED\\xA0\\x80");
  EXPECT_EQ(workbook_text("\xef\xbf\xbe\xef\xbf\xbf"), "\\uFFFE\\uFFFF");
}

TEST(WorkbookText, WhatSpreadsheetsWouldReadAsACharacterIsEscaped) {
  EXPECT_EQ(workbook_text("a_x0041_b"), "a_x005F_x0041_b");
  EXPECT_EQ(workbook_text("_xZZZZ_"), "_xZZZZ_");
}

TEST(WorkbookText, IsCutWhereACellEndsAndNeverWithinACharacter) {
  const std::string full(32'767, 'n');
  EXPECT_EQ(workbook_text(full), full);
  EXPECT_EQ(workbook_text(full + "n"), full.substr(1) + "…");
  std::string wide;  // a letter, then 2 units each: 32,767 in all
  for (int emoji = 0; emoji < 16'383; ++emoji) wide += "😀";
  EXPECT_EQ(workbook_text("n" + wide), "n" + wide);
  EXPECT_EQ(workbook_text(wide + "😀"), wide + "…");
  EXPECT_EQ(workbook_text("nn" + wide), "nn" + wide.substr(4) + "…");
  EXPECT_EQ(workbook_text(full.substr(1) + "\x1B"), full.substr(1) + "…");
}

}  // namespace
}  // namespace covey::driver
