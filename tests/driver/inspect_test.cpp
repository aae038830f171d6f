// What covey inspect says of a file.
#include "ingest_helpers.h"

namespace covey::driver {
namespace {

using namespace testing;

std::map<std::string, ColumnReport> by_name(const FileReport& report) {
  std::map<std::string, ColumnReport> columns;
  for (const ColumnReport& column : report.columns) columns[column.name] = column;
  return columns;
}

TEST(Inspect, TypesAndFigures) {
  const TemporaryFolder folder;
  std::string text = "\xEF\xBB\xBFwhole;decimal;flag;word;nothing;many\n";
  for (int i = 0; i < 3000; ++i) {
    text += std::to_string(i % 7 - 3) + ";" +
            (i == 5   ? ""
             : i == 6 ? "oops"
                      : std::to_string(i % 10) + ".5") +
            ";" + (i % 2 == 0 ? "TRUE" : "no") + ";" + (i % 3 == 0 ? "b" : "a") + ";NA;" +
            std::to_string(i) + "\n";
  }
  const auto report = inspect(folder.write("a.csv", text + "1;2\n"), 0, 2);
  EXPECT_EQ(report.format, "CSV, delimiter ';'");
  EXPECT_EQ(report.rows, 3001);
  EXPECT_EQ(report.ragged, 1);
  auto columns = by_name(report);
  EXPECT_EQ(columns["whole"].type, "integer");
  EXPECT_EQ(columns["whole"].distinct, 7);
  EXPECT_EQ(columns["whole"].smallest, "-3");
  EXPECT_EQ(columns["whole"].largest, "3");
  EXPECT_EQ(columns["decimal"].type, "real");
  EXPECT_EQ(columns["decimal"].missing, 1);
  EXPECT_EQ(columns["decimal"].smallest, "0.5");
  EXPECT_EQ(columns["decimal"].largest, "9.5");
  EXPECT_EQ(columns["flag"].type, "boolean");
  EXPECT_EQ(columns["word"].type, "text");
  EXPECT_EQ(columns["word"].smallest, "b");
  EXPECT_EQ(columns["word"].largest, "a");
  EXPECT_EQ(columns["nothing"].type, "empty");
  EXPECT_EQ(columns["nothing"].missing, 3000);
  EXPECT_EQ(columns["many"].distinct, 1001);
}

TEST(Inspect, SuggestsTheMissionsMapping) {
  const TemporaryFolder folder;
  const auto report = inspect(folder.write(
      "a.csv",
      "session_id,clicks,page_views,time_spent,add_to_cart,referral_source,device_type,conversion_"
      "label\n"
      "1,3,4,100,0,Google,mobile,0\n2,5,6,50.5,1,Ads,desktop,1\n3,5,1,10,1,Ads,desktop,1\n"));
  const Mapping standard;
  EXPECT_EQ(report.suggestion.features, standard.features);
  EXPECT_EQ(report.suggestion.channel, standard.channel);
  EXPECT_EQ(report.suggestion.device_type, standard.device_type);
  EXPECT_EQ(report.suggestion.conversion, standard.conversion);
  EXPECT_EQ(report.suggestion.id, "session_id");
  EXPECT_EQ(by_name(report)["clicks"].suggestion, "feature");
}

TEST(Inspect, OnlineShoppers) {
  const char* data = std::getenv("COVEY_DATA");
  const std::string file =
      std::string(data == nullptr ? "" : data) + "/online_shoppers_intention.csv";
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "COVEY_DATA does not name the folder of the public data";
  const auto report = inspect(file);
  EXPECT_EQ(report.rows, 12'330);
  EXPECT_EQ(report.suggestion.channel, "TrafficType");
  EXPECT_EQ(report.suggestion.conversion, "Revenue");
  EXPECT_EQ(report.suggestion.device_type, "");
  EXPECT_EQ(report.suggestion.id, "");
  EXPECT_EQ(report.suggestion.features,
            (std::vector<std::string>{"Administrative", "Administrative_Duration", "Informational",
                                      "Informational_Duration", "ProductRelated",
                                      "ProductRelated_Duration", "BounceRates", "ExitRates",
                                      "PageValues", "SpecialDay"}));
}

TEST(Inspect, RefusesWhatIngestRefuses) {
  const TemporaryFolder folder;
  expect_error([&] { inspect(folder.path("absent")); }, ErrorKind::kIo, "cannot open the file");
  expect_error([&] { inspect(folder.write("a.csv", "a,b\n1,2\n3,\"4\n")); }, ErrorKind::kData,
               "row 2 (line 3): unterminated quote");
}

}  // namespace
}  // namespace covey::driver
