#include "k_choice_csv.h"

#include <gtest/gtest.h>

#include <limits>

namespace covey::driver {
namespace {

TEST(KChoiceCsv, LeavesAbsentFiguresEmpty) {
  KChoice two{.k = 2, .inertia = 10.5, .calinski_harabasz = 7, .iterations = 3};
  two.davies_bouldin = std::numeric_limits<double>::infinity();
  two.silhouette = 0.25;
  two.persona_silhouette = {0.5, 0};
  KChoice three = two;
  three.k = 3;
  three.chosen = true;
  three.davies_bouldin = 1;
  three.gap = 0.5;
  three.gap_error = 0.125;
  three.gain = 0.25;
  three.gain_error = 0.0625;
  three.wilks_gain = 1.5;
  three.wilks_error = 0.25;
  three.ari = 0.75;
  three.persona_jaccard = {1, 0.5, 0.75};
  three.verdict = "personas do not return";
  EXPECT_EQ(
      csv_of(k_choice_sheet({two, three})),
      "k,chosen,verdict,inertia,calinski_harabasz,davies_bouldin,silhouette,gap,gap_error,gain,"
      "gain_error,wilks_gain,wilks_error,least_jaccard,ari,iterations,persona_silhouette,persona_"
      "jaccard\n"
      "2,0,,10.5,7,,0.25,,,,,,,,,3,0.5 0,\n"
      "3,1,personas do not return,10.5,7,1,0.25,0.5,0.125,0.25,0.0625,1.5,0.25,0.5,0.75,3,0.5 0,1 "
      "0.5 "
      "0.75\n");
}

}  // namespace
}  // namespace covey::driver
