// What needs all rows: duplicates, categories, identifiers, medians, multiplicities, the hash of
// the data.
#include <algorithm>
#include <random>

#include "ingest_finish.h"
#include "ingest_helpers.h"

namespace covey::driver {
namespace {

using namespace testing;

class IngestFinish : public ::testing::Test {
 protected:
  IngestOptions options_for(std::string_view text) {
    return small_options({folder_.write("a.csv", text)});
  }
  TemporaryFolder folder_;
};

TEST_F(IngestFinish, DuplicatesCountColumnsThatAreNotMapped) {
  // Rows 3 and 5 repeat row 1; row 2 differs in a column that plays no part; dropped rows count,
  // ragged ones do not.
  const auto sessions =
      ingest(options_for("note,x,channel,bought\nn,1,a,0\nm,1,a,0\nn,1,a,0\nn,1,a\n\"n\",1,a,0\nn,"
                         "bad,a,0\nn,bad,a,0\nn,1,a\n"));
  EXPECT_EQ(sessions.ledger.duplicate_rows, 3);
  // Where a cell ends matters.
  EXPECT_EQ(ingest(options_for("note,x,channel,bought\nab,1,a,0\na,1,ba,0\n,1,a,0\n"))
                .ledger.duplicate_rows,
            0);
}

TEST_F(IngestFinish, DuplicatesAcrossFilesWithColumnsInAnotherOrder) {
  auto options = small_options({folder_.write("a.csv", "x,channel,bought\n1,a,0\n2,b,1\n"),
                                folder_.write("b.csv", "bought,x,channel\n1,2,b\n0,3,c\n")});
  EXPECT_EQ(ingest(options).ledger.duplicate_rows, 1);
  options.files[1] = folder_.write("c.csv", "bought,x,channel,more\n1,2,b,\n");
  EXPECT_EQ(ingest(options).ledger.duplicate_rows, 0);
}

TEST_F(IngestFinish, ManyDuplicates) {
  std::string text = "x,channel,bought\n";
  for (int i = 0; i < 60'000; ++i) text += std::to_string(i % 20'011) + ",a,0\n";
  EXPECT_EQ(ingest(options_for(text)).ledger.duplicate_rows, 60'000 - 20'011);
}

TEST_F(IngestFinish, CategoriesAreSortedByBytesAndStandAsTheyAre) {
  const auto sessions =
      ingest(options_for("x,channel,bought\n1,b,0\n1,10,0\n1,9,0\n1, "
                         "b,0\n1,\xC3\xA4,0\n1,B,0\n1,n/a,0\n1,(missing),0\nbad,dropped,0\n"));
  EXPECT_EQ(sessions.channel.names,
            (std::vector<std::string>{" b", "(missing)", "10", "9", "B", "b", "\xC3\xA4"}));
  EXPECT_EQ(channels_of(sessions), (std::vector<std::string>{"b", "10", "9", " b", "\xC3\xA4", "B",
                                                             "(missing)", "(missing)"}));
  EXPECT_EQ(sessions.ledger.missing_category.at("channel"), 1);
}

TEST_F(IngestFinish, AutoIdentifier) {
  EXPECT_EQ(ingest(options_for("x,channel,bought,user_id,session_id\n1,a,0,7,5\n")).ids.number[0],
            5);
  EXPECT_EQ(ingest(options_for("x,channel,bought,user_id\n1,a,0,7\n")).ids.number[0], 7);
  EXPECT_EQ(ingest(options_for("x,channel,bought,user_id\n1,a,0,007\n")).ids.text[0], "007");
  EXPECT_TRUE(ingest(options_for("x,channel,bought\n1,a,0\n")).ids.number.empty());
  auto options = options_for("x,channel,bought,session_id\n1,a,0,1\n");
  options.mapping.features = {"session_id"};
  EXPECT_TRUE(ingest(options).ids.number.empty());
  options.mapping.id = "key";
  expect_error([&] { ingest(options); }, ErrorKind::kData, "no column 'key'");
}

TEST_F(IngestFinish, MediansAreOverKeptRowsWithAValue) {
  auto options = options_for("x,y,channel,bought\n4,1,a,0\n1,,a,0\n2,2,a,0\n3,5,a,0\n-9,100,a,2\n");
  options.mapping.features = {"x", "y"};
  options.on_missing = Policy::kImpute;
  EXPECT_EQ(ingest(options).medians, (std::map<std::string, double>{{"x", 2.5}, {"y", 2}}));
}

TEST_F(IngestFinish, Multiplicities) {
  auto options = options_for(
      "x,channel,bought,n\n1,a,0,1\n2,a,0,3\n9,a,1,1\n5,a,1,0\n5,a,1,-1\n5,a,1,1.5\n5,a,1,\n5,a,1,"
      "4294967296\n");
  options.mapping.multiplicity = "n";
  const auto sessions = ingest(options);
  EXPECT_EQ(sessions.multiplicity, (std::vector<std::uint32_t>{1, 3, 1}));
  EXPECT_EQ(sessions.medians.at("x"), 2);
  EXPECT_EQ(sessions.ledger.dropped,
            (std::map<std::string, std::int64_t>{{"missing", 1},
                                                 {"not a whole number from 1 to 4294967295", 4}}));
  options = options_for("x,channel,bought,n\n1,a,0,4294967295\n2,a,0,1\n");
  options.mapping.multiplicity = "n";
  expect_error([&] { ingest(options); }, ErrorKind::kData, "add up to more than 2^32 - 1");
}

TEST_F(IngestFinish, WeightedMediansEqualThoseOfRepeatedRows) {
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 50; ++trial) {
    std::string weighted = "x,channel,bought,n\n", repeated = "x,channel,bought\n";
    for (std::uint64_t row = 0; row < 1 + random() % 9; ++row) {
      const std::string x = random() % 5 == 0 ? "" : std::to_string(random() % 10);
      const std::uint64_t count = 1 + random() % 4;
      weighted += x + ",a,0," + std::to_string(count) + "\n";
      for (std::uint64_t i = 0; i < count; ++i) repeated += x + ",a,0\n";
    }
    auto options = options_for(weighted + "7,a,1,1\n");
    options.mapping.multiplicity = "n";
    options.on_missing = Policy::kImpute;
    const auto of_weighted = ingest(options);
    options = options_for(repeated + "7,a,1\n");
    options.on_missing = Policy::kImpute;
    const auto of_repeated = ingest(options);
    EXPECT_EQ(of_weighted.medians, of_repeated.medians) << weighted;
    EXPECT_EQ(of_weighted.data_hash, of_repeated.data_hash) << weighted;
  }
}

TEST_F(IngestFinish, DataHashIsOfTheRowsAsASet) {
  std::vector<std::string> rows = {"1,a,0\n", "2,b,1\n", "2,b,1\n", "0,c,1\n", "1e3,,0\n"};
  const auto hash_of = [&](const std::vector<std::string>& lines,
                           const std::string& header = "x,channel,bought\n") {
    std::string text = header;
    for (const auto& line : lines) text += line;
    return ingest(options_for(text)).data_hash;
  };
  const auto hash = hash_of(rows);
  auto shuffled = rows;
  std::reverse(shuffled.begin(), shuffled.end());
  EXPECT_EQ(hash_of(shuffled), hash);
  EXPECT_EQ(hash_of({"+1.0,a,no\n", "2,b,1\n", "2,b,TRUE\n", "-0,c,1\n", "1000,NA,0\n"}),
            hash);  // the same data
  EXPECT_EQ(hash_of({"1,a,0,9\n", "2,b,1,8\n", "2,b,1,7\n", "0,c,1,6\n", "1e3,,0,5\n"},
                    "x,channel,bought,session_id\n"),
            hash);
  auto fewer = rows;
  fewer.erase(fewer.begin() + 1);
  EXPECT_NE(hash_of(fewer), hash);
  for (const std::size_t changed : {0, 1, 2}) {
    auto other = rows;
    other[3] = changed == 0 ? "1,c,1\n" : changed == 1 ? "0,d,1\n" : "0,c,0\n";
    EXPECT_NE(hash_of(other), hash);
  }
}

// The definition in ingest_finish.h, pinned: model files carry this number.
TEST_F(IngestFinish, DataHashIsTheDocumentedOne) {
  const auto sessions = ingest(options_for("x,channel,bought\n1.5,Ads,1\n"));
  EXPECT_EQ(sessions.data_hash,
            (std::array<std::uint64_t, 2>{0x929ea0f5a7a89c9e, 0x6e30f2aefe697dbb}));
}

// 12,330 rows, of which 125 repeat an earlier one (pandas' duplicated() says the same), 20
// channels, 1,908 conversions.
TEST(IngestOnlineShoppers, KnownFigures) {
  const char* folder = std::getenv("COVEY_DATA");
  const std::string file =
      std::string(folder == nullptr ? "" : folder) + "/online_shoppers_intention.csv";
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "COVEY_DATA does not name the folder of the public data";
  IngestOptions options;
  options.files = {file};
  options.mapping.features = {"Administrative_Duration",
                              "Informational_Duration",
                              "ProductRelated",
                              "ProductRelated_Duration",
                              "BounceRates",
                              "ExitRates",
                              "PageValues"};
  options.mapping.channel = "TrafficType";
  options.mapping.conversion = "Revenue";
  const auto sessions = ingest(options);
  EXPECT_EQ(sessions.ledger.rows_read, 12'330);
  EXPECT_EQ(sessions.ledger.rows_kept, 12'330);
  EXPECT_EQ(sessions.ledger.duplicate_rows, 125);
  EXPECT_EQ(sessions.channel.names.size(), 20u);
  EXPECT_EQ(std::count(sessions.conversion.begin(), sessions.conversion.end(), 1), 1'908);
  EXPECT_TRUE(sessions.device_type.empty());
  for (const std::size_t block_bytes : {1'000, 30'000})
    expect_equal(ingest_in_blocks(options, block_bytes), sessions);
}

}  // namespace
}  // namespace covey::driver
