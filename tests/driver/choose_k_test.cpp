// The rule that chooses the number of personas, on figures made up for each of its branches.
#include "choose_k.h"

#include <gtest/gtest.h>

#include <limits>

namespace covey::driver {
namespace {

constexpr DataSize kShop{500'000, 90'000};

/// A k whose evidence is good in everything but what a test changes.
KChoice good(int k, double silhouette) {
  KChoice choice;
  choice.k = k;
  choice.calinski_harabasz = 1'000 * silhouette;
  choice.davies_bouldin = 1 - silhouette;
  choice.silhouette = silhouette;
  choice.persona_silhouette.assign(static_cast<std::size_t>(k), silhouette);
  choice.persona_jaccard.assign(static_cast<std::size_t>(k), 0.95);
  choice.ari = 0.95;
  choice.gap = 0.5;
  choice.gain = 0.5;
  choice.gain_error = 0.01;
  return choice;
}

KChoice one_cloud(int k, double silhouette) {
  KChoice choice = good(k, silhouette);
  choice.gain = -0.1;
  return choice;
}

KChoice unstable(int k, double silhouette) {
  KChoice choice = good(k, silhouette);
  choice.persona_jaccard.back() = 0.6;
  return choice;
}

ChoiceOfK chosen_of(std::vector<KChoice>& choices, const DataSize& size = kShop) {
  ChoiceOfK choice;
  choice.references = 10;
  choice.bootstraps = 20;
  choose_k(choices, size, choice);
  int marked = 0;
  for (const KChoice& row : choices) marked += row.chosen ? 1 : 0;
  EXPECT_EQ(marked, 1);
  return choice;
}

TEST(ChooseK, TheHighestSilhouetteOfTheSupportedWins) {
  std::vector<KChoice> choices = {one_cloud(2, 0.9), good(3, 0.5), good(4, 0.7), unstable(5, 0.8)};
  const ChoiceOfK choice = chosen_of(choices);
  EXPECT_EQ(choice.k, 4);
  EXPECT_EQ(choice.structure, Structure::kClear);
  EXPECT_TRUE(choice.as_good.empty());
  EXPECT_EQ(choices[0].verdict, "no better than one cloud");
  EXPECT_EQ(choices[1].verdict, "supported, lower silhouette");
  EXPECT_EQ(choices[2].verdict, "chosen: highest silhouette");
  EXPECT_EQ(choices[3].verdict, "personas do not return");
  EXPECT_EQ(
      choice.sentence,
      "Clear groups: k = 4. Of the k that the evidence supports (3, 4) it has the highest "
      "silhouette (0.70); its personas are 39 % tighter than those of one featureless cloud "
      "(gain 0.50, standard error 0.010), and each comes back when sessions are drawn anew "
      "(mean Jaccard at least 0.95). Calinski-Harabasz would take k = 2; Davies-Bouldin would "
      "take k = 2.");
}

// 0.01 + 1 / sqrt(500,000) = 0.0114.
TEST(ChooseK, SilhouettesWithinTheMarginAreAsGood) {
  std::vector<KChoice> choices = {good(2, 0.600), good(3, 0.611), good(4, 0.595)};
  const ChoiceOfK choice = chosen_of(choices);
  EXPECT_EQ(choice.k, 3);
  EXPECT_EQ(choice.structure, Structure::kSeveral);
  EXPECT_EQ(choice.as_good, std::vector<int>{2});
  EXPECT_EQ(choices[0].verdict, "as good as the chosen k");
  EXPECT_TRUE(choice.sentence.starts_with(
      "Several k are as good: k = 3 was taken, k = 2 is within what sampling explains."))
      << choice.sentence;
  EXPECT_EQ(choice.sentence.find("weak"), std::string::npos);
  // Of 500 sessions 0.595 is within the margin, too.
  std::vector<KChoice> few = {good(2, 0.600), good(3, 0.611), good(4, 0.595)};
  EXPECT_EQ(chosen_of(few, {500, 500}).as_good, (std::vector<int>{2, 4}));
}

TEST(ChooseK, SeveralThatAreWeakSaySo) {
  std::vector<KChoice> choices = {good(2, 0.400), good(3, 0.405)};
  const ChoiceOfK choice = chosen_of(choices);
  EXPECT_EQ(choice.structure, Structure::kSeveral);
  EXPECT_NE(choice.sentence.find("The groups are weak: the silhouette is below 0.5."),
            std::string::npos)
      << choice.sentence;
}

// Groups in few of many features: no tighter over all of them, but apart in some directions.
TEST(ChooseK, GroupsThatLieApartInSomeDirectionsAreSupportedButWeak) {
  std::vector<KChoice> choices = {one_cloud(2, 0.4), one_cloud(3, 0.6)};
  choices[1].wilks_gain = 1.5;
  choices[1].wilks_error = 0.05;
  const ChoiceOfK choice = chosen_of(choices);
  EXPECT_EQ(choice.k, 3);
  EXPECT_EQ(choice.structure, Structure::kWeak);
  EXPECT_NE(choice.sentence.find("its personas lie apart in some directions as those of one "
                                 "featureless cloud do not (Wilks gain 1.50, standard error "
                                 "0.050)"),
            std::string::npos)
      << choice.sentence;
  EXPECT_NE(choice.sentence.find("But over all features together they are no tighter."),
            std::string::npos)
      << choice.sentence;
  choices[1].wilks_gain = 0.29;  // within 0.1 + 4 * 0.05
  choices[1].chosen = false;
  EXPECT_EQ(chosen_of(choices).structure, Structure::kNone);
}

// In many features silhouettes are low and hardly differ.
TEST(ChooseK, TheWilksGainSettlesLowSilhouettesThatHardlyDiffer) {
  std::vector<KChoice> choices = {good(2, 0.221), good(3, 0.220)};
  choices[0].wilks_gain = 1.5;
  choices[1].wilks_gain = 3.5;
  choices[0].wilks_error = choices[1].wilks_error = 0.05;
  const ChoiceOfK choice = chosen_of(choices);
  EXPECT_EQ(choice.k, 3);
  EXPECT_TRUE(choice.as_good.empty());
  EXPECT_EQ(choices[1].verdict, "chosen: largest Wilks gain");
  EXPECT_NE(choice.sentence.find("it has the largest Wilks gain (3.50) among those whose "
                                 "silhouettes hardly differ (0.22)"),
            std::string::npos)
      << choice.sentence;
  std::vector<KChoice> high = {good(2, 0.621), good(3, 0.620)};
  high[0].wilks_gain = 1.5;
  high[1].wilks_gain = 3.5;
  EXPECT_EQ(chosen_of(high).k, 2);
}

TEST(ChooseK, EqualSilhouettesGiveTheSmallestK) {
  std::vector<KChoice> choices = {good(3, 0.6), good(4, 0.6)};
  EXPECT_EQ(chosen_of(choices).k, 3);
}

TEST(ChooseK, WeakGroupsSayWhy) {
  struct Case {
    double silhouette, persona, jaccard, gain;
    const char* words;
  };
  for (const Case& weak :
       {Case{0.4, 0.4, 0.95, 0.5, "But the silhouette is below 0.5."},
        Case{0.6, 0.1, 0.95, 0.5, "But one persona has a silhouette of only 0.10."},
        Case{0.6, 0.6, 0.80, 0.5, "But one persona comes back only in part (mean Jaccard 0.80)."},
        Case{0.6, 0.6, 0.95, 0.1, "But 10 % is little."},
        Case{0.4, 0.4, 0.80, 0.5,
             "But the silhouette is below 0.5, one persona comes back only in part (mean Jaccard "
             "0.80)."}}) {
    std::vector<KChoice> choices = {one_cloud(2, 0.3), good(3, weak.silhouette)};
    choices[1].persona_silhouette[0] = weak.persona;
    choices[1].persona_jaccard[0] = weak.jaccard;
    choices[1].gain = weak.gain;
    const ChoiceOfK choice = chosen_of(choices);
    EXPECT_EQ(choice.structure, Structure::kWeak);
    EXPECT_NE(choice.sentence.find(weak.words), std::string::npos) << choice.sentence;
    EXPECT_EQ(choices[1].verdict, "chosen: the only one supported");
  }
}

TEST(ChooseK, OneCloudHasNoStructure) {
  std::vector<KChoice> choices = {one_cloud(2, 0.4), one_cloud(3, 0.6), one_cloud(4, 0.5)};
  choices[2].gain = 0.05;  // within 0.01 + 4 * 0.01
  const ChoiceOfK choice = chosen_of(choices);
  EXPECT_EQ(choice.structure, Structure::kNone);
  EXPECT_EQ(choice.k, 3);
  EXPECT_EQ(
      choice.sentence,
      "No structure: the personas slice one cloud. No k makes them tighter than those of a "
      "featureless cloud (the largest gain is 0.05, standard error 0.010, at k = 4). k = 3 has "
      "the largest Calinski-Harabasz index and is kept for description only.");
}

TEST(ChooseK, OneCloudIsOnePersonaWhereThatWasAskedFor) {
  std::vector<KChoice> choices = {good(1, 0), one_cloud(2, 0.4)};
  choices[0].gain = 0;
  const ChoiceOfK choice = chosen_of(choices);
  EXPECT_EQ(choice.structure, Structure::kNone);
  EXPECT_EQ(choice.k, 1);
  EXPECT_TRUE(choice.sentence.ends_with("All sessions are one persona.")) << choice.sentence;
}

TEST(ChooseK, GroupsThatDoNotComeBackAreNoPersonas) {
  std::vector<KChoice> choices = {one_cloud(2, 0.4), unstable(3, 0.6), unstable(4, 0.5)};
  choices[2].persona_jaccard.back() = 0.7;
  const ChoiceOfK choice = chosen_of(choices);
  EXPECT_EQ(choice.structure, Structure::kUnstable);
  EXPECT_EQ(choice.k, 3);
  EXPECT_NE(choice.sentence.find("the least mean Jaccard is at most 0.70, at k = 4"),
            std::string::npos)
      << choice.sentence;
}

// Four points a persona are needed: 11 points are too few for three.
TEST(ChooseK, FewDistinctPointsAreNotTested) {
  std::vector<KChoice> choices = {good(3, 0.9)};
  EXPECT_EQ(chosen_of(choices, {1'000, 11}).structure, Structure::kNotTested);
  EXPECT_EQ(choices[0].verdict, "too few distinct points");
  choices = {good(3, 0.9)};
  EXPECT_EQ(chosen_of(choices, {1'000, 12}).structure, Structure::kClear);
  choices = {good(3, 0.9)};
  choices[0].gain.reset();  // an inertia of 0
  EXPECT_EQ(chosen_of(choices, {1'000, 12}).structure, Structure::kNotTested);
}

TEST(ChooseK, AGivenKIsJudgedToo) {
  std::vector<KChoice> choices = {good(4, 0.66)};
  EXPECT_EQ(
      chosen_of(choices).sentence,
      "k = 4 was given, and the evidence supports it: its personas are 39 % tighter than those "
      "of one featureless cloud (gain 0.50, standard error 0.010), and each comes back when "
      "sessions are drawn anew (mean Jaccard at least 0.95). The silhouette is 0.66. Other k "
      "were not tried.");
  EXPECT_EQ(choices[0].verdict, "supported");
  choices = {unstable(7, 0.5)};
  const ChoiceOfK choice = chosen_of(choices);
  EXPECT_EQ(choice.structure, Structure::kUnstable);
  EXPECT_EQ(choice.sentence,
            "k = 7 was given, and the evidence does not support it: not every persona comes back "
            "when sessions are drawn anew (least mean Jaccard 0.60, 0.75 is needed).");
  choices = {one_cloud(2, 0.5)};
  EXPECT_EQ(chosen_of(choices).structure, Structure::kNone);
}

TEST(ChooseK, WithoutEvidenceCalinskiHarabaszChooses) {
  std::vector<KChoice> choices = {good(2, 0.5), good(3, 0.6)};
  choices[0].calinski_harabasz = std::numeric_limits<double>::infinity();
  ChoiceOfK choice;
  choose_k(choices, kShop, choice);
  EXPECT_EQ(choice.k, 2);
  EXPECT_EQ(choice.structure, Structure::kNotTested);
  EXPECT_EQ(
      choice.sentence,
      "k = 2 has the largest Calinski-Harabasz index; whether the sessions form groups at all "
      "was not tested.");
  EXPECT_TRUE(choices[0].verdict.empty());
}

}  // namespace
}  // namespace covey::driver
