#include "names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "assignment_problem.h"

namespace covey::driver {
namespace {

const std::vector<std::string> kMission = {"clicks", "page_views", "time_spent", "add_to_cart"};

/// Overall mean 0 and deviation 1, so that means are z values.
Profile profile_of(const std::vector<std::vector<double>>& z) {
  Profile profile;
  profile.overall_mean.assign(z.front().size(), 0.0);
  profile.overall_sd.assign(z.front().size(), 1.0);
  for (std::size_t c = 0; c < z.size(); ++c) {
    Persona persona;
    persona.cluster = static_cast<int>(c);
    persona.mean = z[c];
    persona.z = z[c];
    profile.personas.push_back(persona);
  }
  return profile;
}

std::vector<std::string> names_of(const std::vector<std::string>& features,
                                  const std::vector<std::vector<double>>& z) {
  std::vector<std::string> names;
  for (const PersonaName& name : name_personas(features, profile_of(z))) {
    names.push_back(name.name);
  }
  return names;
}

/// What k = 4 finds in the generated sessions: buyers, researchers, shoppers, passers-by.
const std::vector<std::vector<double>> kMissionProfiles = {{0.04, -0.16, -0.16, 1.79},
                                                           {0.09, 0.25, 2.33, -0.49},
                                                           {0.98, 1.14, -0.26, -0.55},
                                                           {-0.68, -0.71, -0.46, -0.56}};
const std::vector<std::string> kMissionNames = {"Ready-to-Buy", "Deep Researcher", "Window Shopper",
                                                "Passerby"};

TEST(Assignment, EqualsBruteForce) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> score(-3.0, 3.0);
  std::uniform_int_distribution<int> coarse(-2, 2);
  for (int n = 1; n <= 6; ++n) {
    for (int round = 0; round < 100; ++round) {
      std::vector<double> scores(static_cast<std::size_t>(n) * n);
      for (double& s : scores) s = round % 2 == 0 ? score(random) : coarse(random);
      const auto total = [&](const std::vector<int>& column) {
        double sum = 0;
        for (int row = 0; row < n; ++row) sum += scores[row * n + column[row]];
        return sum;
      };
      std::vector<int> order(n);
      std::iota(order.begin(), order.end(), 0);
      double best = total(order);
      while (std::next_permutation(order.begin(), order.end())) best = std::max(best, total(order));

      const std::vector<int> found = best_assignment(scores, n);
      EXPECT_EQ(std::set<int>(found.begin(), found.end()).size(), static_cast<std::size_t>(n));
      EXPECT_NEAR(total(found), best, 1e-12) << "n = " << n;
    }
  }
}

TEST(Names, MissionProfilesInAnyClusterOrder) {
  std::vector<int> order = {0, 1, 2, 3};
  do {
    std::vector<std::vector<double>> z;
    std::vector<std::string> expected;
    for (const int at : order) {
      z.push_back(kMissionProfiles[at]);
      expected.push_back(kMissionNames[at]);
    }
    EXPECT_EQ(names_of(kMission, z), expected);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Names, MissionFeaturesInAnyOrder) {
  const std::vector<std::string> features = {"add_to_cart", "time_spent", "clicks", "page_views"};
  auto z = kMissionProfiles;
  for (auto& p : z) p = {p[3], p[2], p[0], p[1]};
  EXPECT_EQ(names_of(features, z), kMissionNames);
}

TEST(Names, ReasonGivesFiguresOfTheRole) {
  Profile profile = profile_of(kMissionProfiles);
  profile.personas[0].mean = {3.69, 4.23, 117.45, 1.0};
  profile.overall_mean = {3.59, 4.73, 139.1, 0.238};
  EXPECT_EQ(
      name_personas(kMission, profile)[0].reason,
      "Scores 1.79 on intent: add_to_cart mean 1.00 against 0.24 overall (z +1.8); time_spent "
      "mean 117.5 against 139.1 overall (z -0.2)");
}

// The fourth profile is the overall mean: it scores 0 as a Passerby, below the threshold.
TEST(Names, RoleBelowItsThresholdIsNamedByEvidence) {
  auto z = kMissionProfiles;
  z[3] = {0.0, 0.0, 0.0, 0.0};
  EXPECT_EQ(names_of(kMission, z), (std::vector<std::string>{"Ready-to-Buy", "Deep Researcher",
                                                             "Window Shopper", "Average"}));
}

// -(a + e + i) / 3 is exactly 0.4 in the first case and a step below in the second.
TEST(Names, RoleAtItsThresholdCounts) {
  auto z = kMissionProfiles;
  z[3] = {0.0, 0.0, 0.0, -3.0 * kRoleThreshold};
  EXPECT_EQ(names_of(kMission, z)[3], "Passerby");
  z[3] = {0.0, 0.0, 0.0, -3.0 * kRoleThreshold + 1e-9};
  EXPECT_EQ(names_of(kMission, z)[3], "Low add_to_cart");
}

TEST(Names, OtherNumberOfClustersIsNamedByEvidence) {
  const std::vector<std::vector<double>> three(kMissionProfiles.begin(),
                                               kMissionProfiles.begin() + 3);
  EXPECT_EQ(names_of(kMission, three),
            (std::vector<std::string>{"High add_to_cart", "High time_spent",
                                      "High page_views, high clicks"}));
}

TEST(Names, OtherFeaturesAreNamedByEvidence) {
  const std::vector<std::string> features = {"clicks", "page_views", "time_spent", "basket"};
  for (const std::string& name : names_of(features, kMissionProfiles)) {
    EXPECT_TRUE(name.starts_with("High ") || name.starts_with("Low ")) << name;
  }
}

TEST(Names, UpToTwoFeaturesByDistance) {
  EXPECT_EQ(
      names_of({"BounceRates", "PageValues", "ExitRates"},
               {{-0.7, 2.9, -0.6}, {0.1, -0.2, 0.3}, {-0.5, 0.0, 0.0}}),
      (std::vector<std::string>{"High PageValues, low BounceRates", "Average", "Low BounceRates"}));
}

TEST(Names, ThresholdIsInclusive) {
  EXPECT_EQ(names_of({"a"}, {{0.5}, {-0.5}, {0.4999999}}),
            (std::vector<std::string>{"High a", "Low a", "Average"}));
}

// Both would be "High a, high b"; c tells them apart.
TEST(Names, ThirdFeatureSeparatesEqualNames) {
  EXPECT_EQ(names_of({"a", "b", "c"}, {{3.0, 2.0, 1.0}, {3.0, 2.0, -1.0}}),
            (std::vector<std::string>{"High a, high b, high c", "High a, high b, low c"}));
}

TEST(Names, NumberSeparatesWhatNoFeatureDoes) {
  EXPECT_EQ(names_of({"a"}, {{1.0}, {2.0}, {3.0}, {0.0}, {0.1}}),
            (std::vector<std::string>{"High a", "High a 2", "High a 3", "Average", "Average 2"}));
}

// A feature called "a 2" already makes the name "High a 2", so the number goes on to 3.
TEST(Names, NumberAvoidsNamesThatAreTaken) {
  EXPECT_EQ(names_of({"a", "a 2"}, {{1.0, 0.0}, {2.0, 0.0}, {0.0, 1.0}}),
            (std::vector<std::string>{"High a", "High a 3", "High a 2"}));
}

TEST(Names, AreUniqueWhateverTheProfile) {
  std::mt19937 random(11);
  std::normal_distribution<double> normal(0.0, 0.6);
  for (int round = 0; round < 300; ++round) {
    const int d = 1 + round % 4;
    std::vector<std::vector<double>> z(1 + static_cast<std::size_t>(round) % 12);
    for (auto& row : z) {
      for (int f = 0; f < d; ++f) row.push_back(normal(random));
    }
    const std::vector<std::string> features(kMission.begin(), kMission.begin() + d);
    const auto names = names_of(features, z);
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  }
}

TEST(Names, AverageSaysHowFarTheFarthestIs) {
  const auto names = name_personas({"a", "b"}, profile_of({{0.1, -0.25}}));
  EXPECT_EQ(
      names[0].reason,
      "No feature's mean lies 0.5 standard deviations from overall; the farthest: b mean -0.25 "
      "against 0 overall (z -0.2)");
}

}  // namespace
}  // namespace covey::driver
