#include "k_choice_csv.h"

#include <cmath>

#include <fmt/format.h>

#include "choose_k.h"
#include "csv_tables.h"

namespace covey::driver {
namespace {

std::string cell(double value) { return std::isfinite(value) ? csv_number(value) : ""; }

std::string cell(const std::optional<double>& value) { return value ? cell(*value) : ""; }

/// What comes with a figure that may be absent.
std::string cell_beside(double value, const std::optional<double>& figure) {
  return figure ? cell(value) : "";
}

}  // namespace

std::string k_choice_csv(const std::vector<KChoice>& choices) {
  std::string lines =
      "k,chosen,verdict,inertia,calinski_harabasz,davies_bouldin,silhouette,gap,gap_error,gain,"
      "gain_error,wilks_gain,wilks_error,least_jaccard,ari,iterations,persona_silhouette,persona_"
      "jaccard\n";
  for (const KChoice& choice : choices) {
    const std::vector<std::string> cells = {
        fmt::format("{}", choice.k),
        choice.chosen ? "1" : "0",
        csv_text(choice.verdict),
        cell(choice.inertia),
        cell(choice.calinski_harabasz),
        cell(choice.davies_bouldin),
        cell(choice.silhouette),
        cell(choice.gap),
        cell_beside(choice.gap_error, choice.gap),
        cell(choice.gain),
        cell_beside(choice.gain_error, choice.gain),
        cell(choice.wilks_gain),
        cell_beside(choice.wilks_error, choice.wilks_gain),
        cell(least_jaccard(choice)),
        cell(choice.ari),
        fmt::format("{}", choice.iterations),
        fmt::format("{}", fmt::join(choice.persona_silhouette, " ")),
        fmt::format("{}", fmt::join(choice.persona_jaccard, " "))};
    lines += fmt::format("{}\n", fmt::join(cells, ","));
  }
  return lines;
}

}  // namespace covey::driver
