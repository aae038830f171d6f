#include "report/page_parts.h"

#include <fmt/format.h>

#include "report/html.h"
#include "report/palette.h"
#include "text_format.h"

namespace covey::driver {

std::string figure_html(const Figure& figure) {
  return fmt::format(
      "<figure class=\"chart\" id=\"chart-{0}\">\n<h3>{1}</h3>\n<p class=\"verdict\">{2}</p>\n{3}"
      "<div class=\"plot\" id=\"plot-{0}\" role=\"img\" aria-label=\"{4} The figures are in the "
      "table below.\"></div>\n{5}<figcaption class=\"reading\">{6}</figcaption>\n"
      "<details class=\"data\" open><summary>Figures behind this chart</summary>\n{7}</details>\n"
      "</figure>\n",
      figure.name, figure.title, figure.verdict, figure.controls, attribute_of(figure.verdict),
      figure.picture, figure.reading, figure.table);
}

std::string section_html(std::string_view id, std::string_view title, std::string_view contents) {
  return fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", id, title, contents);
}

std::string paragraph_html(std::string_view html) { return fmt::format("<p>{}</p>\n", html); }

std::string beside_html(std::string_view html) {
  return fmt::format("<div class=\"beside\">\n{}</div>\n", html);
}

std::string swatch_html(int cluster) {
  return fmt::format("<span class=\"swatch\" style=\"background:{}\"></span>",
                     hex_text(persona_color(cluster)));
}

std::string legend_html(const Profile& profile) {
  std::string buttons;
  for (const Persona& persona : first_of(profile.personas, kMostPersonas)) {
    buttons += fmt::format(
        "<button type=\"button\" data-cluster=\"{}\" aria-pressed=\"true\">{}{}</button>\n",
        persona.cluster, swatch_html(persona.cluster), isolated_html(persona.name));
  }
  return "<div class=\"legend\" role=\"group\" aria-label=\"Personas shown\">\n" + buttons +
         "</div>\n";
}

std::string switch_html(std::string_view chart, std::string_view label,
                        const std::vector<SwitchMode>& modes) {
  std::string html = fmt::format(
      "<div class=\"switch\" role=\"group\" aria-label=\"{}\" data-chart=\"{}\">\n", label, chart);
  bool first = true;
  for (const auto& [mode, text] : modes) {
    html +=
        fmt::format("<button type=\"button\" data-mode=\"{}\" aria-pressed=\"{}\">{}</button>\n",
                    mode, first, text);
    first = false;
  }
  return html + "</div>\n";
}

std::string rest_html(std::size_t total, std::size_t shown, std::string_view what,
                      std::string_view file) {
  if (total <= shown) return "";
  return fmt::format("<p class=\"rest\">{} further {} are in {}.</p>\n",
                     count_text(static_cast<std::int64_t>(total - shown)), what, file);
}

}  // namespace covey::driver
