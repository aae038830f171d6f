// CSV in all its dialects: the same table must come out.
#include <arrow/util/compression.h>
#include <fcntl.h>
#include <unistd.h>

#include "ingest_helpers.h"

namespace covey::driver {
namespace {

using namespace testing;

constexpr std::string_view kPlain = "x,channel,bought\n1,Ads,0\n2,Direct,1\n3.5,Ads,TRUE\n";

std::string gzip(std::string_view text) {
  const auto codec = arrow::util::Codec::Create(arrow::Compression::GZIP).ValueOrDie();
  std::string packed(static_cast<std::size_t>(codec->MaxCompressedLen(
                         static_cast<std::int64_t>(text.size()),
                         reinterpret_cast<const std::uint8_t*>(text.data()))),
                     '\0');
  const auto size = codec->Compress(
      static_cast<std::int64_t>(text.size()), reinterpret_cast<const std::uint8_t*>(text.data()),
      static_cast<std::int64_t>(packed.size()), reinterpret_cast<std::uint8_t*>(packed.data()));
  packed.resize(static_cast<std::size_t>(size.ValueOrDie()));
  return packed;
}

std::string replaced(std::string_view text, char from, std::string_view to) {
  std::string out;
  for (const char c : text) out += c == from ? std::string(to) : std::string(1, c);
  return out;
}

class IngestCsv : public ::testing::Test {
 protected:
  Sessions read(std::string_view bytes, const std::string& name = "a.csv") {
    return ingest(small_options({folder_.write(name, bytes)}));
  }
  void expect_plain(const Sessions& sessions) {
    EXPECT_EQ(sessions.features, (std::vector<std::vector<double>>{{1, 2, 3.5}}));
    EXPECT_EQ(channels_of(sessions), (std::vector<std::string>{"Ads", "Direct", "Ads"}));
    EXPECT_EQ(sessions.conversion, (std::vector<std::uint8_t>{0, 1, 1}));
    EXPECT_EQ(sessions.ledger.rows_read, 3);
    EXPECT_EQ(sessions.ledger.rows_kept, 3);
    EXPECT_TRUE(sessions.ledger.rejects.empty());
    EXPECT_TRUE(sessions.row.empty());
  }
  TemporaryFolder folder_;
};

TEST_F(IngestCsv, Plain) { expect_plain(read(kPlain)); }

TEST_F(IngestCsv, ByteOrderMark) { expect_plain(read("\xEF\xBB\xBF" + std::string(kPlain))); }

TEST_F(IngestCsv, LineEnds) {
  expect_plain(read(replaced(kPlain, '\n', "\r\n")));
  expect_plain(read(replaced(kPlain, '\n', "\r")));
  expect_plain(read(kPlain.substr(0, kPlain.size() - 1)));
  expect_plain(read("\n\r\n" + replaced(kPlain, '\n', "\n\n")));
}

TEST_F(IngestCsv, DelimiterIsFound) {
  for (const char* delimiter : {";", "\t", "|"})
    expect_plain(read(replaced(kPlain, ',', delimiter)));
  // Quoted commas in the header do not count, nor do those of later lines.
  expect_plain(
      read("\"x\";channel;bought;\"a,b,c,d,e\"\n1;Ads;0;,\n2;Direct;1;,\n3.5;Ads;1;,,,,\n"));
}

TEST_F(IngestCsv, DelimiterIsGiven) {
  auto options = small_options({folder_.write("a.csv", replaced(kPlain, ',', "^"))});
  options.delimiter = '^';
  expect_plain(ingest(options));
  options.delimiter = '"';
  expect_error([&] { ingest(options); }, ErrorKind::kUsage, "cannot be the delimiter");
}

TEST_F(IngestCsv, Gzip) {
  expect_plain(read(gzip(kPlain), "a.csv.gz"));
  expect_plain(read(gzip(kPlain), "named-as-plain.csv"));
  // Two members, as `cat a.gz b.gz` makes them.
  expect_plain(read(gzip(kPlain.substr(0, 20)) + gzip(kPlain.substr(20)), "b.gz"));
}

TEST_F(IngestCsv, DamagedGzipIsRefused) {
  std::string text(kPlain);
  for (int i = 0; i < 5000; ++i) text += std::to_string(i * 7919 % 10007) + ",Ads,1\n";
  const std::string packed = gzip(text);
  expect_error([&] { read(packed.substr(0, packed.size() / 2), "a.gz"); }, ErrorKind::kData,
               "cut off");
  std::string damaged = packed;
  for (std::size_t i = packed.size() / 2; i < packed.size() / 2 + 50; ++i) damaged[i] = '\xff';
  expect_error([&] { read(damaged, "b.gz"); }, ErrorKind::kData, "gzip stream is damaged");
}

TEST_F(IngestCsv, StandardInput) {
  for (const bool packed : {false, true}) {
    const std::string file = folder_.write("stdin", packed ? gzip(kPlain) : std::string(kPlain));
    const int saved = ::dup(STDIN_FILENO), opened = ::open(file.c_str(), O_RDONLY);
    ::dup2(opened, STDIN_FILENO);
    ::close(opened);
    expect_plain(ingest(small_options({"-"})));
    ::dup2(saved, STDIN_FILENO);
    ::close(saved);
  }
  auto twice = small_options({"-", "-"});
  expect_error([&] { ingest(twice); }, ErrorKind::kUsage, "twice");
}

TEST_F(IngestCsv, QuotedCells) {
  const auto sessions = read(
      "x,channel,bought\n\"1\",\"a,b\",\"0\"\n2,\"say \"\"hi\"\"\",1\n3,\"two\nlines\r\nand "
      "more\",1\n4,5\" disk,0\n");
  EXPECT_EQ(values_of(sessions, 0), (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(channels_of(sessions),
            (std::vector<std::string>{"a,b", "say \"hi\"", "two\nlines\r\nand more", "5\" disk"}));
}

TEST_F(IngestCsv, SeveralFilesGoByColumnNames) {
  auto options = small_options(
      {folder_.write("a.csv", kPlain),
       folder_.write("b.csv", "bought;extra;x;channel\n1;9;7;Mail\nno;9;oops;Mail\n")});
  const auto sessions = ingest(options);
  EXPECT_EQ(values_of(sessions, 0), (std::vector<double>{1, 2, 3.5, 7}));
  EXPECT_EQ(channels_of(sessions).back(), "Mail");
  EXPECT_EQ(rejects_of(sessions.ledger), std::vector<std::string>{"5|x|not a number|oops"});
  EXPECT_EQ(sessions.ledger.rejects[0].file, options.files[1]);
  EXPECT_EQ(sessions.row, (std::vector<std::int64_t>{1, 2, 3, 4}));
}

TEST_F(IngestCsv, AFileWithoutRowsAmongSeveralIsAWarning) {
  auto options =
      small_options({folder_.write("a.csv", "x,channel,bought\n"), folder_.write("b.csv", kPlain)});
  const auto sessions = ingest(options);
  expect_plain(sessions);
  ASSERT_EQ(sessions.ledger.warnings.size(), 1u);
  EXPECT_NE(sessions.ledger.warnings[0].find("no rows"), std::string::npos);
}

TEST_F(IngestCsv, FilesThatCannotBeRead) {
  expect_error([&] { ingest(small_options({folder_.path("absent.csv")})); }, ErrorKind::kIo,
               "cannot open the file");
  expect_error([&] { ingest(small_options({folder_.path("")})); }, ErrorKind::kIo,
               "is a directory");
  expect_error([&] { ingest(small_options({})); }, ErrorKind::kUsage, "no input file");
}

TEST_F(IngestCsv, ColumnsWithoutANameMayStandAside) {
  // pandas writes its index so, and some exports end each line with a delimiter.
  EXPECT_EQ(read(",x,channel,bought\n0,1,a,1\n").rows(), 1);
  EXPECT_EQ(read("x,channel,bought,\n1,a,1,\n").rows(), 1);
}

TEST_F(IngestCsv, UnusableHeaders) {
  const auto refuse = [&](std::string_view bytes, std::string_view message) {
    expect_error([&] { read(bytes); }, ErrorKind::kData, message);
  };
  refuse("", "the file is empty");
  refuse("\xEF\xBB\xBF\n\n", "the file is empty");
  refuse("x,channel,bought\n", "there are no data rows");
  refuse("x,channel,bought", "there are no data rows");
  refuse("x,channel,bought\n\n\n", "there are no data rows");
  refuse("x,channel,bought,x\n1,a,1,2\n", "two columns are named 'x'");
  refuse("x,channel,\"bought\n1,a,1\n", "a quote in the header line is never closed");
  refuse("x,channel,caf\xE9\n1,a,1\n", "caf\\xE9' is not UTF-8");
  refuse(std::string_view("\xFF\xFEx\0", 4), "UTF-16");
  refuse("PK\x03\x04zip", "spreadsheet");
  refuse(std::string_view("a\0b,c\n1,2\n", 10), "no CSV file");
}

TEST_F(IngestCsv, MissingColumnSuggestsTheNearest) {
  IngestOptions options;
  options.files = {folder_.write(
      "a.csv",
      "click,page_views,time_spent,add_to_cart,referral_source,conversion_label\n1,1,1,1,a,1\n")};
  expect_error([&] { ingest(options); }, ErrorKind::kData,
               "no column 'clicks'; did you mean 'click'?");
  expect_error([&] { ingest(options); }, ErrorKind::kData,
               "page_views, time_spent, add_to_cart, referral_source");
}

TEST_F(IngestCsv, DefaultDeviceTypeMayBeAbsent) {
  auto options = small_options({folder_.write("a.csv", kPlain)});
  EXPECT_TRUE(ingest(options).device_type.empty());
  options.mapping.device_type_optional = false;
  expect_error([&] { ingest(options); }, ErrorKind::kData, "no column 'device_type'");
  options.mapping.device_type_optional = true;
  options.mapping.device_type = "screen";
  expect_error([&] { ingest(options); }, ErrorKind::kData, "no column 'screen'");
}

TEST_F(IngestCsv, ScoringNeedsFeaturesOnly) {
  auto options = small_options({folder_.write("a.csv", "x\n1\n2\n")});
  expect_error([&] { ingest(options); }, ErrorKind::kData, "no columns 'channel', 'bought'");
  options.need_all_columns = false;
  const auto sessions = ingest(options);
  EXPECT_EQ(values_of(sessions, 0), (std::vector<double>{1, 2}));
  EXPECT_TRUE(sessions.channel.empty());
  EXPECT_TRUE(sessions.conversion.empty());
}

TEST_F(IngestCsv, AColumnPlaysOnePart) {
  auto options = small_options({folder_.write("a.csv", kPlain)});
  options.mapping.features = {"x", "bought"};
  expect_error([&] { ingest(options); }, ErrorKind::kUsage,
               "'bought' is named as feature and as conversion");
  options.mapping.features = {"x", "x"};
  expect_error([&] { ingest(options); }, ErrorKind::kUsage, "'x' is named twice as a feature");
  options.mapping.features = {};
  expect_error([&] { ingest(options); }, ErrorKind::kUsage, "no feature columns");
}

TEST_F(IngestCsv, ProgressReachesTheEnd) {
  auto options = small_options({folder_.write("a.csv", kPlain), folder_.write("b.csv", kPlain)});
  std::int64_t last = 0, total = 0;
  options.progress = [&](std::string_view stage, std::int64_t done, std::int64_t all) {
    EXPECT_EQ(stage, "ingest");
    EXPECT_GE(done, last);
    last = done;
    total = all;
  };
  ingest(options);
  EXPECT_EQ(total, static_cast<std::int64_t>(2 * kPlain.size()));
  EXPECT_EQ(last, total);
}

}  // namespace
}  // namespace covey::driver
