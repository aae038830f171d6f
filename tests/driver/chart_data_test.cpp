// The figures that charts are drawn from: those of the result, whatever the names, and never more
// than a page can hold.
#include "report/chart_data.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "statistics.h"

namespace covey::driver {
namespace {

using Json = nlohmann::ordered_json;

Persona persona_of(int cluster, std::int64_t sessions) {
  Persona persona;
  persona.cluster = cluster;
  persona.name = "persona";
  persona.sessions = sessions;
  persona.mean = {1, 2};
  persona.z = {0.5, -0.5};
  persona.conversion = wilson(sessions / 10, sessions);
  return persona;
}

Group group_of(const std::string& name, std::int64_t sessions) {
  Group group;
  group.name = name;
  group.sessions = sessions;
  group.share = 0.25;
  group.conversion = wilson(sessions / 7, sessions);
  return group;
}

/// Two personas, two features and two channels.
RunResult small_result() {
  RunResult result;
  result.feature_names = {"x", "y"};
  Profile& profile = result.profile;
  profile.personas = {persona_of(0, 100), persona_of(1, 300)};
  profile.overall_mean = {1.5, 2.5};
  profile.eta_squared = {0.2, 0.7};
  profile.conversion = wilson(40, 400);
  result.attribution.channels = {group_of("a", 300), group_of("constructor", 100)};
  result.attribution.channel_personas = {{"a", 1, "persona", 250, 250.0 / 300, 3.25},
                                         {"a", 0, "persona", 50, 50.0 / 300, -3.25},
                                         {"constructor", 1, "persona", 50, 0.5, -3.25},
                                         {"constructor", 0, "persona", 50, 0.5, 3.25}};
  return result;
}

PcaMap small_map() {
  PcaMap map;
  map.histogram.clusters = 2;
  map.histogram.width = map.histogram.height = 2;
  map.histogram.x = {-1, 2};
  map.histogram.y = {-3, 4};
  map.histogram.counts = {100, 0, 0, 0, 0, 0, 0, 300};
  map.variance_ratio = {0.473, 0.2};
  map.loadings = {{{1, 0.9}, {0, 0.1}}, {{0, 0.9}}};
  map.centroids = {{0.5, 1}, {-0.5, 2}};
  map.point_features = {1};
  map.points = {{0.123456, -1, 1, 7, {1234.56}}};
  return map;
}

TEST(ChartData, FiguresAreThoseOfTheResult) {
  const RunResult result = small_result();
  const Json data = chart_data(result, nullptr);
  EXPECT_EQ(data["personas"][1]["cluster"], 1);
  EXPECT_EQ(data["personas"][1]["rate"], result.profile.personas[1].conversion.value);
  EXPECT_EQ(data["personas"][1]["z"], (Json{0.5, -0.5}));
  EXPECT_EQ(data["overall"]["mean"], (Json{1.5, 2.5}));
  EXPECT_EQ(data["overall"]["low"], result.profile.conversion.low);
  EXPECT_EQ(data["channels"][1]["name"], "constructor");
  EXPECT_EQ(data["channels"][1]["high"], result.attribution.channels[1].conversion.high);
  EXPECT_TRUE(data["map"].is_null());
}

TEST(ChartData, CompositionIsByChannelThenPersona) {
  const Json data = chart_data(small_result(), nullptr)["composition"];
  EXPECT_EQ(data["sessions"], Json::parse("[[50, 250], [50, 50]]"));
  EXPECT_EQ(data["residual"], Json::parse("[[-3.25, 3.25], [3.25, -3.25]]"));
  EXPECT_EQ(data["share"][0][1], 250.0 / 300);
}

TEST(ChartData, AbsentAndInfiniteFiguresAreNull) {
  RunResult result = small_result();
  result.profile.conversion = {};
  result.choices.resize(1);
  result.choices[0].davies_bouldin = std::numeric_limits<double>::infinity();
  result.choices[0].gap_error = 0.5;
  ChannelMoney paid, unpaid;
  paid.channel = "a";
  paid.return_on_spend = Interval{2, -std::numeric_limits<double>::infinity(),
                                  std::numeric_limits<double>::infinity()};
  result.money.channels = {unpaid, paid};
  const Json data = chart_data(result, nullptr);
  EXPECT_TRUE(data["overall"]["rate"].is_null());
  for (const char* key : {"davies_bouldin", "gap", "gap_error", "jaccard", "ari"}) {
    EXPECT_TRUE(data["k"][0][key].is_null()) << key;
  }
  EXPECT_EQ(data["money"],
            Json::parse(R"([{"channel": "a", "value": 2.0, "low": null, "high": null}])"));
}

TEST(ChartData, MapIsRoundedAndItsAxesSayWhatTheyAre) {
  const PcaMap map = small_map();
  const Json data = chart_data(small_result(), &map)["map"];
  EXPECT_EQ(data["x"], Json::parse("[-1.0, 2.0]"));
  EXPECT_EQ(data["axes"][0], "PC1: 47.3 % of the variance (y, x)");
  EXPECT_EQ(data["axes"][1], "PC2: 20.0 % of the variance (x)");
  EXPECT_EQ(data["centroids"], Json::parse("[[0.5, 1.0], [-0.5, 2.0]]"));
  EXPECT_EQ(data["features"], Json{"y"});
  EXPECT_EQ(data["points"]["x"][0], 0.1235);
  EXPECT_EQ(data["points"]["values"][0][0], 1235);
  EXPECT_EQ(data["points"]["sessions"][0], 7);
}

TEST(ChartData, ShowsTheLargestInTheirOrder) {
  RunResult result = small_result();
  Profile& profile = result.profile;
  profile.personas.clear();
  for (int c = 0; c < 100; ++c) profile.personas.push_back(persona_of(c, c % 2 == 0 ? 10 : 20));
  profile.eta_squared.assign(50, 0.1);
  profile.eta_squared[49] = 0.9;
  const auto personas = shown_personas(profile);
  ASSERT_EQ(personas.size(), kMaxChartPersonas);
  EXPECT_EQ(personas.front(), 1U);
  EXPECT_EQ(personas.back(), 79U);
  const auto features = shown_features(profile);
  ASSERT_EQ(features.size(), kMaxChartFeatures);
  EXPECT_EQ(features[28], 28U);
  EXPECT_EQ(features[29], 49U);
}

TEST(ChartData, StaysSmallWithManyChannels) {
  RunResult result = small_result();
  result.attribution.channels.clear();
  for (int c = 0; c < 5000; ++c) {
    const std::string name = std::to_string(c) + std::string(10'000, 'n');
    result.attribution.channels.push_back(group_of(name, 5000 - c));
    result.attribution.channel_personas.push_back({name, 0, "persona", 1, 1, 0});
  }
  const Json data = chart_data(result, nullptr);
  EXPECT_EQ(data["channels"].size(), kMaxChartGroups);
  EXPECT_EQ(data["composition"]["share"].size(), kMaxChartGroups);
  EXPECT_LT(script_json(data).size(), 100'000U);
}

TEST(ScriptJson, CannotLeaveItsElement) {
  RunResult result = small_result();
  const std::string name = "</script><!-- \xff \xe2\x80\xae";
  result.attribution.channels[0].name = name;
  const std::string text = script_json(chart_data(result, nullptr));
  EXPECT_EQ(text.find('<'), std::string::npos);
  EXPECT_EQ(Json::parse(text)["channels"][0]["name"], "</script><!-- \\xFF \\u202E");
  EXPECT_EQ(script_json({{"text", "\xff"}, {"number", std::numeric_limits<double>::infinity()}}),
            "{\"text\":\"\xef\xbf\xbd\",\"number\":null}");
}

}  // namespace
}  // namespace covey::driver
