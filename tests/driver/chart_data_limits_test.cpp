// What charts are drawn from as a whole: its keys and lengths, its pictures, and how large it gets.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "png_support.h"
#include "report/chart_data.h"
#include "statistics.h"

namespace covey::driver {
namespace {

using Json = nlohmann::ordered_json;

/// Figures that take all the digits they can.
class Draw {
 public:
  double operator()() { return static_cast<double>(random_()) / 3e5; }

 private:
  std::mt19937 random_{5};
};

std::vector<double> drawn(Draw& draw, std::size_t count) {
  std::vector<double> values(count);
  std::generate(values.begin(), values.end(), [&] { return draw(); });
  return values;
}

/// That many of each, later ones larger, every figure there.
RunResult result_of(std::size_t personas, std::size_t channels, std::size_t features) {
  Draw draw;
  RunResult result;
  for (std::size_t f = 0; f < features; ++f) {
    result.feature_names.push_back(fmt::format("feature number {}", f));
    result.profile.eta_squared.push_back(static_cast<double>(f) / 1000);
  }
  result.profile.overall_mean = drawn(draw, features);
  result.profile.conversion = wilson(1234, 56789);
  for (std::size_t p = 0; p < personas; ++p) {
    Persona persona;
    persona.cluster = static_cast<int>(p);
    persona.name = fmt::format("persona number {}", p);
    persona.sessions = static_cast<std::int64_t>(1000 + p);
    persona.share = draw();
    persona.mean = drawn(draw, features);
    persona.z = drawn(draw, features);
    persona.conversion = wilson(77, persona.sessions);
    result.profile.personas.push_back(persona);
    KChoice choice;
    choice.k = static_cast<int>(p) + 2;
    choice.silhouette = draw();
    choice.davies_bouldin = draw();
    choice.calinski_harabasz = draw();
    choice.gap = draw();
    choice.gap_error = draw();
    choice.ari = draw();
    choice.persona_jaccard = {0.75, 0.5, 0.875};
    result.choices.push_back(choice);
  }
  for (std::size_t c = 0; c < channels; ++c) {
    Group group;
    group.name = fmt::format("channel number {}", c);
    group.sessions = static_cast<std::int64_t>(5000 - c);
    group.share = draw();
    group.conversion = wilson(99, group.sessions);
    result.attribution.channels.push_back(group);
    result.attribution.devices.push_back(group);
    ChannelMoney money;
    money.channel = group.name;
    money.return_on_spend = Interval{draw(), draw(), draw()};
    result.money.channels.push_back(money);
    for (const Persona& persona : result.profile.personas) {
      result.attribution.channel_personas.push_back(
          {group.name, persona.cluster, persona.name, 1000, draw(), draw()});
    }
  }
  return result;
}

/// A map of clouds on a ring, `points` of `values` each.
PcaMap map_of(std::size_t clusters, std::size_t points, std::size_t values) {
  constexpr int kSessions = 500'000;
  const std::size_t side = clusters > kMaxChartPlanes ? 4 : 1;  // coarser, as make_pca_map is
  const std::size_t width = 640 / side, height = 480 / side;
  PcaMap map;
  map.histogram = {static_cast<int>(clusters),
                   static_cast<int>(width),
                   static_cast<int>(height),
                   {-1, 1},
                   {-1, 1},
                   {}};
  map.histogram.counts.assign(clusters * width * height, 0);
  map.variance_ratio = {0.5, 0.25};
  std::mt19937 random(9);
  for (int session = 0; session < kSessions; ++session) {
    const std::size_t cluster = static_cast<std::size_t>(session) % clusters;
    const std::size_t x = (30 * cluster % 500 + random() % 70 + random() % 70) / side;
    const std::size_t y = (70 * cluster % 340 + random() % 70 + random() % 70) / side;
    ++map.histogram.counts[(cluster * height + y) * width + x];
  }
  Draw draw;
  for (std::size_t cluster = 0; cluster < clusters; ++cluster) {
    map.centroids.push_back({draw(), draw()});
  }
  for (std::size_t f = 0; f < values; ++f) map.point_features.push_back(static_cast<int>(f));
  for (std::size_t p = 0; p < points; ++p) {
    map.points.push_back(
        {-draw() / 1e4, draw() / 1e4, static_cast<int>(p % clusters), 12, drawn(draw, values)});
  }
  return map;
}

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

using Keys = std::vector<std::string>;

std::string bytes_of_base64(const std::string& text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    group = group << 6 | static_cast<std::uint32_t>(kDigits.find(c));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 0xFFU);
  }
  return bytes;
}

TEST(ChartDataAsAWhole, KeysAreThoseThatTheScriptReads) {
  const PcaMap map = map_of(3, 7, 2);
  const Json data = chart_data(result_of(3, 4, 5), &map);
  EXPECT_EQ(keys_of(data), (Keys{"personas", "features", "overall", "channels", "devices",
                                 "composition", "k", "money", "map"}));
  EXPECT_EQ(keys_of(data["personas"][0]), (Keys{"cluster", "name", "color", "sessions", "share",
                                                "mean", "z", "rate", "low", "high"}));
  EXPECT_EQ(keys_of(data["overall"]), (Keys{"mean", "rate", "low", "high"}));
  for (const char* groups : {"channels", "devices"}) {
    EXPECT_EQ(keys_of(data[groups][0]), (Keys{"name", "sessions", "share", "rate", "low", "high"}));
  }
  EXPECT_EQ(keys_of(data["composition"]), (Keys{"share", "residual", "sessions"}));
  EXPECT_EQ(keys_of(data["k"][0]),
            (Keys{"k", "chosen", "silhouette", "davies_bouldin", "calinski_harabasz", "gap",
                  "gap_error", "jaccard", "ari"}));
  EXPECT_EQ(keys_of(data["money"][0]), (Keys{"channel", "value", "low", "high"}));
  EXPECT_EQ(keys_of(data["map"]),
            (Keys{"x", "y", "axes", "planes", "plane_max", "centroids", "features", "points"}));
  EXPECT_EQ(keys_of(data["map"]["points"]), (Keys{"cluster", "x", "y", "sessions", "values"}));
}

TEST(ChartDataAsAWhole, TextReadsBackToTheFiguresOfTheResult) {
  const RunResult result = result_of(3, 4, 5);
  const Json data = Json::parse(script_json(chart_data(result, nullptr)));
  for (std::size_t p = 0; p < 3; ++p) {
    const Persona& persona = result.profile.personas[p];
    EXPECT_EQ(data["personas"][p]["mean"], Json(persona.mean));
    EXPECT_EQ(data["personas"][p]["z"], Json(persona.z));
    EXPECT_EQ(data["personas"][p]["share"], persona.share);
    EXPECT_EQ(data["personas"][p]["low"], persona.conversion.low);
    const KChoice& choice = result.choices[p];
    EXPECT_EQ(data["k"][p], Json({{"k", choice.k},
                                  {"chosen", false},
                                  {"silhouette", choice.silhouette},
                                  {"davies_bouldin", choice.davies_bouldin},
                                  {"calinski_harabasz", choice.calinski_harabasz},
                                  {"gap", *choice.gap},
                                  {"gap_error", choice.gap_error},
                                  {"jaccard", 0.5},
                                  {"ari", *choice.ari}}));
  }
  for (std::size_t c = 0; c < 4; ++c) {
    const Group& group = result.attribution.devices[c];
    EXPECT_EQ(data["devices"][c]["sessions"], group.sessions);
    EXPECT_EQ(data["devices"][c]["rate"], group.conversion.value);
    EXPECT_EQ(data["money"][c]["high"], result.money.channels[c].return_on_spend->high);
    for (std::size_t p = 0; p < 3; ++p) {
      const Cell& cell = result.attribution.channel_personas[3 * c + p];
      EXPECT_EQ(data["composition"]["share"][c][p], cell.share);
      EXPECT_EQ(data["composition"]["residual"][c][p], cell.residual);
    }
  }
}

TEST(ChartDataAsAWhole, OfAHundredOfEachTheLargestAreShownAndLengthsAgree) {
  const PcaMap map = map_of(100, 1000, 2);
  const Json data = chart_data(result_of(100, 100, 100), &map);
  ASSERT_EQ(data["personas"].size(), kMaxChartPersonas);
  EXPECT_EQ(data["personas"][0]["cluster"], 100 - kMaxChartPersonas);
  ASSERT_EQ(data["features"].size(), kMaxChartFeatures);
  EXPECT_EQ(data["features"].back(), "feature number 99");
  for (const Json& persona : data["personas"]) {
    EXPECT_EQ(persona["mean"].size(), kMaxChartFeatures);
    EXPECT_EQ(persona["z"].size(), kMaxChartFeatures);
  }
  EXPECT_EQ(data["overall"]["mean"].size(), kMaxChartFeatures);
  for (const char* groups : {"channels", "devices", "money"}) {
    EXPECT_EQ(data[groups].size(), kMaxChartGroups) << groups;
  }
  for (const Json& matrix : data["composition"]) {
    ASSERT_EQ(matrix.size(), kMaxChartGroups);
    for (const Json& row : matrix) EXPECT_EQ(row.size(), kMaxChartPersonas);
  }
  const Json& drawn_map = data["map"];
  EXPECT_EQ(drawn_map["centroids"].size(), kMaxChartPersonas);
  EXPECT_EQ(drawn_map["centroids"][0], Json(map.centroids[100 - kMaxChartPersonas]));
  for (const Json& figures : drawn_map["points"]) EXPECT_EQ(figures.size(), 400U);
  for (const Json& cluster : drawn_map["points"]["cluster"]) {
    EXPECT_GE(cluster, 100 - kMaxChartPersonas);
  }
}

TEST(ChartDataAsAWhole, EveryPersonaHasItsPlaneUnlessThereAreMany) {
  const PcaMap map = map_of(kMaxChartPlanes, 0, 0);
  const Json data = chart_data(result_of(kMaxChartPlanes, 1, 1), &map)["map"];
  ASSERT_EQ(data["planes"].size(), kMaxChartPlanes);
  EXPECT_GT(data["plane_max"], 0);
  const PagePlanes expected = page_planes(map);
  for (std::size_t p = 0; p < kMaxChartPlanes; ++p) {
    const std::string png = bytes_of_base64(data["planes"][p]);
    EXPECT_EQ(png, expected.png[p]);
    const Image plane = decode_png(png, 1);
    EXPECT_EQ(plane.width, map.histogram.width / kPageReduction);
    EXPECT_EQ(plane.height, map.histogram.height / kPageReduction);
    EXPECT_GT(*std::max_element(plane.pixels.begin(), plane.pixels.end()), 0);
  }
  const PcaMap many = map_of(kMaxChartPlanes + 1, 0, 0);
  const Json none = chart_data(result_of(kMaxChartPlanes + 1, 1, 1), &many)["map"];
  EXPECT_EQ(none["planes"], Json::array());
  EXPECT_EQ(none["plane_max"], 0);
}

TEST(ChartDataAsAWhole, StaysWithinItsBudget) {
  const PcaMap map = map_of(12, kMaxMapPoints, kMaxPointFeatures);
  const std::string text = script_json(chart_data(result_of(12, 40, 30), &map));
  RecordProperty("bytes", static_cast<int>(text.size()));
  EXPECT_LT(text.size(), 600'000U);
}

}  // namespace
}  // namespace covey::driver
