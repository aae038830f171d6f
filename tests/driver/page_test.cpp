#include "report/page.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "csv_tables.h"
#include "ingest_helpers.h"
#include "manifest.h"
#include "pipeline.h"
#include "report/assets.h"
#include "report/html.h"
#include "report/html_table.h"
#include "report/page_verdicts.h"
#include "result_tests.h"

namespace covey::driver {
namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::ptrdiff_t count_of(const std::string& text, const std::string& part) {
  std::ptrdiff_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// The page as far as the data go: without scripts.
std::string before_scripts(const std::string& html) { return html.substr(0, html.find("<script")); }

/// Sessions of two kinds by channels of the names given; quotes in them doubled already.
std::string sessions_csv(const std::vector<std::string>& channels) {
  std::string text = "x,y,channel,device_type,bought\n";
  for (int row = 0; row < 240; ++row) {
    const bool eager = row % 3 == 0;
    text +=
        fmt::format("{},{},\"{}\",{},{}\n", (eager ? 50 : 5) + row % 4, (eager ? 7 : 1) + row % 2,
                    channels[static_cast<std::size_t>(row / 3) % channels.size()],
                    row % 2 == 0 ? "mobile" : "desktop", eager && row % 2 == 0 ? "yes" : "no");
  }
  return text;
}

class PageTest : public ::testing::Test {
 protected:
  RunOptions run_options(const std::vector<std::string>& channels = {"a", "b"},
                         const std::string& output = "out") {
    RunOptions options;
    options.ingest.files = {folder_.write("in.csv", sessions_csv(channels))};
    options.ingest.mapping.features = {"x", "y"};
    options.ingest.mapping.channel = "channel";
    options.ingest.mapping.conversion = "bought";
    options.segment.k = {2, 3};
    options.segment.restarts = 2;
    options.segment.backend.name = "cpu";
    options.output.folder = folder_.path(output);
    options.output.force = true;
    return options;
  }

  std::string page_of(const RunOptions& options) {
    run(options);
    std::ifstream stream(options.output.folder + "/report.html", std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  testing::TemporaryFolder folder_;
};

TEST(Html, NamesAreIsolatedInTextAndPlainInAttributes) {
  EXPECT_EQ(isolated_html("<bdi>"), "<bdi>&lt;bdi&gt;</bdi>");
  EXPECT_EQ(attribute_of("a " + isolated_html("<bdi>\"") + " b"), "a &lt;bdi&gt;&quot; b");
}

TEST(HtmlTable, CellsCarryTheNumbersOfTheCsvFiles) {
  HtmlTable table("A & b", {"Name", "Share"});
  table.add({name_cell("<i>"), share_cell(1.0 / 3)});
  const std::string html = table.html();
  EXPECT_TRUE(holds(html, "<caption>A &amp; b</caption>"));
  EXPECT_TRUE(holds(html, "<th scope=\"row\" data-name=\"&lt;i&gt;\"><bdi>&lt;i&gt;</bdi></th>"));
  EXPECT_TRUE(
      holds(html, "<td class=\"number\" data-value=\"" + csv_number(1.0 / 3) + "\">33.3 %</td>"));
  EXPECT_TRUE(holds(html, "<th scope=\"col\" class=\"number\">Share</th>"));
}

TEST(HtmlTable, IntervalsCarryTheirEndsAndARateWithoutTrialsIsADash) {
  const HtmlCell cell = interval_cell("x", {0.5, 0.25, 0.75});
  EXPECT_EQ(cell.attributes, " data-value=\"0.5\" data-low=\"0.25\" data-high=\"0.75\"");
  EXPECT_EQ(rate_cell({}).html, "-");
}

TEST(Verdicts, EveryStructureIsSaid) {
  ChoiceOfK choice;
  choice.k = 3;
  choice.as_good = {4, 5};
  for (const auto& [structure, words] : {std::pair{Structure::kNotTested, "was not tested"},
                                         {Structure::kNone, "show no groups"},
                                         {Structure::kUnstable, "No division into groups holds"},
                                         {Structure::kWeak, "3 groups, but weakly"},
                                         {Structure::kSeveral, "4 or 5 would do as well"},
                                         {Structure::kClear, "3 groups that are clearly apart"}}) {
    choice.structure = structure;
    EXPECT_TRUE(holds(structure_verdict(choice), words)) << structure_verdict(choice);
  }
  choice.k = 1;
  EXPECT_EQ(structure_verdict(choice), "All sessions were taken as one persona.");
}

TEST(Verdicts, SparseChannelsAreNeitherHighestNorLowest) {
  Association found;
  found.rows = "channel";
  found.columns = "conversion";
  found.differs = true;
  found.p = 0.001;
  std::vector<Group> groups(3);
  groups[0].name = "big";
  groups[0].conversion = {10, 100, 0.1, 0.05, 0.15};
  groups[1].name = "<tiny>";
  groups[1].conversion = {1, 1, 1, 0.2, 1};
  groups[2].name = "<good>";
  groups[2].conversion = {50, 100, 0.5, 0.4, 0.6};
  Findings findings;
  findings.merged_channels = {"<tiny>"};
  const std::string verdict = conversion_verdict(found, groups, findings);
  EXPECT_TRUE(holds(verdict, "highest is <bdi>&lt;good&gt;</bdi>")) << verdict;
  EXPECT_TRUE(holds(verdict, "lowest is <bdi>big</bdi>")) << verdict;
}

TEST_F(PageTest, StandsAloneUnderAPolicyThatKnowsItsScripts) {
  const std::string html = page_of(run_options());
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset="));
  EXPECT_TRUE(holds(html, "default-src 'none'; script-src 'sha256-" +
                              base64_of_hex(plotly_script().sha256) + "' 'sha256-" +
                              base64_of_hex(page_script().sha256) + "';"));
  EXPECT_TRUE(holds(html, "<script>" + std::string(page_script().text) + "</script>"));
  EXPECT_TRUE(holds(html, "<script>" + std::string(plotly_script().text) + "</script>"));
  EXPECT_EQ(count_of(before_scripts(html), "http:"), 0);
  EXPECT_EQ(count_of(before_scripts(html), "https:"), 0);
}

TEST_F(PageTest, EveryAnchorHasItsSectionAndEveryChartItsPlotAndTable) {
  const std::string html = before_scripts(page_of(run_options()));
  for (const char* id : {"in-short", "recommendations", "personas", "map", "channels", "how-many",
                         "tests", "quality", "method"}) {
    EXPECT_TRUE(holds(html, fmt::format("href=\"#{}\"", id))) << id;
    EXPECT_EQ(count_of(html, fmt::format("<section id=\"{}\">", id)), 1) << id;
  }
  for (const char* chart :
       {"heatmap", "map", "conversion", "volume", "composition", "residuals", "devices", "k"}) {
    EXPECT_EQ(count_of(html, fmt::format("id=\"chart-{}\"", chart)), 1) << chart;
    EXPECT_EQ(count_of(html, fmt::format("id=\"plot-{}\"", chart)), 1) << chart;
  }
  EXPECT_FALSE(holds(html, "chart-money"));
}

TEST_F(PageTest, HostileNamesStayText) {
  const std::string html = before_scripts(
      page_of(run_options({"</script><img src=x onerror=alert(1)>", "\"\" onclick='alert(1)'",
                           "\xe2\x80\xae"
                           "evil",
                           std::string(300, 'w')})));
  EXPECT_FALSE(holds(html, "<img src=x"));
  EXPECT_FALSE(holds(html, "</script>"));
  EXPECT_FALSE(holds(html, "\" onclick="));
  EXPECT_FALSE(holds(html, "\xe2\x80\xae"));
  EXPECT_TRUE(holds(html, "<bdi>&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;</bdi>"));
  EXPECT_TRUE(holds(html, "<bdi>&quot; onclick=&#39;alert(1)&#39;</bdi>"));
}

TEST_F(PageTest, WhatTheDataLackIsLeftOut) {
  RunOptions options = run_options();
  options.ingest.mapping.channel.clear();
  std::string html = before_scripts(page_of(options));
  EXPECT_FALSE(holds(html, "chart-volume"));
  EXPECT_FALSE(holds(html, "chart-composition"));
  EXPECT_TRUE(holds(html, "chart-devices"));
  options.ingest.mapping.device_type.clear();
  html = before_scripts(page_of(options));
  EXPECT_FALSE(holds(html, "<section id=\"channels\">"));
  EXPECT_FALSE(holds(html, "href=\"#channels\""));

  options = run_options();
  options.ingest.mapping.conversion.clear();
  html = before_scripts(page_of(options));
  EXPECT_FALSE(holds(html, "chart-conversion"));
  EXPECT_FALSE(holds(html, "chart-devices"));
  EXPECT_TRUE(holds(html, "chart-volume"));
  EXPECT_FALSE(holds(html, "Conversion (95 %)"));
}

TEST_F(PageTest, OnePersonaAndMoneyAreToldToo) {
  RunOptions options = run_options();
  options.segment.k = {1};
  options.analysis.value = 30;
  options.analysis.spend = folder_.write("spend.csv", "channel,amount\na,100\nz,5\n");
  const std::string html = before_scripts(page_of(options));
  EXPECT_TRUE(holds(html, "There is one persona: nothing sets it apart."));
  EXPECT_TRUE(holds(html, "The one persona, <bdi>"));
  EXPECT_FALSE(holds(html, "chart-k"));
  EXPECT_TRUE(holds(html, "chart-money"));
  EXPECT_TRUE(holds(html, "What channels cost: &#39;z&#39; is no channel"));
  EXPECT_FALSE(holds(html, options.analysis.spend));
}

TEST_F(PageTest, IsTheSameFromEveryBackEndAndThreadCountAndFolder) {
  RunOptions options = run_options();
  const std::string expected = page_of(options);
  for (const auto& [name, threads] : {std::pair{"reference", 1}, {"cpu", 1}, {"cpu", 5}}) {
    options.segment.backend.name = name;
    options.segment.backend.threads = threads;
    options.ingest.threads = threads;
    options.output.folder = folder_.path("elsewhere");
    EXPECT_TRUE(page_of(options) == expected) << name << threads;
  }
  EXPECT_FALSE(holds(expected, folder_.path("")));
}

TEST_F(PageTest, ASharedPlotlyIsLinkedNotHeld) {
  RunOptions options = run_options();
  options.report.shared_plotly = folder_.path("plotly.js");
  const std::string html = page_of(options);
  EXPECT_TRUE(holds(html, "<script src=\"../plotly.js\"></script>"));
  EXPECT_TRUE(holds(html, "' file: 'self';"));
  EXPECT_LT(html.size(), 1'000'000U);
}

TEST_F(PageTest, TablesCarryTheFiguresOfTheResultAsTheyStand) {
  const RunOptions options = run_options();
  const RunResult result = run(options);
  const std::string html = report_html({result, nullptr, options_json(options), ""});
  for (const Group& channel : result.attribution.channels) {
    const Rate& rate = channel.conversion;
    EXPECT_TRUE(holds(html, interval_cell("", {rate.value, rate.low, rate.high}).attributes));
    EXPECT_TRUE(holds(html, share_cell(channel.share).attributes));
  }
  for (const Cell& cell : result.attribution.channel_personas) {
    EXPECT_TRUE(holds(html, number_cell("", cell.residual).attributes));
  }
  for (const Persona& persona : result.profile.personas) {
    for (const double mean : persona.mean) EXPECT_TRUE(holds(html, mean_cell(mean).attributes));
  }
  for (const TestRow& row : result.attribution.findings.rows) {
    if (!row.p) continue;
    EXPECT_TRUE(holds(html, mean_cell(*row.p).attributes));
  }
}

TEST_F(PageTest, TestSentencesAreThoseOfTheTerminal) {
  const RunOptions options = run_options();
  const RunResult result = run(options);
  const std::string html = report_html({result, nullptr, options_json(options), ""});
  const auto sentences = test_sentences(result.attribution.findings);
  ASSERT_FALSE(sentences.empty());
  for (const auto& [key, text] : sentences) {
    EXPECT_TRUE(holds(html, fmt::format("<li data-test=\"{}\">{}.</li>", key, html_text(text))));
  }
  EXPECT_FALSE(holds(html, "<section id=\"map\">"));
}

}  // namespace
}  // namespace covey::driver
