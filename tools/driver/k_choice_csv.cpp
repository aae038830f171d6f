#include "k_choice_csv.h"

#include <cmath>

#include "choose_k.h"

namespace covey::driver {
namespace {

SheetCell cell(double value) { return std::isfinite(value) ? SheetCell(value) : SheetCell(); }

SheetCell cell(const std::optional<double>& value) { return value ? cell(*value) : SheetCell(); }

/// What comes with a figure that may be absent.
SheetCell cell_beside(double value, const std::optional<double>& figure) {
  return figure ? cell(value) : SheetCell();
}

}  // namespace

Sheet k_choice_sheet(const std::vector<KChoice>& choices) {
  Sheet sheet("k_choice");
  sheet.texts({"k", "chosen", "verdict", "inertia", "calinski_harabasz", "davies_bouldin",
               "silhouette", "gap", "gap_error", "gain", "gain_error", "wilks_gain", "wilks_error",
               "least_jaccard", "ari", "iterations", "persona_silhouette", "persona_jaccard"});
  sheet.end_header();
  for (const KChoice& choice : choices) {
    sheet.count(choice.k);
    sheet.count(choice.chosen ? 1 : 0);
    sheet.text(choice.verdict);
    for (const double figure :
         {choice.inertia, choice.calinski_harabasz, choice.davies_bouldin, choice.silhouette}) {
      sheet.add(cell(figure));
    }
    sheet.add(cell(choice.gap));
    sheet.add(cell_beside(choice.gap_error, choice.gap));
    sheet.add(cell(choice.gain));
    sheet.add(cell_beside(choice.gain_error, choice.gain));
    sheet.add(cell(choice.wilks_gain));
    sheet.add(cell_beside(choice.wilks_error, choice.wilks_gain));
    sheet.add(cell(least_jaccard(choice)));
    sheet.add(cell(choice.ari));
    sheet.count(choice.iterations);
    sheet.add(choice.persona_silhouette);
    sheet.add(choice.persona_jaccard);
  }
  return sheet;
}

}  // namespace covey::driver
