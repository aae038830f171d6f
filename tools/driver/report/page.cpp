#include "report/page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "report/assets.h"
#include "report/chart_data.h"
#include "report/html.h"
#include "report/page_sections.h"

namespace covey::driver {
namespace {

constexpr const char* kTitle = "Session personas";

/// What the page may load: its own scripts, known by their hashes, its style and its pictures.
std::string security_policy(const Page& page) {
  return fmt::format(
      "default-src 'none'; script-src 'sha256-{}' 'sha256-{}'{}; style-src 'unsafe-inline'; "
      "img-src data: blob:; base-uri 'none'; form-action 'none'",
      base64_of_hex(plotly_script().sha256), base64_of_hex(page_script().sha256),
      page.plotly_link.empty() ? "" : " file: 'self'");
}

std::string head_html(const Page& page) {
  return fmt::format(
      "<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>\n{}</style>\n</head>\n",
      security_policy(page), kTitle, page_style());
}

std::string scripts_html(const Page& page) {
  std::string html =
      fmt::format("<script type=\"application/json\" id=\"report-data\">{}</script>\n",
                  script_json(chart_data(page.result, page.map)));
  if (page.plotly_link.empty()) {
    html += fmt::format("<script>{}</script>\n", plotly_script().text);
  } else {
    html += fmt::format("<script src=\"{}\"></script>\n", html_text(page.plotly_link));
  }
  return html + fmt::format("<script>{}</script>\n", page_script().text);
}

struct Section {
  const char* id;
  const char* label;  ///< in the list of anchors
  std::string (*html)(const Page&);
};

constexpr Section kSections[] = {{"in-short", "In short", summary_section},
                                 {"recommendations", "Recommendations", recommendations_section},
                                 {"personas", "Personas", personas_section},
                                 {"map", "Map", map_section},
                                 {"channels", "Channels", channels_section},
                                 {"money", "Money", money_section},
                                 {"how-many", "How many", choice_section},
                                 {"tests", "Tests", tests_section},
                                 {"quality", "Data quality", quality_section},
                                 {"method", "Method", method_section}};

}  // namespace

std::string report_html(const Page& page) {
  std::string anchors, sections;
  for (const Section& section : kSections) {
    const std::string html = section.html(page);
    if (html.empty()) continue;
    sections += html;
    anchors += fmt::format("<a href=\"#{}\">{}</a>\n", section.id, section.label);
  }
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n{}<body>\n"
      "<a class=\"skip\" href=\"#content\">Skip to the contents</a>\n"
      "<header>\n<h1>{}</h1>\n<p class=\"muted\">What kinds of sessions there are, where they come "
      "from, and which of them convert.</p>\n"
      "<nav aria-label=\"Sections\">\n{}"
      "<button id=\"theme\" type=\"button\">Dark or light</button>\n</nav>\n</header>\n"
      "<main id=\"content\">\n{}</main>\n{}</body>\n</html>\n",
      head_html(page), kTitle, anchors, sections, scripts_html(page));
}

}  // namespace covey::driver
