// What one cell says: numbers, missing values, UTF-8, identifiers, and their texts.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "cells.h"
#include "nearest_name.h"

namespace covey::driver {
namespace {

CellState state_of(std::string_view text) {
  double value = 0;
  return parse_number(text, value);
}

double value_of(std::string_view text) {
  double value = -1;
  EXPECT_EQ(parse_number(text, value), CellState::kValue) << text;
  return value;
}

TEST(Cells, ReadsNumbers) {
  EXPECT_EQ(value_of("0"), 0);
  EXPECT_EQ(value_of("007"), 7);
  EXPECT_EQ(value_of("-12"), -12);
  EXPECT_EQ(value_of("+12"), 12);
  EXPECT_EQ(value_of(" 12\t"), 12);
  EXPECT_EQ(value_of("999999999999999"), 999999999999999.0);
  EXPECT_EQ(value_of("9007199254740993"), 9007199254740992.0);  // 2^53 + 1: half to even
  EXPECT_EQ(value_of("1.5"), 1.5);
  EXPECT_EQ(value_of(".5"), 0.5);
  EXPECT_EQ(value_of("5."), 5);
  EXPECT_EQ(value_of("0.1"), 0.1);
  EXPECT_EQ(value_of("63973.52223"), 63973.52223);
  EXPECT_EQ(value_of("-1.25e-3"), -0.00125);
  EXPECT_EQ(value_of("1E5"), 100000);
  EXPECT_EQ(value_of("1e-400"), 0);  // below the smallest double: zero, no defect
  EXPECT_EQ(value_of("4e-320"), 4e-320);
}

// Short decimals go a way of their own; it must round as from_chars does.
TEST(Cells, ShortDecimalsRoundCorrectly) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = std::to_string(random() % 1'000'000'000'000'000u);
    text.resize(1 + random() % text.size());
    text.insert(random() % (text.size() + 1), ".");
    if (random() % 2 == 0) text.insert(0, "-");
    EXPECT_EQ(value_of(text), std::strtod(text.c_str(), nullptr)) << text;
  }
}

TEST(Cells, ReadsBooleans) {
  for (const char* text : {"TRUE", "true", "True", "yes", "YES", " Yes "})
    EXPECT_EQ(value_of(text), 1) << text;
  for (const char* text : {"FALSE", "false", "no", "No"}) EXPECT_EQ(value_of(text), 0) << text;
  EXPECT_EQ(state_of("t"), CellState::kNotNumber);
}

TEST(Cells, KnowsMissingCells) {
  for (const char* text : {"", "  ", "NA", "na", "N/A", "n/a", "null", "NULL", " Null "}) {
    EXPECT_TRUE(is_missing(text)) << text;
    EXPECT_EQ(state_of(text), CellState::kMissing) << text;
  }
  for (const char* text : {"-", "none", "nil", "0", "NaN", "missing"})
    EXPECT_FALSE(is_missing(text)) << text;
}

TEST(Cells, RefusesWhatIsNoFiniteNumber) {
  for (const char* text : {"NaN", "nan", "inf", "-inf", "+Infinity", "1e999", "-1e999"}) {
    EXPECT_EQ(state_of(text), CellState::kNotFinite) << text;
  }
  for (const char* text :
       {"abc", "1,5", "1 2", "0x10", "--1", "+-1", "+", "-", ".", "1e", "12a", "$5", "1_000"}) {
    EXPECT_EQ(state_of(text), CellState::kNotNumber) << text;
  }
  EXPECT_EQ(state_of("1\xff"), CellState::kNotUtf8);
  double value = 0;
  parse_number("abc", value);
  EXPECT_TRUE(std::isnan(value));
}

TEST(Cells, ChecksUtf8) {
  for (const char* text : {"", "plain", "caf\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x99\x82",
                           "long ascii, then \xC3\xA9"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  // Latin-1, a stray continuation, overlong forms, a surrogate, beyond U+10FFFF, cut off.
  for (const char* text : {"caf\xE9", "\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "\xE2\x82"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(Cells, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("caf\xE9 \xC3\xA9"), "caf\\xE9 \xC3\xA9");
  const std::string cut = printable(std::string(5000, 'x'));
  EXPECT_LT(cut.size(), 1100u);
  EXPECT_TRUE(cut.ends_with("..."));
}

TEST(Cells, IdentifiersAreNumbersOnlyWhenTheyReadBack) {
  EXPECT_EQ(canonical_integer("0"), 0);
  EXPECT_EQ(canonical_integer("-5"), -5);
  EXPECT_EQ(canonical_integer("9223372036854775807"), INT64_MAX);
  for (const char* text : {"", "-", "-0", "007", "+1", "1.0", "1 ", "9223372036854775808", "a1"}) {
    EXPECT_FALSE(canonical_integer(text).has_value()) << text;
  }
}

TEST(Cells, FormatsNumbers) {
  EXPECT_EQ(format_number(3.0), "3");
  EXPECT_EQ(format_number(-2.5), "-2.5");
  EXPECT_EQ(format_number(0.1), "0.1");
  EXPECT_EQ(format_number(0.1F), "0.1");
  EXPECT_EQ(format_number(std::nan("")), "NaN");
  EXPECT_EQ(format_number(-INFINITY), "-inf");
}

TEST(NearestName, FindsSlips) {
  const std::vector<std::string> names = {"clicks", "page_views", "time_spent", "add_to_cart",
                                          "id"};
  EXPECT_EQ(nearest_name("click", names), "clicks");
  EXPECT_EQ(nearest_name("PageViews", names), "page_views");
  EXPECT_EQ(nearest_name("tiem_spent", names), "time_spent");
  EXPECT_EQ(nearest_name("add_to_card", names), "add_to_cart");
  EXPECT_EQ(nearest_name("revenue", names), std::nullopt);
  EXPECT_EQ(nearest_name("xy", names), std::nullopt);
  EXPECT_EQ(nearest_name("clicks", {}), std::nullopt);
}

}  // namespace
}  // namespace covey::driver
