#include "text_table.h"

#include <gtest/gtest.h>

#include <sstream>

#include "result_tables.h"
#include "statistics.h"
#include "text_format.h"

namespace covey::driver {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(TextFormat, Numbers) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'000), "1,000");
  EXPECT_EQ(count_text(-1'234'567), "-1,234,567");
  EXPECT_EQ(count_text(-123), "-123");
  EXPECT_EQ(mean_text(0.0), "0");
  EXPECT_EQ(mean_text(1.0), "1.00");
  EXPECT_EQ(mean_text(6.204), "6.20");
  EXPECT_EQ(mean_text(9.999), "10.0");
  EXPECT_EQ(mean_text(0.2378), "0.24");
  EXPECT_EQ(mean_text(0.02131), "0.021");
  EXPECT_EQ(mean_text(99.97), "100.0");
  EXPECT_EQ(mean_text(437.92), "437.9");
  EXPECT_EQ(mean_text(1195.2), "1,195");
  EXPECT_EQ(mean_text(-12345.6), "-12,346");
  EXPECT_EQ(mean_text(1.5e18), "1.5e+18");
  EXPECT_EQ(percent_text(0.4222), "42.2 %");
  EXPECT_EQ(signed_text(1.79), "+1.8");
  EXPECT_EQ(signed_text(-0.001), "+0.0");
  EXPECT_EQ(rate_text(wilson(30'435, 150'000)), "20.29 % (20.09-20.49)");
  EXPECT_EQ(rate_text(wilson(2, 10)), "20.0 % (5.7-51.0)");
  EXPECT_EQ(rate_text({}), "-");
}

TEST(TextTable, ControlCharactersAreWrittenOut) {
  EXPECT_EQ(visible_text("a\x1b[31mb\n\x7f"), "a\\x1B[31mb\\x0A\\x7F");
  EXPECT_EQ(visible_text("a\xC2\x9Bm"), "a\\x9Bm");
  EXPECT_EQ(visible_text("\xE2\x80\xAEtxt"), "\\u202Etxt");
  EXPECT_EQ(visible_text("\xFF\xC3"), "\\xFF\\xC3");
  EXPECT_EQ(visible_text("\xC0\xAF\xED\xA0\x80"), "\\xC0\\xAF\\xED\\xA0\\x80");
  EXPECT_EQ(visible_text("größe 大 😀"), "größe 大 😀");
}

TEST(TextTable, WidthCountsColumns) {
  EXPECT_EQ(display_width("größe"), 5);
  EXPECT_EQ(display_width("大阪"), 4);
  EXPECT_EQ(display_width("e\xCC\x81"), 1);
  EXPECT_EQ(display_width("😀"), 2);
}

TEST(TextTable, CutKeepsTheWidth) {
  EXPECT_EQ(cut_text("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_text("abcdef", 5), "abcd…");
  EXPECT_EQ(cut_text("大阪城", 4), "大…");
}

TEST(TextTable, AlignsWideNamesAndNumbers) {
  const std::string text = text_table(
      {{"Channel", false, {"大阪", "größe"}}, {"Sessions", true, {"1,000", "7"}}}, 1, {}, "x");
  EXPECT_EQ(text,
            "Channel  Sessions\n"
            "-------  --------\n"
            "大阪        1,000\n"
            "größe           7\n");
}

TEST(TextTable, LongHeadersBreakAtWords) {
  const std::string text =
      text_table({{"n", false, {"x"}}, {"ProductRelated_Duration", true, {"1.00"}}}, 1, {}, "x");
  EXPECT_EQ(text,
            "   ProductRelated_\n"
            "n         Duration\n"
            "-  ---------------\n"
            "x             1.00\n");
}

TEST(TextTable, TooManyColumnsGoOnInBlocksThatRepeatTheKey) {
  TextOptions options;
  options.width = 24;
  std::vector<TextColumn> columns = {{"key", false, {"k1"}}};
  for (int c = 0; c < 4; ++c) columns.push_back({"column" + std::to_string(c), true, {"1"}});
  const auto lines = lines_of(text_table(columns, 1, options, "x"));
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[0], "key  column0  column1");
  EXPECT_EQ(lines[3], "");
  EXPECT_EQ(lines[4], "key  column2  column3");
  EXPECT_EQ(lines[6], "k1         1        1");
}

TEST(TextTable, RowsBeyondTheMostAreCounted) {
  TextOptions options;
  options.max_rows = 2;
  const TextColumn column{"n", false, std::vector<std::string>(1'500, "x")};
  const auto lines = lines_of(text_table({column}, 1, options, "channels.csv"));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[4], "and 1,498 more in channels.csv");
}

TEST(TextTable, ColorOnlyWhereAsked) {
  TextColumn column{"n", true, {"1"}};
  column.tones = {Tone::kHigh};
  TextOptions options;
  EXPECT_EQ(text_table({column}, 1, options, "x").find('\x1b'), std::string::npos);
  options.color = true;
  const std::string text = text_table({column}, 1, options, "x");
  EXPECT_NE(text.find("\x1b[32m1\x1b[0m"), std::string::npos);
}

Profile mission_profile() {
  Profile profile;
  profile.sessions = 500'000;
  profile.overall_mean = {3.6, 0.24};
  profile.conversion = wilson(101'058, 500'000);
  profile.personas = {{0,
                       "Passerby",
                       380'000,
                       0.76,
                       {1.8, 0.0},
                       {-0.7, -0.6},
                       wilson(38'000, 380'000),
                       "Scores 0.57 on little"},
                      {1,
                       "Ready-to-Buy",
                       120'000,
                       0.24,
                       {3.7, 1.0},
                       {0.0, 1.8},
                       wilson(50'640, 120'000),
                       "Scores 1.79 on intent"}};
  return profile;
}

TEST(ResultTables, Personas) {
  EXPECT_EQ(persona_table({"clicks", "add_to_cart"}, mission_profile(), {}),
            "Persona       Sessions   Share      Conversion (95 %)  clicks  add_to_cart\n"
            "------------  --------  ------  ---------------------  ------  -----------\n"
            "Passerby       380,000  76.0 %   10.00 % (9.91-10.10)    1.80            0\n"
            "Ready-to-Buy   120,000  24.0 %  42.20 % (41.92-42.48)    3.70         1.00\n");
}

TEST(ResultTables, WithoutConversionThereIsNoRateColumn) {
  Profile profile = mission_profile();
  profile.conversion = {};
  EXPECT_EQ(persona_table({"clicks", "add_to_cart"}, profile, {}).find("Conversion"),
            std::string::npos);
}

TEST(ResultTables, NamesCannotReachTheTerminal) {
  const std::vector<Group> groups = {{"\x1b]0;owned\x07", 5, 1.0, wilson(1, 5), {2.0}}};
  const std::string text = group_table("Channel", {"a\x1b[2J"}, groups, {}, "channels.csv");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
  EXPECT_NE(text.find("\\x1B]0;owned\\x07"), std::string::npos);
}

TEST(ResultTables, LinesKeepToTheWidth) {
  std::vector<std::string> features;
  std::vector<double> means;
  for (int f = 0; f < 30; ++f) {
    features.push_back("Some_LongFeatureName" + std::to_string(f));
    means.push_back(1e6 * f);
  }
  const std::vector<Group> groups = {
      {std::string(500, 'x'), 123'456'789, 1.0, wilson(1, 5), means}};
  for (const int width : {60, 80, 100, 200}) {
    TextOptions options;
    options.width = width;
    for (const std::string& line :
         lines_of(group_table("Channel", features, groups, options, "channels.csv"))) {
      EXPECT_LE(display_width(line), width);
    }
  }
}

TEST(ResultTables, ChannelsByPersonas) {
  const std::vector<Cell> cells = {{"Google", 1, "Ready-to-Buy", 60, 0.6, 4.0},
                                   {"Google", 0, "Passerby", 40, 0.4, -4.0},
                                   {"Ads", 0, "Passerby", 30, 0.75, 4.0},
                                   {"Ads", 1, "Ready-to-Buy", 10, 0.25, -4.0}};
  EXPECT_EQ(channel_persona_table(mission_profile(), cells, {}),
            "Channel       Passerby   Ready-to-Buy\n"
            "-------  -------------  -------------\n"
            "Google   40.0 % (-4.0)  60.0 % (+4.0)\n"
            "Ads      75.0 % (+4.0)  25.0 % (-4.0)\n");
}

TEST(ResultTables, KChoices) {
  KChoice two{.k = 2, .inertia = 1'000.5, .calinski_harabasz = 120.0};
  two.davies_bouldin = 1.204;
  two.silhouette = 0.4444;
  KChoice three{.k = 3, .inertia = 12.34, .calinski_harabasz = 1'500.0, .chosen = true};
  three.davies_bouldin = 0.5;
  three.silhouette = 0.7;
  EXPECT_EQ(k_choice_table({two, three}, {}),
            "            Calinski-\n"
            "k  Inertia   Harabasz  Davies-Bouldin  Silhouette\n"
            "-  -------  ---------  --------------  ----------  ------\n"
            "2    1,000      120.0            1.20       0.444\n"
            "3     12.3      1,500            0.50       0.700  chosen\n");
  two.ari = 0.41;
  two.persona_jaccard = {0.9, 0.456};
  two.verdict = "personas do not return";
  two.gap = -0.0123;
  three.ari = 1;
  three.persona_jaccard = {1, 1, 1};  // no gap: its inertia in the sample was 0
  three.verdict = "chosen: highest silhouette";
  EXPECT_EQ(k_choice_table({two, three}, {}),
            "            Calinski-\n"
            "k  Inertia   Harabasz  Davies-Bouldin  Silhouette     Gap  Jaccard   ARI\n"
            "-  -------  ---------  --------------  ----------  ------  -------  ----  "
            "--------------------------\n"
            "2    1,000      120.0            1.20       0.444  -0.012     0.46  0.41  "
            "personas do not return\n"
            "3     12.3      1,500            0.50       0.700       -     1.00  1.00  "
            "chosen: highest silhouette\n");
  three.verdict = "supported";
  EXPECT_NE(k_choice_table({three}, {}).find("chosen; supported"), std::string::npos);
}

TEST(ResultTables, ReasonsWrap) {
  Profile profile = mission_profile();
  profile.personas[1].rule = {"add_to_cart = 1", 1.0, 0.975, true};
  TextOptions options;
  options.width = 24;
  EXPECT_EQ(reason_list(profile, options),
            "Passerby: Scores 0.57 on\n"
            "  little\n"
            "Ready-to-Buy: Scores\n"
            "  1.79 on intent\n"
            "  add_to_cart = 1:\n"
            "    precision 100.0 %,\n"
            "    recall 97.5 %\n");
}

}  // namespace
}  // namespace covey::driver
