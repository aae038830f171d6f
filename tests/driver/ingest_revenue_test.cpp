// The revenue column: what its cells say, from every reader.
#include <fmt/format.h>

#include <iterator>

#include "ingest_helpers.h"

namespace covey::driver {
namespace {

using namespace testing;
using Counts = std::map<std::string, std::int64_t>;
using Lines = std::vector<std::string>;

class IngestRevenue : public ::testing::Test {
 protected:
  IngestOptions options_for(std::string_view text) {
    IngestOptions options = small_options({folder_.write("a.csv", text)});
    options.mapping.revenue = "money";
    return options;
  }
  TemporaryFolder folder_;
};

TEST_F(IngestRevenue, AMissingCellIsZeroAndCounted) {
  const auto sessions = ingest(
      options_for("x,channel,bought,money\n1,a,1,19.99\n2,a,0,\n3,a,1,-5\n4,a,0,NA\n5,a,0,0\n"));
  EXPECT_EQ(sessions.revenue, (std::vector<double>{19.99, 0, -5, 0, 0}));
  EXPECT_EQ(sessions.ledger.missing_as_zero, (Counts{{"money", 2}}));
  EXPECT_TRUE(sessions.ledger.rejects.empty());
}

// A dropped row's empty cell is not counted; the second text goes through the general reader.
TEST_F(IngestRevenue, ABadCellDropsItsRow) {
  for (const char* quote : {"", "\""}) {
    const auto sessions = ingest(options_for(fmt::format(
        "x,channel,bought,money\n1,a,1,free\n2,a,1,inf\n3,a,1,{0}7{0}\n,a,0,\n4,a,0,-2e15\n"
        "5,a,0,\n",
        quote)));
    EXPECT_EQ(sessions.revenue, (std::vector<double>{7, 0}));
    EXPECT_EQ(values_of(sessions, 0), (std::vector<double>{3, 5}));
    EXPECT_EQ(rejects_of(sessions.ledger),
              (Lines{"1|money|not a number|free", "2|money|not a finite number|inf", "4|x|missing|",
                     "5|money|not between -1e15 and 1e15|-2e15"}));
    EXPECT_EQ(sessions.ledger.missing_as_zero, (Counts{{"money", 1}}));
  }
}

TEST_F(IngestRevenue, BoundsAndPoliciesHold) {
  IngestOptions options = options_for("x,channel,bought,money\n1,a,1,-3\n2,a,0,\n");
  options.rules["money"] = {.min = 1};
  const auto sessions = ingest(options);
  EXPECT_EQ(rejects_of(sessions.ledger), (Lines{"1|money|below the minimum 1|-3"}));
  EXPECT_EQ(sessions.revenue, std::vector<double>{0});
  EXPECT_TRUE(sessions.ledger.warnings.empty());
  options.on_missing = Policy::kFail;
  options.on_invalid = Policy::kFail;
  expect_error([&] { ingest(options); }, ErrorKind::kData, "row 1, column 'money'");
}

TEST_F(IngestRevenue, TheDataHashLeavesItOut) {
  IngestOptions options = options_for("x,channel,bought,money\n1,a,1,3\n2,b,0,\n");
  const auto with = ingest(options);
  options.mapping.revenue.clear();
  const auto without = ingest(options);
  EXPECT_TRUE(without.revenue.empty());
  EXPECT_EQ(with.data_hash, without.data_hash);
}

TEST_F(IngestRevenue, SmallBlocksAndSeveralFilesChangeNothing) {
  std::string text = "x,channel,bought,money\n", rest = "money,x,channel,bought\n";
  std::vector<double> expected;
  for (int row = 0; row < 200; ++row) {
    const bool pays = row % 3 == 0;
    const std::string amount = pays ? fmt::format("{}.5", row) : "";
    if (row < 120) {
      fmt::format_to(std::back_inserter(text), "{},a,1,{}\n", row % 7, amount);
    } else {
      fmt::format_to(std::back_inserter(rest), "{},{},a,1\n", amount, row % 7);
    }
    expected.push_back(pays ? row + 0.5 : 0);
  }
  IngestOptions options = options_for(text);
  options.files.push_back(folder_.write("b.csv", rest));
  for (const std::size_t block : {64U, 1000U, 1U << 20U}) {
    options.threads = block == 64U ? 7 : 2;
    const auto sessions = ingest_in_blocks(options, block);
    EXPECT_EQ(sessions.revenue, expected) << block;
    EXPECT_EQ(sessions.ledger.missing_as_zero, (Counts{{"money", 133}})) << block;
  }
}

TEST_F(IngestRevenue, ItPlaysNoOtherPart) {
  IngestOptions options = options_for("x,channel,bought,money\n1,a,1,3\n");
  options.mapping.revenue = "x";
  expect_error([&] { ingest(options); }, ErrorKind::kUsage, "named as feature and as revenue");
  options.mapping.revenue = "bought";
  expect_error([&] { ingest(options); }, ErrorKind::kUsage, "named as conversion and as revenue");
  options.mapping.revenue = "mony";
  expect_error([&] { ingest(options); }, ErrorKind::kData, "did you mean 'money'?");
}

}  // namespace
}  // namespace covey::driver
