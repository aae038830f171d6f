// Parquet: every type that can stand for a number or a name, and files that are broken.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>

#include <cmath>
#include <limits>

#include "cells.h"
#include "ingest_helpers.h"

namespace covey::driver {
namespace {

using namespace testing;

using Arrays = std::vector<std::shared_ptr<arrow::Array>>;

/// Null where `valid` is given and false.
template <typename Builder, typename Value>
std::shared_ptr<arrow::Array> filled(Builder& builder, const std::vector<Value>& values,
                                     const std::vector<bool>& valid) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_null = !valid.empty() && !valid[i];
    EXPECT_TRUE((is_null ? builder.AppendNull() : builder.Append(values[i])).ok());
  }
  return builder.Finish().ValueOrDie();
}

template <typename Builder, typename Value>
std::shared_ptr<arrow::Array> array_of(const std::vector<Value>& values,
                                       const std::vector<bool>& valid = {}) {
  Builder builder;
  return filled(builder, values, valid);
}

std::shared_ptr<arrow::Array> doubles(const std::vector<double>& values,
                                      const std::vector<bool>& valid = {}) {
  return array_of<arrow::DoubleBuilder>(values, valid);
}
std::shared_ptr<arrow::Array> integers(const std::vector<std::int64_t>& values,
                                       const std::vector<bool>& valid = {}) {
  return array_of<arrow::Int64Builder>(values, valid);
}
std::shared_ptr<arrow::Array> texts(const std::vector<std::string>& values,
                                    const std::vector<bool>& valid = {}) {
  return array_of<arrow::StringBuilder>(values, valid);
}

class IngestParquet : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::vector<std::string>& columns,
                    const Arrays& arrays, std::int64_t rows_per_group = 1 << 20) {
    arrow::FieldVector fields;
    for (std::size_t c = 0; c < columns.size(); ++c)
      fields.push_back(arrow::field(columns[c], arrays[c]->type()));
    const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
    const auto out = arrow::io::FileOutputStream::Open(folder_.path(name)).ValueOrDie();
    const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out,
                                           rows_per_group, parquet::default_writer_properties(),
                                           arrow_properties)
                    .ok());
    EXPECT_TRUE(out->Close().ok());
    return folder_.path(name);
  }
  /// A file of x, channel, bought where one array is replaced.
  Sessions read_x(const std::shared_ptr<arrow::Array>& x) {
    const std::vector<std::string> channel(static_cast<std::size_t>(x->length()), "a");
    const std::vector<bool> bought(channel.size());
    return ingest(
        small_options({write("x.parquet", {"x", "channel", "bought"},
                             {x, texts(channel), array_of<arrow::BooleanBuilder>(bought)})}));
  }
  std::vector<std::string> read_channel(const std::shared_ptr<arrow::Array>& channel) {
    const std::vector<double> x(static_cast<std::size_t>(channel->length()));
    const std::vector<std::int64_t> bought(x.size());
    return channels_of(ingest(small_options({write("c.parquet", {"x", "channel", "bought"},
                                                   {doubles(x), channel, integers(bought)})})));
  }
  TemporaryFolder folder_;
};

TEST_F(IngestParquet, NumbersOfEveryType) {
  const auto x_of = [&](const std::shared_ptr<arrow::Array>& array) {
    return values_of(read_x(array), 0);
  };
  const std::vector<double> expected = {0, 1, 100};
  EXPECT_EQ(x_of(doubles({-0.0, 1, 100})), expected);
  EXPECT_FALSE(std::signbit(x_of(doubles({-0.0}))[0]));
  EXPECT_EQ(x_of(integers({0, 1, 100})), expected);
  EXPECT_EQ(x_of(array_of<arrow::FloatBuilder>(std::vector<float>{0, 1, 100})), expected);
  EXPECT_EQ(x_of(array_of<arrow::Int8Builder>(std::vector<std::int8_t>{0, 1, 100})), expected);
  EXPECT_EQ(x_of(array_of<arrow::UInt16Builder>(std::vector<std::uint16_t>{0, 1, 100})), expected);
  EXPECT_EQ(x_of(array_of<arrow::UInt64Builder>(std::vector<std::uint64_t>{0, 1, 100})), expected);
  EXPECT_EQ(x_of(array_of<arrow::BooleanBuilder>(std::vector<bool>{false, true})),
            (std::vector<double>{0, 1}));
  EXPECT_EQ(x_of(texts({"0", " 1", "1e2"})), expected);
  EXPECT_EQ(x_of(array_of<arrow::LargeStringBuilder>(std::vector<std::string>{"0", "+1", "100"})),
            expected);
  arrow::Decimal128Builder decimals(arrow::decimal128(10, 2));
  const std::vector<arrow::Decimal128> hundredths = {0, 100, 10000};
  EXPECT_EQ(x_of(filled(decimals, hundredths, {})), expected);
}

TEST_F(IngestParquet, DefectsOfNumbers) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto sessions =
      read_x(doubles({1, 2, std::nan(""), inf, -inf, 3}, {true, false, true, true, true, true}));
  EXPECT_EQ(
      rejects_of(sessions.ledger),
      (std::vector<std::string>{"2|x|missing|", "3|x|not a finite number|NaN",
                                "4|x|not a finite number|inf", "5|x|not a finite number|-inf"}));
  EXPECT_EQ(rejects_of(read_x(texts({"1", "oops", "", "\xff"})).ledger),
            (std::vector<std::string>{"2|x|not a number|oops", "3|x|missing|",
                                      "4|x|invalid UTF-8|\\xFF"}));
  EXPECT_EQ(read_x(integers({1, 2}, {false, true})).ledger.dropped.at("missing"), 1);
  const auto dates = array_of<arrow::Date32Builder>(std::vector<std::int32_t>{0});
  expect_error([&] { read_x(dates); }, ErrorKind::kData, "1 not a number");
}

TEST_F(IngestParquet, CategoriesOfEveryType) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(read_channel(texts({"a", "b", ""}, {true, true, false})),
            (Names{"a", "b", "(missing)"}));
  EXPECT_EQ(read_channel(integers({10, -9})), (Names{"10", "-9"}));
  EXPECT_EQ(read_channel(doubles({10, 2.5, 1}, {true, true, false})),
            (Names{"10", "2.5", "(missing)"}));
  EXPECT_EQ(read_channel(array_of<arrow::BooleanBuilder>(std::vector<bool>{true, false})),
            (Names{"true", "false"}));
  const auto indices = array_of<arrow::Int32Builder>(std::vector<std::int32_t>{1, 0, 1, 0},
                                                     {true, true, true, false});
  const auto dictionary = arrow::DictionaryArray::FromArrays(
      arrow::dictionary(arrow::int32(), arrow::utf8()), indices, texts({"x", "y"}));
  EXPECT_EQ(read_channel(dictionary.ValueOrDie()), (Names{"y", "x", "y", "(missing)"}));
}

/// The same rows as CSV and as Parquet, with defects that both can hold.
TEST_F(IngestParquet, EqualsCsv) {
  std::string csv =
      "session_id,clicks,page_views,time_spent,add_to_cart,referral_source,device_type,conversion_"
      "label\n";
  std::vector<std::int64_t> id, clicks, cart, bought;
  std::vector<double> pages, time;
  std::vector<std::string> source, device;
  std::vector<bool> has_clicks, has_source;
  const std::vector<std::string> sources = {"Google", "Ads, paid", "E\"mail", "\xC3\x84"};
  constexpr std::int64_t kRows = 5000;
  for (std::int64_t i = 0; i < kRows; ++i) {
    id.push_back(i / 2);
    clicks.push_back((i / 2 * 7) % 23);
    pages.push_back(static_cast<double>((i / 2 * 11) % 17) / 4);
    time.push_back(i % 401 == 0 ? -1 : static_cast<double>((i / 2 * 13) % 1009) / 8);
    cart.push_back(i % 503 == 0 ? 2 : i / 2 % 2);
    bought.push_back(i / 2 % 5 == 0);
    source.push_back(sources[static_cast<std::size_t>(i / 2 % 4)]);
    device.push_back(i / 2 % 3 == 0 ? "mobile" : "desktop");
    has_clicks.push_back(i % 101 != 0);
    has_source.push_back(i % 211 != 0);
    std::string quoted = source.back();
    if (quoted == "Ads, paid") quoted = "\"Ads, paid\"";
    if (quoted == "E\"mail") quoted = "\"E\"\"mail\"";
    csv += std::to_string(id.back()) + "," +
           (has_clicks.back() ? std::to_string(clicks.back()) : "") + "," +
           format_number(pages.back()) + "," + format_number(time.back()) + "," +
           std::to_string(cart.back()) + "," + (has_source.back() ? quoted : "") + "," +
           device.back() + "," + std::to_string(bought.back()) + "\n";
  }
  const std::vector<std::string> columns = {"session_id",  "clicks",          "page_views",
                                            "time_spent",  "add_to_cart",     "referral_source",
                                            "device_type", "conversion_label"};
  const Arrays arrays = {
      integers(id),   integers(clicks, has_clicks), doubles(pages), doubles(time),
      integers(cart), texts(source, has_source),    texts(device),  integers(bought)};
  IngestOptions options;
  options.max_reject_rate = 1;
  for (const Policy policy : {Policy::kDrop, Policy::kImpute}) {
    options.on_missing = policy;
    options.files = {folder_.write("a.csv", csv)};
    const Sessions of_csv = ingest(options);
    EXPECT_GT(of_csv.ledger.duplicate_rows, 2000);
    EXPECT_GT(of_csv.ledger.missing_category.at("referral_source"), 20);
    // One row group is decoded in sequence, several side by side.
    for (const std::int64_t rows_per_group : {kRows, std::int64_t{617}}) {
      for (const int threads : {1, 2, 7}) {
        options.files = {write("a.parquet", columns, arrays, rows_per_group)};
        options.threads = threads;
        expect_equal(ingest(options), of_csv);
      }
    }
  }
  // CSV and Parquet side by side: rows are numbered on.
  options.files = {folder_.path("a.csv"), folder_.path("a.parquet")};
  EXPECT_EQ(ingest(options).ledger.rows_read, 2 * kRows);
}

TEST_F(IngestParquet, DuplicatesCountAllColumns) {
  const auto lists = [] {
    arrow::ListBuilder builder(arrow::default_memory_pool(),
                               std::make_shared<arrow::Int32Builder>());
    auto& values = static_cast<arrow::Int32Builder&>(*builder.value_builder());
    for (const int value : {1, 2, 1}) {
      EXPECT_TRUE(builder.Append().ok());
      EXPECT_TRUE(values.Append(value).ok());
    }
    return builder.Finish().ValueOrDie();
  }();
  const auto file = write("d.parquet", {"x", "channel", "bought", "list"},
                          {doubles({1, 1, 1}), texts({"a", "a", "a"}), integers({1, 1, 1}), lists});
  EXPECT_EQ(ingest(small_options({file})).ledger.duplicate_rows, 1);
}

TEST_F(IngestParquet, BrokenFiles) {
  const auto file = write("a.parquet", {"x", "channel", "bought"},
                          {doubles({1, 2}), texts({"a", "b"}), integers({0, 1})});
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto refuse = [&](const std::string& content, std::string_view message) {
    expect_error([&] { ingest(small_options({folder_.write("b.parquet", content)})); },
                 ErrorKind::kData, message);
  };
  for (const std::size_t size :
       {std::size_t{4}, std::size_t{11}, bytes.size() / 2, bytes.size() - 1}) {
    refuse(bytes.substr(0, size), "the Parquet file is cut off");
  }
  // Data missing in the middle, footer intact; and a footer of nonsense.
  refuse(bytes.substr(0, 4) + bytes.substr(40), "the Parquet file is damaged");
  std::string nonsense = bytes;
  for (std::size_t i = nonsense.size() - 100; i < nonsense.size() - 8; ++i) nonsense[i] = '\x5a';
  refuse(nonsense, "the Parquet file is damaged");
  refuse("x,channel,bought\n1,a,0\n", "this is no Parquet file");
  refuse("", "the file is empty");
  // By content: a Parquet file under another name.
  EXPECT_EQ(ingest(small_options({folder_.write("named.csv", bytes)})).rows(), 2);
}

TEST_F(IngestParquet, UnusableColumns) {
  const auto twice = write("t.parquet", {"x", "x"}, {doubles({1}), doubles({2})});
  expect_error([&] { ingest(small_options({twice})); }, ErrorKind::kData,
               "two columns are named 'x'");
  const auto other =
      write("o.parquet", {"x", "chanel", "bought"}, {doubles({1}), texts({"a"}), integers({1})});
  expect_error([&] { ingest(small_options({other})); }, ErrorKind::kData,
               "no column 'channel'; did you mean 'chanel'?");
  const auto empty =
      write("e.parquet", {"x", "channel", "bought"}, {doubles({}), texts({}), integers({})});
  expect_error([&] { ingest(small_options({empty})); }, ErrorKind::kData, "there are no data rows");
}

}  // namespace
}  // namespace covey::driver
