// Bad input: what is dropped, imputed or refused, under which row, and in which words.
#include "ingest_helpers.h"

namespace covey::driver {
namespace {

using namespace testing;
using Lines = std::vector<std::string>;
using Counts = std::map<std::string, std::int64_t>;

class IngestDefects : public ::testing::Test {
 protected:
  IngestOptions options_for(std::string_view text) {
    auto options = small_options({folder_.write("a.csv", text)});
    options.rules["x"] = {.min = 0, .max = 100, .integer = true};
    return options;
  }
  TemporaryFolder folder_;
};

TEST_F(IngestDefects, EachKindOfCell) {
  const auto sessions =
      ingest(options_for("x,channel,bought\n1,a,0\nabc,a,0\nNaN,a,0\ninf,a,0\n-5,a,0\n101,a,0\n1.5,"
                         "a,0\n,a,0\n1,a,2\n1,a,\n1,caf\xE9,1\n"
                         "9,,yes\n"));
  EXPECT_EQ(
      rejects_of(sessions.ledger),
      (Lines{"2|x|not a number|abc", "3|x|not a finite number|NaN", "4|x|not a finite number|inf",
             "5|x|below the minimum 0|-5", "6|x|above the maximum 100|101",
             "7|x|not a whole number|1.5", "8|x|missing|", "9|bought|not 0 or 1|2",
             "10|bought|missing|", "11|channel|invalid UTF-8|caf\\xE9"}));
  EXPECT_EQ(sessions.ledger.dropped, (Counts{{"not a number", 1},
                                             {"not a finite number", 2},
                                             {"below the minimum 0", 1},
                                             {"above the maximum 100", 1},
                                             {"not a whole number", 1},
                                             {"missing", 2},
                                             {"not 0 or 1", 1},
                                             {"invalid UTF-8", 1}}));
  EXPECT_EQ(sessions.ledger.rows_read, 12);
  EXPECT_EQ(sessions.ledger.rows_kept, 2);
  EXPECT_EQ(sessions.row, (std::vector<std::int64_t>{1, 12}));
  EXPECT_EQ(channels_of(sessions), (Lines{"a", "(missing)"}));
  EXPECT_EQ(sessions.ledger.missing_category, (Counts{{"channel", 1}}));
}

TEST_F(IngestDefects, TheMissionsColumnsHaveTheirRules) {
  IngestOptions options;
  options.files = {folder_.write(
      "a.csv",
      "clicks,page_views,time_spent,add_to_cart,referral_source,device_type,conversion_label\n"
      "1,2,30,0,Google,mobile,0\n1,2,-30,0,Google,mobile,0\n1,2,30,2,Google,mobile,0\n")};
  options.max_reject_rate = 1;
  EXPECT_EQ(rejects_of(ingest(options).ledger),
            (Lines{"2|time_spent|below the minimum 0|-30", "3|add_to_cart|above the maximum 1|2"}));
}

// The row counts once, under its first defect in the file's column order, but each bad cell has its
// line.
TEST_F(IngestDefects, ARowIsDroppedOnce) {
  auto options = options_for("y,bought,channel,x\n1,9,a,-1\nno number,0,\xff,\n1,1,a,1\n");
  options.mapping.features = {"x", "y"};
  const auto sessions = ingest(options);
  EXPECT_EQ(rejects_of(sessions.ledger),
            (Lines{"1|bought|not 0 or 1|9", "1|x|below the minimum 0|-1",
                   "2|y|not a number|no number", "2|channel|invalid UTF-8|\\xFF", "2|x|missing|"}));
  EXPECT_EQ(sessions.ledger.dropped, (Counts{{"not 0 or 1", 1}, {"not a number", 1}}));
  EXPECT_EQ(sessions.ledger.rows_read, sessions.ledger.rows_kept + 2);
}

TEST_F(IngestDefects, RaggedRows) {
  const auto sessions = ingest(options_for(
      "x,channel,bought\n1,a,0\n2,a\n3,a,1\n4,a,1,extra\n\nabc,b,1\n5,\"b\nb\",1,\"q\"\n6,b,0\n"));
  EXPECT_EQ(rejects_of(sessions.ledger),
            (Lines{"2||ragged row|2,a", "4||ragged row|4,a,1,extra", "5|x|not a number|abc",
                   "6||ragged row|5,\"b\nb\",1,\"q\""}));
  EXPECT_EQ(sessions.ledger.dropped, (Counts{{"ragged row", 3}, {"not a number", 1}}));
  EXPECT_EQ(sessions.row, (std::vector<std::int64_t>{1, 3, 7}));
  EXPECT_EQ(values_of(sessions, 0), (std::vector<double>{1, 3, 6}));
}

TEST_F(IngestDefects, RowNumbersBehindQuotedNewlines) {
  const auto sessions = ingest(
      options_for("x,channel,bought\n1,\"a\n\n\nb\",0\n2,\"c\r\nd\",1\nbad,e,1\n4,\"f\ng\",7\n"));
  EXPECT_EQ(rejects_of(sessions.ledger), (Lines{"3|x|not a number|bad", "4|bought|not 0 or 1|7"}));
}

TEST_F(IngestDefects, UnterminatedQuote) {
  const auto options =
      options_for("x,channel,bought\n1,a,0\nbad,\"b\nb\",1\n3,\"never closed,1\n4,a,1\n5,a,1\n");
  Ledger ledger;
  expect_error([&] { ingest(options, &ledger); }, ErrorKind::kData,
               "a.csv: row 3 (line 5): unterminated quote: \"never closed,1");
  EXPECT_EQ(rejects_of(ledger), (Lines{"2|x|not a number|bad",
                                       "3||unterminated quote|\"never closed,1\n4,a,1\n5,a,1\n"}));
  EXPECT_EQ(ledger.rows_read, 2);
  expect_error([&] { ingest(options_for("x,channel,bought\n\"1")); }, ErrorKind::kData,
               "row 1 (line 2)");
}

// Far away from the end of the file: no need to read it all.
TEST_F(IngestDefects, UnterminatedQuoteInALargeFile) {
  std::string text = "x,channel,bought\n1,a,0\n2,\"oops,1\n";
  while (text.size() < (std::size_t{20} << 20)) text += "3,some channel,1\n";
  expect_error([&] { ingest(options_for(text)); }, ErrorKind::kData,
               "row 2 (line 3): unterminated quote");
}

TEST_F(IngestDefects, ARowOfManyMegabytes) {
  std::string text = "x,channel,bought\n1,a,0\n2,";
  text.append(std::size_t{40} << 20, 'x');
  expect_error([&] { ingest(options_for(text + ",1\n3,a,1\n")); }, ErrorKind::kData,
               "line 3 is longer than 16 MiB");
}

TEST_F(IngestDefects, PolicyFail) {
  auto options = options_for("x,channel,bought\n1,a,0\n2,a\n,a,1\nbad,a,1\n");
  Ledger ledger;
  options.on_missing = Policy::kFail;
  expect_error([&] { ingest(options, &ledger); }, ErrorKind::kData, "row 3, column 'x': missing");
  EXPECT_EQ(rejects_of(ledger), (Lines{"2||ragged row|2,a", "3|x|missing|"}));
  options.on_missing = Policy::kDrop;
  options.on_invalid = Policy::kFail;
  expect_error([&] { ingest(options); }, ErrorKind::kData,
               "row 4, column 'x': not a number: 'bad'");
  options.on_ragged = Policy::kFail;
  expect_error([&] { ingest(options); }, ErrorKind::kData, "row 2: ragged row: '2,a'");
}

TEST_F(IngestDefects, PolicyImpute) {
  auto options = options_for("x,channel,bought\n1,a,0\n,a,1\n3,a,1\nNA,b,\n8,a,1\n");
  options.on_missing = Policy::kImpute;
  const auto sessions = ingest(options);
  EXPECT_EQ(values_of(sessions, 0), (std::vector<double>{1, 3, 3, 8}));
  EXPECT_EQ(sessions.medians, (std::map<std::string, double>{{"x", 3}}));
  EXPECT_EQ(sessions.ledger.imputed, (Counts{{"x", 1}}));
  // A missing conversion has no median: its row goes, and with it the missing x.
  EXPECT_EQ(sessions.ledger.dropped, (Counts{{"missing", 1}}));
  EXPECT_EQ(rejects_of(sessions.ledger),
            (Lines{"2|x|missing: replaced by the median|", "4|x|missing|", "4|bought|missing|"}));

  options.medians = {{"x", 42}};
  EXPECT_EQ(values_of(ingest(options), 0), (std::vector<double>{1, 42, 3, 8}));
  options.on_invalid = Policy::kImpute;
  expect_error([&] { ingest(options); }, ErrorKind::kUsage, "only missing values can be imputed");
}

TEST_F(IngestDefects, NothingToImputeFrom) {
  auto options = options_for("x,channel,bought\n,a,0\n,a,1\n");
  options.on_missing = Policy::kImpute;
  expect_error([&] { ingest(options); }, ErrorKind::kData, "feature 'x' has missing values only");
}

TEST_F(IngestDefects, TooManyRejects) {
  std::string text = "x,channel,bought\n";
  for (int i = 0; i < 98; ++i) text += "1,a,0\n";
  auto options = options_for(text + "bad,a,0\n,a,1\n");
  options.max_reject_rate = 0.01;
  Ledger ledger;
  expect_error(
      [&] { ingest(options, &ledger); }, ErrorKind::kData,
      "2 of 100 rows (2 %) were dropped, more than the 1 % allowed: 1 missing, 1 not a number");
  expect_error([&] { ingest(options); }, ErrorKind::kData, "--max-reject-rate");
  EXPECT_EQ(ledger.rejects.size(), 2u);
  EXPECT_EQ(ledger.rows_read, 100);
  options.max_reject_rate = 0.02;
  EXPECT_EQ(ingest(options).ledger.rows_kept, 98);
  options.max_reject_rate = 1.5;
  expect_error([&] { ingest(options); }, ErrorKind::kUsage, "--max-reject-rate");
}

TEST_F(IngestDefects, NoRowLeft) {
  expect_error([&] { ingest(options_for("x,channel,bought\nbad,a,0\n")); }, ErrorKind::kData,
               "none of 1 rows can be used: 1 not a number");
}

TEST_F(IngestDefects, RulesWithoutAColumnAreMentioned) {
  auto options = options_for("x,channel,bought\n1,a,0\n");
  options.rules["clickz"] = {.min = 0};
  const auto warnings = ingest(options).ledger.warnings;
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("'clickz'"), std::string::npos);
}

}  // namespace
}  // namespace covey::driver
