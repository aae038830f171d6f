#include "tables_xlsx.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <thread>

#include "ingest_helpers.h"

namespace covey::driver {
namespace {

namespace fs = std::filesystem;

/// Another time zone as long as this lives.
class TimeZone {
 public:
  explicit TimeZone(const char* name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    setenv("TZ", name, 1);
    tzset();
  }
  ~TimeZone() {
    before_ ? setenv("TZ", before_->c_str(), 1) : unsetenv("TZ");
    tzset();
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;

 private:
  std::optional<std::string> before_;
};

Sheet channels(std::size_t rows) {
  Sheet sheet("channels");
  sheet.texts({"channel", "sessions", "share", "mean"});
  sheet.end_header();
  for (std::size_t row = 0; row < rows; ++row) {
    sheet.text("=1+1");
    sheet.count(12'345);
    sheet.add(Share{0.25});
    sheet.number(std::numeric_limits<double>::infinity());
  }
  return sheet;
}

class TablesXlsxTest : public ::testing::Test {
 protected:
  std::string bytes_of(const Sheet& sheet, const std::string& name) {
    Workbook workbook(folder_.path(name));
    workbook.add(sheet);
    workbook.close();
    std::ifstream stream(folder_.path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  testing::TemporaryFolder folder_;
};

TEST_F(TablesXlsxTest, TheSameSheetsGiveTheSameBytesAtAnyTimeAndPlace) {
  std::string here, there;
  {
    const TimeZone zone("America/Los_Angeles");
    here = bytes_of(channels(3), "a.xlsx");
  }
  std::this_thread::sleep_for(std::chrono::seconds(2));  // times in zip files go by two seconds
  {
    const TimeZone zone("Asia/Tokyo");
    there = bytes_of(channels(3), "b.xlsx");
  }
  EXPECT_EQ(here.substr(0, 2), "PK");
  EXPECT_EQ(here, there);
  EXPECT_NE(here, bytes_of(channels(4), "c.xlsx"));
}

TEST_F(TablesXlsxTest, NothingElseIsLeftInTheFolder) {
  bytes_of(channels(3), "a.xlsx");
  { const Workbook dropped(folder_.path("a.xlsx")); }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path("")), fs::directory_iterator()), 1);
}

TEST_F(TablesXlsxTest, AFileThatCannotBeWrittenIsAnError) {
  testing::expect_error([&] { const Workbook workbook(folder_.path("none/tables.xlsx")); },
                        ErrorKind::kIo, "cannot write tables.xlsx: No such file or directory");
  // The folder goes away before the library writes.
  fs::create_directory(folder_.path("gone"));
  Workbook workbook(folder_.path("gone/tables.xlsx"));
  workbook.add(channels(1));
  fs::remove_all(folder_.path("gone"));
  testing::expect_error([&] { workbook.close(); }, ErrorKind::kIo, "cannot write tables.xlsx: ");
}

TEST_F(TablesXlsxTest, ASheetTwiceIsAnError) {
  Workbook workbook(folder_.path("tables.xlsx"));
  workbook.add(channels(1));
  testing::expect_error([&] { workbook.add(channels(1)); }, ErrorKind::kIo, "no sheet channels");
}

TEST_F(TablesXlsxTest, TheLargestAndTheSmallestTableAreWritten) {
  EXPECT_EQ(bytes_of(channels(50'001), "a.xlsx"), bytes_of(channels(50'001), "b.xlsx"));
  EXPECT_EQ(bytes_of(channels(0), "c.xlsx").substr(0, 2), "PK");
  Sheet wide("personas");
  for (int column = 0; column < 20'000; ++column) wide.text("c");
  wide.end_header();
  for (int column = 0; column < 20'000; ++column) wide.number(column);
  EXPECT_EQ(bytes_of(wide, "d.xlsx").substr(0, 2), "PK");
}

TEST(WorkbookText, StaysAsItIs) {
  for (const char* text :
       {"", "=1+1", "+3", "007", "'x", "http://x.example", "größer 大 👩‍👩‍👧",
        "שלום \u200f", "two\nlines\tand a tab", "_x00_", "_x004G_"}) {
    EXPECT_EQ(workbook_text(text), text);
  }
}

TEST(WorkbookText, WhatXmlCannotHoldIsWrittenOut) {
  using namespace std::string_view_literals;
  EXPECT_EQ(workbook_text("a\x1b\0\r"sv), "a\\x1B\\x00\\x0D");
  EXPECT_EQ(workbook_text("a\xff\xc3"), "a\\xFF\\xC3");
  EXPECT_EQ(workbook_text("\uFFFE\uFFFF\uFFFD"), "\\uFFFE\\uFFFF\uFFFD");
  EXPECT_EQ(workbook_text("_x0041_"), "_x005F_x0041_");
}

TEST(WorkbookText, LongTextIsCutBetweenCharacters) {
  const std::string most(32'767, 'a');
  EXPECT_EQ(workbook_text(most), most);
  EXPECT_EQ(workbook_text(most + "b"), most.substr(1) + "…");
  std::string wide;
  for (int i = 0; i < 16'384; ++i) wide += "😀";
  EXPECT_EQ(workbook_text(wide), wide.substr(0, std::size_t{4} * 16'383) + "…");
}

}  // namespace
}  // namespace covey::driver
