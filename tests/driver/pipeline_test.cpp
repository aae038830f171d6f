#include "pipeline.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "ingest_helpers.h"
#include "model.h"
#include "write.h"

namespace covey::driver {
namespace {

using nlohmann::json;
using testing::expect_error;

// Rows of two kinds of sessions that no clustering mistakes; ids are texts.
std::string two_kinds(int rows) {
  std::string text = "name,x,y,channel,device_type,bought\n";
  for (int row = 1; row <= rows; ++row) {
    const bool eager = row % 3 == 0;
    fmt::format_to(std::back_inserter(text), "s{},{},{},{},{},{}\n", row,
                   (eager ? 50 : 5) + row % 4, (eager ? 7 : 1) + row % 2, row % 5 == 0 ? "b" : "a",
                   row % 2 == 0 ? "mobile" : "desktop", eager && row % 2 == 0 ? "yes" : "no");
  }
  return text;
}

class PipelineTest : public ::testing::Test {
 protected:
  RunOptions run_options(const std::string& file, const std::string& output) {
    RunOptions options;
    options.ingest.files = {file};
    options.ingest.mapping.features = {"x", "y"};
    options.ingest.mapping.channel = "channel";
    options.ingest.mapping.conversion = "bought";
    options.ingest.mapping.id = "name";
    options.segment.k = {2, 3};
    options.segment.restarts = 2;
    options.segment.backend.name = "cpu";
    options.output.folder = folder_.path(output);
    return options;
  }

  ScoreOptions score_options(const std::string& model, const std::string& file,
                             const std::string& output) {
    ScoreOptions options;
    options.model = folder_.path(model);
    options.ingest.files = {file};
    options.ingest.mapping = {};
    options.ingest.mapping.channel.clear();
    options.ingest.mapping.device_type.clear();
    options.ingest.mapping.conversion.clear();
    options.ingest.mapping.id = "name";
    options.ingest.rules.clear();
    options.backend.name = "reference";
    options.output.folder = folder_.path(output);
    return options;
  }

  std::string text_of(const std::string& output, const std::string& file) const {
    std::ifstream stream(folder_.path(output) + "/" + file, std::ios::binary);
    EXPECT_TRUE(stream.is_open()) << output << "/" << file;
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  std::set<std::string> files_in(const std::string& output) const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path(output))) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(PipelineTest, WritesEveryFileAndNamesIt) {
  RunOptions options = run_options(folder_.write("in.csv", two_kinds(60)), "out");
  options.segment.k = {2};
  options.analysis.value = 30;
  const RunResult result = run(options);
  const auto& names = result_file_names();
  EXPECT_EQ(files_in("out"), std::set<std::string>(names.begin(), names.end()));
  EXPECT_EQ(std::set<std::string>(result.files.begin(), result.files.end()), files_in("out"));
  EXPECT_EQ(result.manifest, text_of("out", "run.json"));
  EXPECT_EQ(result.sessions, 60);
  EXPECT_EQ(result.profile.personas.size(), 2U);
  EXPECT_EQ(result.profile.personas[0].sessions, 40);
  EXPECT_EQ(result.choices.size(), 1U);
  EXPECT_EQ(result.backend, "cpu");
}

TEST_F(PipelineTest, AnnouncesItsStagesInOrder) {
  RunOptions options = run_options(folder_.write("in.csv", two_kinds(60)), "out");
  std::vector<std::string> stages;
  options.ingest.progress = [&](std::string_view stage, std::int64_t, std::int64_t total) {
    if (total == 0) stages.emplace_back(stage);
  };
  const RunResult result = run(options);
  const std::vector<std::string> expected = {"ingest",  "prepare",   "segment",
                                             "profile", "attribute", "recommend",
                                             "map",     "write",     "report"};
  EXPECT_EQ(stages, expected);
  ASSERT_EQ(result.timings.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(result.timings[i].stage, expected[i]);
    EXPECT_GE(result.timings[i].seconds, 0);
  }
}

TEST_F(PipelineTest, ModelAndTablesAreTheSameFromEveryBackEndAndThreadCount) {
  const std::string file = folder_.write("in.csv", two_kinds(200));
  run(run_options(file, "out"));
  int number = 0;
  for (const auto& [name, threads] :
       {std::pair{"reference", 1}, {"cpu", 1}, {"cpu", 2}, {"cpu", 7}}) {
    RunOptions options = run_options(file, fmt::format("out{}", ++number));
    options.segment.backend.name = name;
    options.segment.backend.threads = threads;
    options.ingest.threads = threads;
    run(options);
    for (const char* written :
         {"model.json", "personas.csv", "channels.csv", "devices.csv", "channel_personas.csv",
          "tests.csv", "tables.xlsx", "assignments.parquet"}) {
      EXPECT_EQ(text_of(fmt::format("out{}", number), written), text_of("out", written))
          << name << threads << written;
    }
  }
}

TEST_F(PipelineTest, TheModelReadsBack) {
  run(run_options(folder_.write("in.csv", two_kinds(60)), "out"));
  const Model model = read_model(folder_.path("out"));
  EXPECT_EQ(to_text(model), text_of("out", "model.json"));
  EXPECT_EQ(model.features, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(model.channels, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(model.device_types, (std::vector<std::string>{"desktop", "mobile"}));
  EXPECT_EQ(model.rows, 60);
}

TEST_F(PipelineTest, ScoreGivesTheFittedFileTheLabelsOfTheFit) {
  const std::string file = folder_.write("in.csv", two_kinds(60));
  run(run_options(file, "out"));
  const RunResult scored = score(score_options("out", file, "scored"));
  EXPECT_EQ(text_of("scored", "assignments.parquet"), text_of("out", "assignments.parquet"));
  EXPECT_EQ(text_of("scored", "channels.csv"), text_of("out", "channels.csv"));
  EXPECT_TRUE(scored.choices.empty());
  EXPECT_TRUE(scored.unknown.empty());
  EXPECT_FALSE(files_in("scored").contains("model.json"));
}

TEST_F(PipelineTest, ScoreCountsUnknownCategories) {
  run(run_options(folder_.write("in.csv", two_kinds(60)), "out"));
  std::string text = two_kinds(10);
  for (std::size_t at = text.find(",b,"); at != std::string::npos; at = text.find(",b,")) {
    text.replace(at, 3, ",new,");
  }
  const RunResult scored = score(score_options("out", folder_.write("new.csv", text), "scored"));
  ASSERT_EQ(scored.unknown.size(), 1U);
  EXPECT_EQ(scored.unknown[0].column, "channel");
  EXPECT_EQ(scored.unknown[0].name, "new");
  EXPECT_EQ(scored.unknown[0].sessions, 2);
  ASSERT_EQ(scored.warnings.size(), 1U);
  EXPECT_NE(scored.warnings[0].find("'new'"), std::string::npos);
}

TEST_F(PipelineTest, ScoreRefusesRulesForColumnsThatAreNotRead) {
  const std::string file = folder_.write("in.csv", two_kinds(60));
  run(run_options(file, "out"));
  ScoreOptions options = score_options("out", file, "scored");
  options.ingest.rules["z"].min = 0;
  expect_error([&] { score(options); }, ErrorKind::kUsage, "'z'");
}

TEST_F(PipelineTest, DefectsAboveTheLimitLeaveTheLedgerAlone) {
  const std::string file =
      folder_.write("in.csv", two_kinds(60) + "s61,many,1,a,mobile,no\ns62,1,=1+1,a,mobile,no\n");
  expect_error([&] { run(run_options(file, "out")); }, ErrorKind::kData, "rejects.csv");
  EXPECT_EQ(files_in("out"), (std::set<std::string>{"quality.json", "rejects.csv"}));
  EXPECT_EQ(text_of("out", "rejects.csv"),
            fmt::format("file,row,column,text,reason\n{0},61,x,many,not a number\n"
                        "{0},62,y,\"'=1+1\",not a number\n",
                        file));
  EXPECT_EQ(json::parse(text_of("out", "quality.json"))["rows_dropped"], 2);
}

TEST_F(PipelineTest, OtherFailuresLeaveNothing) {
  RunOptions options = run_options(folder_.write("in.csv", two_kinds(2)), "out");
  expect_error([&] { run(options); }, ErrorKind::kUsage, "--k");
  options.ingest.mapping.features = {"x", "z"};
  expect_error([&] { run(options); }, ErrorKind::kData, "'z'");
  options.segment.backend.name = "none";
  expect_error([&] { run(options); }, ErrorKind::kUsage, "none");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path("")), {}), 1);
}

TEST(Rejects, NumbersAreNotTakenForFormulas) {
  const std::vector<Reject> rejects = {{"f.csv", 1, "x", "-3", "below the minimum 0"},
                                       {"f.csv", 2, "x", "-3+4", "not a number"},
                                       {"f.csv", 3, "x", "1e400", "not a finite number"},
                                       {"f.csv", 4, "", "a,\"b\"", "ragged row"}};
  EXPECT_EQ(rejects_csv(rejects),
            "file,row,column,text,reason\n"
            "f.csv,1,x,-3,below the minimum 0\n"
            "f.csv,2,x,\"'-3+4\",not a number\n"
            "f.csv,3,x,1e400,not a finite number\n"
            "f.csv,4,,\"a,\"\"b\"\"\",ragged row\n");
}

}  // namespace
}  // namespace covey::driver
