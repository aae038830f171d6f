// Feature tuples: rows that repeat share one, rows that do not are kept as they are, and neither
// shows in any result.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include "feature_tuples.h"
#include "ingest_helpers.h"
#include "results_support.h"

namespace covey::driver {
namespace {

using namespace testing;

using Numbers = std::vector<std::uint32_t>;

TEST(TupleTable, EqualTuplesShareANumberInOrderOfFirstAppearance) {
  TupleTable table(2);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(table.numbers({{5, 1, 5, nan, 5, nan}, {0, 2, 0, 7, 1, 7}}, {}),
            (Numbers{0, 1, 0, 2, 3, 2}));
  EXPECT_EQ(table.size(), 4U);
  EXPECT_EQ(table.weights(), (Numbers{2, 1, 2, 1}));
  EXPECT_EQ(table.tuple(3)[0], 5);
  EXPECT_EQ(table.tuple(3)[1], 1);
}

TEST(TupleTable, CountsMultiplicities) {
  TupleTable table(1);
  const Numbers multiplicity = {3, 10, 4};
  EXPECT_EQ(table.numbers({{8, 9, 8}}, multiplicity), (Numbers{0, 1, 0}));
  EXPECT_EQ(table.weights(), (Numbers{7, 10}));
}

TEST(TupleTable, KeepsNumbersWhileItGrows) {
  constexpr std::uint32_t kTuples = 20'000;
  TupleTable table(3);
  for (int pass = 0; pass < 2; ++pass) {
    for (std::uint32_t i = 0; i < kTuples; ++i) {
      const double tuple[] = {static_cast<double>(i % 7), static_cast<double>(i), 0.5 * i};
      ASSERT_EQ(table.number(tuple, 1), i);
    }
  }
  EXPECT_EQ(table.rows(), 2 * kTuples);
}

// A sample of 2^20 values; then half of the rows may be new.
TEST(TupleTable, PaysWhereHalfOfTheRowsRepeat) {
  constexpr std::size_t kDimensions = 1024, kRows = 1024;
  TupleTable all_new(kDimensions), half_new(kDimensions);
  std::vector<double> tuple(kDimensions);
  for (std::size_t row = 0; row < kRows; ++row) {
    EXPECT_TRUE(all_new.pays());
    tuple[0] = static_cast<double>(row);
    all_new.number(tuple.data(), 1);
    const std::size_t pair = row / 2;
    tuple[0] = static_cast<double>(pair);
    half_new.number(tuple.data(), 1);
  }
  EXPECT_FALSE(all_new.pays());
  EXPECT_TRUE(half_new.pays());
  tuple[0] = -1;
  half_new.number(tuple.data(), 1);
  EXPECT_FALSE(half_new.pays());
}

class Tuples : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(Tuples, RowsThatRepeatShareOne) {
  auto options = small_options({folder_.write(
      "a.csv",
      "x,y,w,channel,bought\n-0,1,2,a,0\n7,1,1,a,0\n0,1,5,b,1\nbad,1,9,b,1\n7,1,3,c,1\n")});
  options.mapping.features = {"x", "y"};
  options.mapping.multiplicity = "w";
  const Sessions sessions = ingest(options);
  EXPECT_EQ(sessions.rows(), 4);
  EXPECT_EQ(sessions.features, (std::vector<std::vector<double>>{{0, 7}, {1, 1}}));
  EXPECT_FALSE(std::signbit(sessions.features[0][0]));
  EXPECT_EQ(sessions.tuple, (Numbers{0, 1, 0, 1}));
  EXPECT_EQ(sessions.tuple_weight, (Numbers{7, 4}));
  EXPECT_EQ(sessions.multiplicity, (Numbers{2, 1, 5, 3}));
}

TEST_F(Tuples, RowsThatAllDifferAreTheirOwn) {
  const Sessions sessions =
      ingest(small_options({folder_.write("a.csv", "x,channel,bought\n3,a,0\n1,a,0\n2,a,0\n")}));
  EXPECT_TRUE(sessions.tuple.empty());
  EXPECT_EQ(sessions.rows(), 3);
  EXPECT_EQ(values_of(sessions, 0), (std::vector<double>{3, 1, 2}));
}

TEST_F(Tuples, ImputedCellsKeepTheirRows) {
  auto options = small_options(
      {folder_.write("a.csv", "x,channel,bought\n1,a,0\n,a,0\n3,a,0\n3,a,0\n,a,1\n")});
  options.on_missing = Policy::kImpute;
  const Sessions sessions = ingest(options);
  EXPECT_EQ(values_of(sessions, 0), (std::vector<double>{1, 3, 3, 3, 3}));
  EXPECT_EQ(sessions.tuple_weight, (Numbers{1, 2, 2}));
}

TEST_F(Tuples, MedianOfWeightsLiesBetweenTheMiddleSessions) {
  const auto median = [&](const std::string& rows) {
    return ingest(small_options({folder_.write("a.csv", "x,channel,bought\n" + rows)}))
        .medians.at("x");
  };
  EXPECT_EQ(median("5,a,0\n1,a,0\n5,a,0\n"), 5);           // 1 5 5
  EXPECT_EQ(median("5,a,0\n1,a,0\n1,a,0\n5,a,0\n"), 3);    // 1 1 | 5 5
  EXPECT_EQ(median("9,a,0\n1,a,0\n1,a,0\n1,a,0\n"), 1);    // 1 1 | 1 9
  EXPECT_EQ(median("9,a,0\n9,a,0\n2,a,0\n4,a,0\n"), 6.5);  // 2 4 | 9 9
  // More than two sessions a tuple: 1 1 1 | 5 5 5, and 1 1 1 | 1 1 5.
  EXPECT_EQ(median("1,a,0\n5,a,0\n1,a,0\n5,a,0\n1,a,0\n5,a,0\n"), 3);
  EXPECT_EQ(median("1,a,0\n5,a,0\n1,a,0\n1,a,0\n1,a,0\n1,a,0\n"), 1);
}

/// Rows of d features of which `distinct` differ (0: all).
std::string csv_of(std::size_t d, std::size_t rows, std::size_t distinct) {
  std::string text = "session_id,channel,bought";
  for (std::size_t f = 0; f < d; ++f) fmt::format_to(std::back_inserter(text), ",f{}", f);
  text += '\n';
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t value = distinct == 0 ? row : row * 7919 % distinct;
    fmt::format_to(std::back_inserter(text), "{},c{},{}", row + 1, row % 5, row % 3 == 0 ? 1 : 0);
    for (std::size_t f = 0; f < d; ++f)
      fmt::format_to(std::back_inserter(text), ",{}", f == 0 ? value : value % (f + 2));
    text += '\n';
  }
  return text;
}

IngestOptions options_for_csv_of(std::size_t d, const std::string& file, int threads) {
  IngestOptions options = small_options({file});
  options.mapping.features.clear();
  for (std::size_t f = 0; f < d; ++f) options.mapping.features.push_back(fmt::format("f{}", f));
  options.threads = threads;
  return options;
}

TEST_F(Tuples, ThreadsAndBlocksLeaveNoTrace) {
  const std::string file = folder_.write("a.csv", csv_of(4, 5'000, 700));
  const Sessions expected = ingest(options_for_csv_of(4, file, 1));
  EXPECT_EQ(expected.tuples(), 700);
  for (const int threads : {1, 2, 5}) {
    for (const std::size_t bytes : {300, 5'000}) {
      expect_equal(ingest_in_blocks(options_for_csv_of(4, file, threads), bytes, nullptr),
                   expected);
    }
  }
}

// 128 features: the sample is 8,192 rows, and most of these rows are read after it.
TEST_F(Tuples, RowsThatDoNotRepeatAreKeptAsTheyAre) {
  constexpr std::size_t kDimensions = 128, kRows = 30'000;
  const std::string file = folder_.write("a.csv", csv_of(kDimensions, kRows, 0));
  std::optional<std::array<std::uint64_t, 2>> first;
  for (const int threads : {1, 3}) {
    const Sessions sessions = ingest(options_for_csv_of(kDimensions, file, threads));
    ASSERT_EQ(sessions.rows(), static_cast<std::int64_t>(kRows));
    EXPECT_EQ(sessions.tuples(), sessions.rows());
    EXPECT_FALSE(sessions.tuple.empty());
    const auto values = values_of(sessions, 0);
    for (std::size_t row = 0; row < kRows; ++row) ASSERT_EQ(values[row], static_cast<double>(row));
    EXPECT_EQ(sessions.medians.at("f0"), (kRows - 1) / 2.0);
    if (!first) first = sessions.data_hash;
    EXPECT_EQ(sessions.data_hash, *first);
  }
}

TEST_F(Tuples, ErrorsNameTheRow) {
  auto options = small_options({folder_.write(
      "a.csv", "x,channel,bought\n2,a,0\n2,a,0\n3,a,0\n2,a,0\n-1,a,0\n2,a,1\n-1,a,0\n")});
  const Sessions sessions = ingest(options);
  SegmentOptions segment = options_for({2});
  segment.log1p = {"x"};
  expect_error([&] { prepare(*reference_backend(), sessions, segment); }, ErrorKind::kData,
               "row 4, feature 0: log1p of -1");
}

// The stages must not tell tuples from rows.
TEST_F(Tuples, StagesGiveWhatTheyGiveForRows) {
  const Sessions tuples =
      ingest(options_for_csv_of(3, folder_.write("a.csv", csv_of(3, 900, 60)), 2));
  ASSERT_EQ(tuples.tuples(), 60);
  Sessions rows = tuples;
  for (std::size_t f = 0; f < 3; ++f) rows.features[f] = values_of(tuples, f);
  rows.tuple.clear();
  rows.tuple_weight.clear();
  const StagesRun a = run_stages(tuples, options_for({2, 3})),
                  b = run_stages(rows, options_for({2, 3}));
  EXPECT_EQ(a.segmentation.model.centroids.q, b.segmentation.model.centroids.q);
  EXPECT_TRUE(a.segmentation.labels.inertia == b.segmentation.labels.inertia);
  ASSERT_EQ(a.personas.personas.size(), b.personas.personas.size());
  for (std::size_t c = 0; c < a.personas.personas.size(); ++c) {
    EXPECT_EQ(a.personas.personas[c].sessions, b.personas.personas[c].sessions);
    EXPECT_EQ(a.personas.personas[c].mean, b.personas.personas[c].mean);
    EXPECT_EQ(a.personas.personas[c].conversion.successes,
              b.personas.personas[c].conversion.successes);
  }
  ASSERT_EQ(a.attribution.channels.size(), 5U);
  for (std::size_t g = 0; g < 5; ++g) {
    EXPECT_EQ(a.attribution.channels[g].name, b.attribution.channels[g].name);
    EXPECT_EQ(a.attribution.channels[g].mean, b.attribution.channels[g].mean);
    EXPECT_EQ(a.attribution.channels[g].conversion.successes,
              b.attribution.channels[g].conversion.successes);
  }
  for (std::size_t i = 0; i < a.attribution.channel_personas.size(); ++i) {
    EXPECT_EQ(a.attribution.channel_personas[i].sessions,
              b.attribution.channel_personas[i].sessions);
  }
}

// Row 900 repeats row 2 of the same file, so that the identifiers do not rise there.
TEST_F(Tuples, DuplicatesBehindIdentifiersThatRose) {
  const std::string text = csv_of(2, 1'000, 50);
  const std::string file = folder_.write("a.csv", text);
  EXPECT_EQ(ingest_in_blocks(options_for_csv_of(2, file, 2), 300, nullptr).ledger.duplicate_rows,
            0);
  std::size_t second = text.find('\n') + 1;
  second = text.find('\n', second) + 1;
  const std::string row = text.substr(second, text.find('\n', second) + 1 - second);
  const std::string repeated = folder_.write("b.csv", text + row);
  EXPECT_EQ(
      ingest_in_blocks(options_for_csv_of(2, repeated, 2), 300, nullptr).ledger.duplicate_rows, 1);
}

// Quotes send a block through the full parser; nothing else may change, duplicates included.
TEST_F(Tuples, QuotesChangeNothing) {
  std::mt19937 random(11);
  std::string plain = "x,channel,note,bought\n", quoted = plain;
  for (int row = 0; row < 2'000; ++row) {
    const std::string cells[] = {std::to_string(random() % 3), std::string(random() % 2, 'b'),
                                 std::to_string(row % 700), "1"};
    for (int c = 0; c < 4; ++c) {
      const bool in_quotes = random() % 40 == 0;
      const std::string& cell = cells[c];
      plain += cell + (c == 3 ? '\n' : ',');
      quoted += (in_quotes ? '"' + cell + '"' : cell) + (c == 3 ? '\n' : ',');
    }
  }
  const auto read = [&](const std::string& name, const std::string& text) {
    return ingest_in_blocks(small_options({folder_.write(name, text)}), 700, nullptr);
  };
  const Sessions a = read("a.csv", plain), b = read("a.csv", quoted);
  EXPECT_GT(a.ledger.duplicate_rows, 0);
  expect_equal(a, b);
}

}  // namespace
}  // namespace covey::driver
