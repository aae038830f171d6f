// What the page says first: the findings in a few sentences, and what follows from them.
#include <fmt/format.h>

#include "finding_text.h"
#include "report/html.h"
#include "report/html_table.h"
#include "report/page_parts.h"
#include "report/page_sections.h"
#include "report/page_verdicts.h"
#include "text_format.h"

namespace covey::driver {
namespace {

std::string figure_line(const RunResult& result) {
  const Profile& profile = result.profile;
  const auto personas = static_cast<std::int64_t>(profile.personas.size());
  std::string line = fmt::format("<p class=\"facts\"><span><b>{}</b></span> <span><b>{}</b></span>",
                                 of_unit(result.sessions, "session"), of_unit(personas, "persona"));
  const auto channels = static_cast<std::int64_t>(result.attribution.channels.size());
  if (channels > 0) {
    line += fmt::format(" <span><b>{}</b></span>", of_unit(channels, "channel"));
  }
  if (profile.conversion.trials > 0) {
    line += fmt::format(" <span><b>{}</b> convert (95 % interval)</span>",
                        rate_text(profile.conversion));
  }
  return line + "</p>\n";
}

std::string definition(const char* term, const std::string& text) {
  return fmt::format("<dt>{}</dt><dd>{}</dd>\n", term, text);
}

std::string recommendation_html(const Recommendation& row) {
  std::string list = definition("Evidence", html_text(row.evidence) + '.');
  if (row.at_stake) {
    const HtmlCell stake =
        interval_cell(amount_text(*row.at_stake) + ' ' + row.unit, *row.at_stake);
    list += definition("At stake", fmt::format("<span{}>{}</span>", stake.attributes, stake.html));
  }
  list += definition("Confidence", html_text(row.confidence));
  list += definition("What would settle it", html_text(row.settles) + '.');
  return fmt::format("<li class=\"card\"><h3>{}</h3>\n<p>{}</p>\n<dl>\n{}</dl></li>\n",
                     html_text(row.title), html_text(row.action), list);
}

}  // namespace

std::string summary_section(const Page& page) {
  const RunResult& result = page.result;
  const Findings& findings = result.attribution.findings;
  std::string points = "<li>" + structure_verdict(result.choice) + "</li>\n";
  points += "<li>" + personas_verdict(result.profile) + "</li>\n";
  if (findings.channel_conversion) {
    points += fmt::format(
        "<li>{}</li>\n",
        conversion_verdict(*findings.channel_conversion, result.attribution.channels, findings));
  }
  if (!result.recommendations.empty()) {
    points += fmt::format("<li>First recommendation: {}.</li>\n",
                          html_text(result.recommendations.front().title));
  }
  return figure_line(result) +
         section_html("in-short", "In short", "<ul class=\"short\">\n" + points + "</ul>\n");
}

std::string recommendations_section(const Page& page) {
  const auto& rows = page.result.recommendations;
  if (rows.empty()) {
    return section_html("recommendations", "Recommendations",
                        paragraph_html("The evidence gives rise to none."));
  }
  std::string list;
  for (const Recommendation& row : rows) list += recommendation_html(row);
  return section_html(
      "recommendations", "Recommendations",
      paragraph_html("Each follows by a written rule from the figures beside it. At stake are "
                     "counts in these data, with 95 % intervals; what an action would gain of "
                     "them only a test can tell.") +
          "<ol class=\"cards wide\">\n" + list + "</ol>\n");
}

}  // namespace covey::driver
