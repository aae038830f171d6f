// How many personas there are, and what speaks for it.
#include <fmt/format.h>

#include <cmath>

#include "choose_k.h"
#include "report/html.h"
#include "report/html_table.h"
#include "report/page_parts.h"
#include "report/page_sections.h"
#include "report/page_verdicts.h"
#include "text_format.h"

namespace covey::driver {
namespace {

HtmlCell index_cell(const std::optional<double>& value, int decimals) {
  if (!value || !std::isfinite(*value)) return no_cell();
  return number_cell(fmt::format("{:.{}f}", *value, decimals), *value);
}

std::string choices_table(const std::vector<KChoice>& choices) {
  HtmlTable table(
      "Every number of personas that was tried",
      {"Personas (k)", "Inertia", "Calinski-Harabasz", "Davies-Bouldin", "Silhouette", "Gap",
       "Gain", "Wilks gain", "Least stable persona (Jaccard)", "ARI", "Iterations", "Verdict"});
  for (const KChoice& choice : choices) {
    HtmlCell k = count_cell(choice.k);
    if (choice.chosen) k.html = fmt::format("<b>{} (chosen)</b>", choice.k);
    table.add({std::move(k), mean_cell(choice.inertia), mean_cell(choice.calinski_harabasz),
               index_cell(choice.davies_bouldin, 2), index_cell(choice.silhouette, 3),
               index_cell(choice.gap, 3), index_cell(choice.gain, 3),
               index_cell(choice.wilks_gain, 3), index_cell(least_jaccard(choice), 2),
               index_cell(choice.ari, 2), count_cell(choice.iterations),
               text_cell(choice.verdict)});
  }
  return table.html();
}

std::string sample_html(const ChoiceOfK& choice) {
  if (choice.references == 0) return "";
  return paragraph_html(fmt::format(
      "Gap, gains, Jaccard and ARI are of a sample of {} sessions: {} reference data sets without "
      "groups, {} samples drawn anew.",
      count_text(choice.sample_sessions), choice.references, choice.bootstraps));
}

}  // namespace

std::string choice_section(const Page& page) {
  const RunResult& result = page.result;
  const std::string table = choices_table(result.choices);
  const std::string shown =
      result.choices.size() < 2
          ? table
          : figure_html({"k", "Every number of personas that was tried",
                         structure_verdict(result.choice),
                         "Each panel judges the same candidates by another index; the number that "
                         "was taken is marked. A good division is tight and far apart (high "
                         "silhouette) and comes back when sessions are drawn anew (high Jaccard).",
                         "", "", table});
  return section_html(
      "how-many", "How many personas",
      paragraph_html(html_text(result.choice.sentence)) + sample_html(result.choice) + shown);
}

}  // namespace covey::driver
