#include "model.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "covey/error.h"

namespace covey::driver {
namespace {

using Json = nlohmann::ordered_json;

// Two features, three clusters; numbers that do not end in binary.
Model example() {
  Model model;
  model.version = "9.8.7";
  model.features = {"clicks", "time, \"spent\""};
  model.channel_column = "source";
  model.conversion_column = "bought";
  model.rules["clicks"].min = 0;
  model.rules["bought"].max = 1;
  model.rules["bought"].integer = true;
  model.medians = {{"clicks", 3}, {"time, \"spent\"", 0.1}};
  model.grid.p = 17;
  model.grid.scaling = Scaling::kRobust;
  model.grid.features = {{1.0 / 3, 0.1, false, true}, {-5e-324, 1, true, false}};
  model.centroids = {3, 2, {-kGridLimit, 0, 5, 0, kGridLimit, 0}};
  model.counts = {5, 4, 3};
  model.inertia = (Int128{1} << 100) + 7;
  model.iterations = 12;
  model.stop = Stop::kTolerance;
  model.restart = 2;
  model.personas = {"A", "B", "\xC3\x84"};
  model.pca = {2, 1, 17, {0.5, -1e300}, {0.6, 0.8}, {2.5}, {1}};
  model.channels = {"Ads", "Google"};
  model.seed = 18446744073709551615ULL;
  model.restarts = 3;
  model.start = Start::kRandom;
  model.max_iterations = 50;
  model.tolerance = 1e-4;
  model.rows = 11;
  model.weight = 12;
  model.data_hash = {0x0123456789abcdefULL, 1};
  return model;
}

std::string refusal(const std::string& text) {
  try {
    model_from_text(text, "m.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.what();
  }
  return "accepted";
}

// Refusal of the example with one change.
template <typename Change>
std::string refusal_after(Change change) {
  Json json = Json::parse(to_text(example()));
  change(json);
  return refusal(json.dump());
}

TEST(Model, ReadsBackToTheSameText) {
  const std::string text = to_text(example());
  const Model model = model_from_text(text, "m.json");
  EXPECT_EQ(to_text(model), text);
  EXPECT_EQ(model.centroids, example().centroids);
  EXPECT_TRUE(model.inertia == example().inertia);
  EXPECT_EQ(model.seed, example().seed);
  EXPECT_EQ(model.grid.features[1].offset, -5e-324);
  EXPECT_EQ(model.pca.p, 17);
}

TEST(Model, HoldsNoPathTimeOrMachine) {
  const Json json = Json::parse(to_text(example()));
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"format", "format_version", "covey_version", "data",
                                            "columns", "rules", "grid", "fit", "clusters", "pca",
                                            "categories"}));
}

TEST(Model, TextThatIsNotJsonIsRefused) {
  for (const char* text : {"", "\xff\xfe", "cluster,persona\n0,A\n", "{\"format\":"}) {
    EXPECT_NE(refusal(text).find("not a covey model: it is not JSON"), std::string::npos) << text;
  }
}

TEST(Model, OtherJsonIsRefused) {
  for (const char* text : {"[]", "3", "null", "{}", "{\"format\": \"covey run\"}"}) {
    EXPECT_NE(refusal(text).find("not a covey model"), std::string::npos) << text;
  }
}

TEST(Model, AnotherFormatVersionIsNamed) {
  const std::string message = refusal_after([](Json& json) { json["format_version"] = 2; });
  EXPECT_NE(message.find("format version 2"), std::string::npos) << message;
}

TEST(Model, EveryKeyIsNeeded) {
  const Json whole = Json::parse(to_text(example()));
  for (const auto& entry : whole.items()) {
    const std::string& key = entry.key();
    const std::string message = refusal_after([&](Json& json) { json.erase(key); });
    EXPECT_NE(message.find("not a covey model"), std::string::npos) << key;
    EXPECT_NE(message.find(key), std::string::npos) << message;
  }
}

TEST(Model, ShapesThatDoNotFitAreRefused) {
  const std::vector<std::pair<const char*, std::function<void(Json&)>>> changes = {
      {"fit.k is 4", [](Json& json) { json["fit"]["k"] = 4; }},
      {"fit.k is not a whole number", [](Json& json) { json["fit"]["k"] = 0; }},
      {"centroid 1 has 1", [](Json& json) { json["clusters"][1]["centroid_grid"].erase(0); }},
      {"not a whole number",
       [](Json& json) { json["clusters"][0]["centroid_grid"][0] = kGridLimit + 1; }},
      {"not a whole number", [](Json& json) { json["clusters"][0]["centroid_grid"][0] = 0.5; }},
      {"grid has 1 features", [](Json& json) { json["grid"]["features"].erase(1); }},
      {"is not 'clicks'", [](Json& json) { json["grid"]["features"][0]["name"] = "x"; }},
      {"offset and scale", [](Json& json) { json["grid"]["features"][0]["scale"] = 0; }},
      {"named twice",
       [](Json& json) { json["columns"]["features"][1] = json["columns"]["features"][0]; }},
      {"grid.p", [](Json& json) { json["grid"]["p"] = 2000; }},
      {"scaling", [](Json& json) { json["grid"]["scaling"] = "other"; }},
      {"start", [](Json& json) { json["fit"]["start"] = "other"; }},
      {"stop", [](Json& json) { json["fit"]["stop"] = "other"; }},
      {"inertia", [](Json& json) { json["fit"]["inertia_grid"] = "-1"; }},
      {"seed", [](Json& json) { json["fit"]["seed"] = -1; }},
      {"pca.mean_grid", [](Json& json) { json["pca"]["mean_grid"].erase(0); }},
      {"pca.loadings[0]", [](Json& json) { json["pca"]["loadings"][0][1] = "a"; }},
      {"hash", [](Json& json) { json["data"]["hash"] = "xyz"; }},
      {"clusters is not an array", [](Json& json) { json["clusters"] = 3; }},
      {"persona is not a text", [](Json& json) { json["clusters"][0]["persona"] = 3; }},
  };
  for (const auto& [expected, change] : changes) {
    const std::string message = refusal_after(change);
    EXPECT_NE(message.find("not a covey model"), std::string::npos) << expected << ": " << message;
    EXPECT_NE(message.find(expected), std::string::npos) << message;
  }
}

TEST(Model, AMissingFileIsAnInputError) {
  try {
    read_model("/nowhere/model.json");
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
  }
}

// Above the limit of principal components there are none.
TEST(Model, MayHaveNoComponents) {
  Model model = example();
  model.pca = {};
  const std::string text = to_text(model);
  EXPECT_EQ(to_text(model_from_text(text, "m.json")), text);
}

}  // namespace
}  // namespace covey::driver
