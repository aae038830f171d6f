// The tests of channels and device types, in words and as rows.
#include <fmt/format.h>

#include "report/html.h"
#include "report/html_table.h"
#include "report/page_parts.h"
#include "report/page_sections.h"
#include "result_tests.h"
#include "text_format.h"

namespace covey::driver {
namespace {

HtmlCell figure_cell(const std::optional<double>& figure) {
  return figure ? mean_cell(*figure) : no_cell();
}

HtmlCell size_cell(const std::optional<Interval>& size) {
  if (!size) return no_cell();
  return interval_cell(fmt::format("{} ({} to {})", mean_text(size->value), mean_text(size->low),
                                   mean_text(size->high)),
                       *size);
}

std::string rows_table(const std::vector<TestRow>& rows) {
  HtmlTable table("Tests, row by row", {"Subject", "Against", "Family", "Test", "Statistic", "p",
                                        "p after Holm", "Effect", "Size (95 %)", "Verdict"});
  for (const TestRow& row : first_of(rows, kMostTests)) {
    table.add({name_cell(row.subject), name_cell(row.against), text_cell(row.family),
               text_cell(row.test), figure_cell(row.statistic), figure_cell(row.p),
               figure_cell(row.p_adjusted), text_cell(row.effect), size_cell(row.size),
               text_cell(row.verdict)});
  }
  return table.html() + rest_html(rows.size(), kMostTests, "rows", "tests.csv");
}

}  // namespace

std::string tests_section(const Page& page) {
  const Findings& findings = page.result.attribution.findings;
  std::string list;
  for (const TestSentence& sentence : test_sentences(findings)) {
    list += fmt::format("<li data-test=\"{}\">{}.</li>\n", sentence.key, html_text(sentence.text));
  }
  if (list.empty()) return "";
  std::string details;
  if (!findings.rows.empty()) {
    details = "<details class=\"data\" open><summary>Every test</summary>\n" +
              rows_table(findings.rows) + "</details>\n";
  }
  return section_html(
      "tests", "Tests in words",
      paragraph_html("A test asks whether chance alone could make a difference as large as the one "
                     "seen; p says how often it would. Where many differences are looked at, p is "
                     "raised for their number (Holm). A difference that is shown may still be too "
                     "small to matter, so its size stands beside it.") +
          "<ul>\n" + list + "</ul>\n" + details);
}

}  // namespace covey::driver
