#include "given_names.h"

#include <gtest/gtest.h>

#include "ingest_helpers.h"

namespace covey::driver {
namespace {

using testing::expect_error;

Profile three_personas() {
  Profile profile;
  const std::vector<std::string> names = {"Deep Researcher", "Passerby", "High a, low b"};
  for (int c = 0; c < 3; ++c) {
    Persona persona;
    persona.cluster = c;
    persona.name = names[c];
    persona.reason = "Scores " + std::to_string(c);
    profile.personas.push_back(persona);
  }
  return profile;
}

class GivenNamesTest : public ::testing::Test {
 protected:
  std::vector<std::string> named(const std::string& text) {
    file_ = folder_.write("names.csv", text);
    profile_ = three_personas();
    apply_names(read_names(file_), profile_);
    std::vector<std::string> names;
    for (const Persona& persona : profile_.personas) names.push_back(persona.name);
    return names;
  }
  void refused(const std::string& text, const std::string& message) {
    expect_error([&] { named(text); }, ErrorKind::kData, message);
  }

  testing::TemporaryFolder folder_;
  std::string file_;
  Profile profile_;
};

TEST_F(GivenNamesTest, ByCoveysOwnName) {
  EXPECT_EQ(named("persona,name\nPasserby,Bouncer\n\"High a, low b\",\"Say \"\"hi\"\"\"\n"),
            (std::vector<std::string>{"Deep Researcher", "Bouncer", "Say \"hi\""}));
  EXPECT_EQ(profile_.personas[0].reason, "Scores 0");
  EXPECT_EQ(profile_.personas[1].reason, "Named by the user; by evidence 'Passerby': Scores 1");
}

TEST_F(GivenNamesTest, ByCluster) {
  EXPECT_EQ(named("\xEF\xBB\xBF"
                  "cluster;name\r\n2; Käufer \r\n\r\n0;Leser\r\n"),
            (std::vector<std::string>{"Leser", "Passerby", "Käufer"}));
}

// Both are renamed, so each may have the other's name.
TEST_F(GivenNamesTest, NamesMayBeSwapped) {
  EXPECT_EQ(named("persona,name\nPasserby,Deep Researcher\nDeep Researcher,Passerby\n"),
            (std::vector<std::string>{"Passerby", "Deep Researcher", "High a, low b"}));
}

TEST_F(GivenNamesTest, NoFileChangesNothing) {
  Profile profile = three_personas();
  apply_names(read_names(""), profile);
  EXPECT_EQ(profile.personas[1].name, "Passerby");
  EXPECT_EQ(profile.personas[1].reason, "Scores 1");
}

TEST_F(GivenNamesTest, MistakesAreNamedWithTheirLine) {
  refused("", "empty");
  refused("name,persona\nPasserby,x\n", "names.csv:1: the header line is 'name,persona'");
  refused("persona,name\nPasserby,x\nPasser-buy,y\n",
          "names.csv:3: there is no persona 'Passer-buy'; did you mean 'Passerby'?");
  refused("persona,name\nZebra,y\n", "they are: Deep Researcher; Passerby; High a, low b");
  refused("cluster,name\n3,x\n", "names.csv:2: there is no cluster '3'; clusters are numbered");
  refused("cluster,name\n-1,x\n", "there is no cluster '-1'");
  refused("cluster,name\none,x\n", "there is no cluster 'one'");
  refused("persona,name\nPasserby,x\n\nPasserby,y\n",
          "names.csv:4: the persona 'Passerby' stands in line 2 already");
  refused("cluster,name\n0,x\n1,x\n", "names.csv:3: the name 'x' stands in line 2 already");
  refused("cluster,name\n0, \n", "names.csv:2: the name is empty");
  refused("persona,name\n,x\n", "names.csv:2: the persona is empty");
  refused("persona,name\nPasserby,Deep Researcher\n",
          "names.csv:2: the name 'Deep Researcher' is that of cluster 0 already");
  refused("persona,name\nPasserby\n", "names.csv:2: 1 cell where the header line has 2");
  refused("persona,name\nPasserby,\"x\n", "names.csv:2: ");
  refused("persona,name\nPasserby,\xFF\n", "no UTF-8");
}

TEST_F(GivenNamesTest, AFileThatCannotBeRead) {
  expect_error([&] { read_names(folder_.path("none.csv")); }, ErrorKind::kIo, "none.csv");
  expect_error([] { read_names("-"); }, ErrorKind::kUsage, "--names");
}

}  // namespace
}  // namespace covey::driver
