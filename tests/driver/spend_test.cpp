// The file of --spend: what is read, and each way in which it cannot be used.
#include "spend.h"

#include "ingest_helpers.h"

namespace covey::driver {
namespace {

using namespace testing;

class SpendTest : public ::testing::Test {
 protected:
  Spend read(std::string_view text) { return read_spend(folder_.write("spend.csv", text)); }
  /// `where`: what follows the file's name, ":LINE" or nothing.
  void expect_refused(std::string_view text, const std::string& where, std::string_view problem) {
    const auto error = error_of([&] { read(text); });
    ASSERT_TRUE(error.has_value()) << text;
    EXPECT_EQ(error->kind(), ErrorKind::kData);
    EXPECT_EQ(error->where(), folder_.path("spend.csv") + where);
    EXPECT_NE(error->problem().find(problem), std::string::npos) << error->problem();
    EXPECT_FALSE(error->fix().empty());
  }
  TemporaryFolder folder_;
};

TEST_F(SpendTest, RowsOfAChannelAreAddedUp) {
  const Spend spend = read(
      "channel,amount,currency,period\nEmail,5,EUR,2026-10\nAds,10.25,EUR,2026-08\n"
      "Ads,20.50,EUR,2026-09\nAds,30,EUR,2026-10\nEmail,0,EUR,2026-08\nEmail,1,EUR,2026-09\n");
  ASSERT_EQ(spend.channels.size(), 2U);
  EXPECT_EQ(spend.channels[0].channel, "Ads");
  EXPECT_EQ(spend.channels[0].amount, 60.75);
  EXPECT_EQ(spend.channels[1].channel, "Email");
  EXPECT_EQ(spend.channels[1].amount, 6);
  EXPECT_EQ(spend.currency, "EUR");
  EXPECT_EQ(spend.period, "3 periods: 2026-08, 2026-09, 2026-10");
  EXPECT_TRUE(spend.warnings.empty());
}

TEST_F(SpendTest, AChannelThatLacksAPeriodIsToldOf) {
  const Spend spend = read("channel,amount,period\nAds,1,Oct\nAds,1,Nov\nEmail,1,Oct\n");
  ASSERT_EQ(spend.warnings.size(), 1U);
  EXPECT_NE(spend.warnings[0].find("'Email' has spend for 1 of 2 periods"), std::string::npos);
}

// Added one by one, doubles give 0.6 or 0.6000000000000001, by the order.
TEST_F(SpendTest, TheOrderOfRowsChangesNothing) {
  const double forwards = read("channel,amount\na,0.1\na,0.2\na,0.3\n").channels[0].amount;
  EXPECT_EQ(forwards, 0.6);
  EXPECT_EQ(read("channel,amount\na,0.3\na,0.2\na,0.1\n").channels[0].amount, forwards);
}

TEST_F(SpendTest, AnyOrderOfColumnsDelimiterQuotesAndLineEnds) {
  const Spend spend =
      read("\xEF\xBB\xBFperiod;amount;channel\r\n\r\nOct;1e3;\"a;\"\"b\"\"\"\r\nOct; 2 ;c");
  ASSERT_EQ(spend.channels.size(), 2U);
  EXPECT_EQ(spend.channels[0].channel, "a;\"b\"");
  EXPECT_EQ(spend.channels[0].amount, 1000);
  EXPECT_EQ(spend.channels[1].amount, 2);
  EXPECT_EQ(spend.currency, "");
  EXPECT_EQ(spend.period, "Oct");
}

// Rows with line ends inside quotes, and blank lines, keep the count right.
TEST_F(SpendTest, EachBadRowIsNamedByItsLine) {
  expect_refused("channel,amount\n\n\"a\nb\",1\nc,x\n", ":5", "the amount is not a number: 'x'");
  expect_refused("channel,amount\na,-1\n", ":2", "negative: -1");
  expect_refused("channel,amount\na,\n", ":2", "the amount is missing");
  expect_refused("channel,amount\na,inf\n", ":2", "not a finite number");
  expect_refused("channel,amount\na,yes\n", ":2", "not a number");
  expect_refused("channel,amount\na,\"1,000.50\"\n", ":2", "not a number: '1,000.50'");
  expect_refused("channel,amount\na,1e16\n", ":2", "above 1e15");
  expect_refused("channel,amount\n,1\n", ":2", "the channel is missing");
  expect_refused("channel,amount\na,1\nb\n", ":3", "1 cell where the header line has 2");
  expect_refused("channel,amount\na,1\nb,\"1\n", ":3", "unterminated quote");
  expect_refused("channel,amount,currency\na,1,EUR\nb,1,USD\n", ":3",
                 "the currency is 'USD', but 'EUR' in line 2");
  expect_refused("channel,amount,currency\na,1,\n", ":2", "the currency is missing");
  expect_refused("channel,amount,period\na,1,\n", ":2", "the period is missing");
}

TEST_F(SpendTest, EachBadFileIsRefused) {
  expect_refused("", "", "empty");
  expect_refused("\n\n", "", "empty");
  expect_refused("channel,amount\n", "", "no rows");
  expect_refused("channel,amount\na\xFF,1\n", "", "UTF-8");
  expect_refused(std::string_view("PAR1\0PAR1", 9), "", "UTF-8");
  expect_refused("channel\na\n", ":1", "there is no column 'amount'");
  expect_refused("channel,ammount\na,1\n", ":1", "did you mean 'amount'?");
  expect_refused("channel,amount,amount\na,1,1\n", ":1", "two columns are named 'amount'");
  expect_error([&] { read_spend(folder_.path("none.csv")); }, ErrorKind::kIo, "none.csv");
  expect_error([] { read_spend("-"); }, ErrorKind::kUsage, "name a file");
}

}  // namespace
}  // namespace covey::driver
