// A file may be cut anywhere and read by any number of threads: the result is that of one block on
// one thread, and that of a parser simple enough to be read as the definition.
#include <random>

#include "cells.h"
#include "csv_rows.h"
#include "ingest_helpers.h"

namespace covey::driver {
namespace {

using namespace testing;

using Table = std::vector<std::vector<std::string>>;

/// Rows of cells, blank lines left out; nothing where a quote stays open.
std::optional<Table> parse_simply(const std::string& text, char delimiter) {
  Table table;
  std::size_t at = 0;
  const auto at_line_end = [&] {
    return at < text.size() && (text[at] == '\n' || text[at] == '\r');
  };
  const auto skip_line_end = [&] { at += text.compare(at, 2, "\r\n") == 0 ? 2 : 1; };
  while (at < text.size()) {
    if (at_line_end()) {
      skip_line_end();
      continue;
    }
    std::vector<std::string> row;
    while (true) {
      std::string cell;
      if (at < text.size() && text[at] == '"') {
        for (++at;; ++at) {
          if (at == text.size()) return std::nullopt;
          if (text[at] != '"') {
            cell += text[at];
          } else if (at + 1 < text.size() && text[at + 1] == '"') {
            cell += text[++at];
          } else {
            ++at;
            break;
          }
        }
      }
      while (at < text.size() && text[at] != delimiter && !at_line_end()) cell += text[at++];
      row.push_back(cell);
      if (at == text.size() || text[at] != delimiter) break;
      ++at;
    }
    if (at < text.size()) skip_line_end();
    table.push_back(row);
  }
  return table;
}

std::string random_cell(std::mt19937_64& random, int column) {
  static const std::vector<std::string> numbers = {"1",     "2",   "3.25", "",   "NA", "bad",
                                                   "\"4\"", "1e3", "\"\"", "-0", "inf"};
  static const std::vector<std::string> names = {
      "a",         "bb", "\"c,d\"",      "\"e\nf\"", "\"g\"\"h\"", "i\"j",
      "\"k\"l\"m", "",   "\"n\r\no\r\"", "\xff",     "\"\"\"\"",   "\"\n\n\""};
  static const std::vector<std::string> labels = {"0", "1", "TRUE", "no", "2", ""};
  const auto& cells = column == 0 ? numbers : column == 1 ? names : labels;
  return cells[random() % (random() % 4 == 0 ? cells.size() : 2)];
}

std::string random_csv(std::mt19937_64& random) {
  static const std::vector<std::string> ends = {"\n", "\r\n", "\r", "\n\n"};
  const std::string& end = ends[random() % ends.size()];
  std::string text = "x,channel,bought" + end;
  const std::size_t rows = 1 + random() % 30;
  for (std::size_t row = 0; row < rows; ++row) {
    const int cells = random() % 12 == 0 ? static_cast<int>(1 + random() % 5) : 3;
    for (int column = 0; column < cells; ++column)
      text += (column > 0 ? "," : "") + random_cell(random, column);
    if (row + 1 < rows || random() % 2 == 0) text += end;
  }
  if (random() % 8 == 0) text += "7,\"open" + end + "8,a,1";
  return text;
}

/// What ingest() must make of the table.
void expect_as_parsed(const Sessions& sessions, const Table& table) {
  std::vector<double> x;
  std::vector<std::string> channel;
  std::vector<std::uint8_t> bought;
  std::vector<std::int64_t> kept;
  for (std::size_t row = 1; row < table.size(); ++row) {
    const auto& cells = table[row];
    double number = 0, label = 0;
    if (cells.size() != 3 || parse_number(cells[0], number) != CellState::kValue ||
        !is_utf8(cells[1]) || parse_number(cells[2], label) != CellState::kValue ||
        (label != 0 && label != 1)) {
      continue;
    }
    x.push_back(number);
    channel.push_back(is_missing(cells[1]) ? "(missing)" : cells[1]);
    bought.push_back(static_cast<std::uint8_t>(label));
    kept.push_back(static_cast<std::int64_t>(row));
  }
  EXPECT_EQ(values_of(sessions, 0), x);
  EXPECT_EQ(channels_of(sessions), channel);
  EXPECT_EQ(sessions.conversion, bought);
  EXPECT_EQ(sessions.ledger.rows_read, static_cast<std::int64_t>(table.size()) - 1);
  if (!sessions.row.empty()) {
    EXPECT_EQ(sessions.row, kept);
  }
  EXPECT_EQ(sessions.row.empty(), kept.size() == table.size() - 1);
}

TEST(IngestBlocks, RandomTablesEqualTheSimpleParserAtEveryBlockSize) {
  const TemporaryFolder folder;
  std::mt19937_64 random(20240607);
  int refused = 0, read = 0;
  for (int trial = 0; trial < 300; ++trial) {
    const std::string text = random_csv(random);
    SCOPED_TRACE("trial " + std::to_string(trial) + ":\n" + text);
    auto options = small_options({folder.write("a.csv", text)});
    const auto table = parse_simply(text, ',');
    std::optional<Sessions> first;
    std::optional<std::string> first_error;
    for (const std::size_t block_bytes :
         {std::size_t{1} << 20, std::size_t{1}, std::size_t{7}, std::size_t{16}, std::size_t{61}}) {
      options.threads = block_bytes == 7 ? 7 : block_bytes == 16 ? 1 : 2;
      Sessions sessions;
      const auto error = error_of([&] { sessions = ingest_in_blocks(options, block_bytes); });
      const std::string message = error ? error->what() : "";
      if (!first_error) first_error = message;
      EXPECT_EQ(message, *first_error);
      if (!table) {
        EXPECT_NE(message.find("unterminated quote"), std::string::npos) << message;
      }
      if (error) continue;
      ASSERT_TRUE(table.has_value());
      if (first) {
        expect_equal(sessions, *first);
      } else {
        expect_as_parsed(sessions, *table);
        first = sessions;
      }
    }
    ++(first ? read : refused);
    if (HasFailure()) return;
  }
  EXPECT_GT(read, 150);
  EXPECT_GT(refused, 20);
}

TEST(IngestBlocks, EveryCutOfOneFile) {
  const TemporaryFolder folder;
  const std::string text =
      "id,x,channel,bought\r\n1,1,\"a\r\nb\",0\r\n\r\n2,2,\"\"\"\",1\r\n3,bad,\"c,\",1\r\n4,4\r\n5,"
      ",d,TRUE\r\n1,1,\"a\r\nb\",0\r\n6,6,NA,0";
  auto options = small_options({folder.write("a.csv", text)});
  options.mapping.id = "id";
  options.on_missing = Policy::kImpute;
  const Sessions whole = ingest(options);
  EXPECT_EQ(whole.ledger.rows_read, 7);
  EXPECT_EQ(whole.ledger.duplicate_rows, 1);
  EXPECT_EQ(rejects_of(whole.ledger),
            (std::vector<std::string>{"3|x|not a number|bad", "4||ragged row|4,4",
                                      "5|x|missing: replaced by the median|"}));
  EXPECT_EQ(whole.ids.number, (std::vector<std::int64_t>{1, 2, 5, 1, 6}));
  EXPECT_EQ(whole.row, (std::vector<std::int64_t>{1, 2, 5, 6, 7}));
  for (std::size_t block_bytes = 1; block_bytes <= text.size() + 1; ++block_bytes) {
    SCOPED_TRACE(block_bytes);
    expect_equal(ingest_in_blocks(options, block_bytes), whole);
  }
}

TEST(IngestBlocks, IdentifiersTurnToTextInAnyBlock) {
  const TemporaryFolder folder;
  std::string text = "x,channel,bought,user_id\n";
  for (int i = 0; i < 50; ++i) text += "1,a,0," + (i == 31 ? "u-31" : std::to_string(i)) + "\n";
  const auto options = small_options({folder.write("a.csv", text)});
  for (const std::size_t block_bytes : {20, 100, 5000}) {
    const Ids ids = ingest_in_blocks(options, block_bytes).ids;
    ASSERT_EQ(ids.text.size(), 50u);
    EXPECT_TRUE(ids.number.empty());
    EXPECT_EQ(ids.text[0], "0");
    EXPECT_EQ(ids.text[31], "u-31");
    EXPECT_EQ(ids.text[49], "49");
  }
}

TEST(RowEndFinder, GrowsWithTheText) {
  const std::string text = "a,\"b\r\nc\"\"\"\r\nd\re,\"\"\n\"f\"g\"\n";
  // Row ends by hand: behind the CRLF that follows the quoted cell, the CR, and the two LFs.
  const std::vector<std::size_t> expected = {12, 14, 19, 25};
  for (std::size_t step = 1; step <= text.size(); ++step) {
    std::vector<std::size_t> ends;
    std::size_t begin = 0;
    while (begin < text.size()) {
      RowEndFinder finder(',');
      std::size_t end = RowEndFinder::kNone;
      for (std::size_t size = step; end == RowEndFinder::kNone; size += step) {
        const std::string_view seen = std::string_view(text).substr(begin, size);
        end = finder.find(seen, 1, begin + seen.size() == text.size());
        if (begin + seen.size() == text.size()) break;
      }
      ASSERT_NE(end, RowEndFinder::kNone);
      ends.push_back(begin += end);
    }
    EXPECT_EQ(ends, expected) << "step " << step;
  }
}

TEST(CountLines, OfEveryKind) {
  EXPECT_EQ(count_lines(""), 0u);
  EXPECT_EQ(count_lines("a"), 0u);
  EXPECT_EQ(count_lines("a\nb\r\nc\rd\n\r"), 5u);
  for (const std::size_t rows : {1, 100, 254, 255, 256, 257, 1000}) {
    std::string text;
    for (std::size_t row = 0; row < rows; ++row)
      text += row % 3 == 0 ? "x\r\n" : row % 3 == 1 ? "\n" : "y\r";
    EXPECT_EQ(count_lines(text + "z"), rows);
  }
}

TEST(RowEndFinder, TellsWhichQuoteIsOpen) {
  const std::string text = "a,\"b\"\nc,\"d,e\nf,g";
  RowEndFinder finder(',');
  EXPECT_EQ(finder.find(text, 1, true), 6u);
  RowEndFinder later(',');
  EXPECT_EQ(later.find(text, 7, true), RowEndFinder::kNone);
  EXPECT_EQ(later.open_quote(), 8u);
}

}  // namespace
}  // namespace covey::driver
