// A GPU that fails on the way: under `auto` the stages from prepare on are computed again on the
// CPU, under `cuda` the run ends.
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "ingest_helpers.h"
#include "pipeline.h"

namespace covey::driver {
namespace {

using testing::expect_error;

constexpr const char* kFault = "out of memory: 1.5 GiB were asked for, 0.2 GiB are free";

/// The cpu back end under another name, whose sums by group fail as a GPU does: that is in profile,
/// when prepare and segment are done.
class FailingBackend : public Backend {
 public:
  explicit FailingBackend(ErrorKind kind) : kind_(kind) {}

  std::string name() const override { return "cuda"; }
  std::string device() const override { return "a GPU that fails"; }
  std::vector<Range> ranges(std::span<const Columns> batches,
                            const std::vector<bool>& log1p) const override {
    return cpu_->ranges(batches, log1p);
  }
  std::vector<Moments> moments(std::span<const Columns> batches, const std::vector<bool>& log1p,
                               std::span<const FixedPoint> fixed) const override {
    return cpu_->moments(batches, log1p, fixed);
  }
  std::vector<std::int32_t> order_statistics(std::span<const Columns> batches, int feature,
                                             bool log1p, const FixedPoint& fixed,
                                             std::span<const std::int64_t> ranks) const override {
    return cpu_->order_statistics(batches, feature, log1p, fixed, ranks);
  }
  std::unique_ptr<Points> load(std::span<const Columns> batches, const Grid& grid,
                               const LoadOptions& options) const override {
    return cpu_->load(batches, grid, options);
  }
  GroupSums sums_by_group(std::span<const Columns>, std::span<const FixedPoint>,
                          std::span<const std::int32_t>, int) const override {
    throw Error(kind_, kFault, "cuda", "free some memory");
  }

 private:
  ErrorKind kind_;
  std::unique_ptr<Backend> cpu_ = open_backend({.name = "cpu"});
};

class FallbackTest : public ::testing::Test {
 protected:
  RunOptions run_options(const std::string& backend, const std::string& output) {
    std::string rows = "id,x,y\n";
    for (int row = 0; row < 60; ++row)
      rows += fmt::format("{},{},{}\n", row, (row % 3 == 0 ? 50 : 5) + row % 4, row % 7);
    RunOptions options;
    options.ingest.files = {folder_.write("in.csv", rows)};
    options.ingest.mapping.features = {"x", "y"};
    options.ingest.mapping.channel.clear();
    options.ingest.mapping.device_type.clear();
    options.ingest.mapping.conversion.clear();
    options.ingest.mapping.id = "id";
    options.ingest.need_all_columns = false;
    options.ingest.progress = [this](std::string_view stage, std::int64_t, std::int64_t total) {
      if (total == 0) stages_.emplace_back(stage);
    };
    options.segment.k = {2};
    options.segment.backend.name = backend;
    options.output.folder = folder_.path(output);
    return options;
  }

  std::string text_of(const std::string& output, const std::string& file) const {
    std::ifstream stream(folder_.path(output) + "/" + file, std::ios::binary);
    EXPECT_TRUE(stream.is_open()) << output << "/" << file;
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  testing::TemporaryFolder folder_;
  std::vector<std::string> stages_;
};

TEST_F(FallbackTest, AutoRepeatsFromPrepareOnWithTheCpu) {
  const RunOptions options = run_options("auto", "out");
  RunBackend backend(options.segment.backend, std::make_unique<FailingBackend>(ErrorKind::kDevice));
  const RunResult result = run(options, backend);
  EXPECT_EQ(stages_, (std::vector<std::string>{"ingest", "prepare", "segment", "profile", "prepare",
                                               "segment", "profile", "attribute", "recommend",
                                               "map", "write", "report"}));
  EXPECT_EQ(result.backend, "cpu");
  EXPECT_EQ(result.backend_note, fmt::format("using the CPU: cuda: {}; free some memory", kFault));
  EXPECT_EQ(result.backend_note.find('\n'), std::string::npos);
  EXPECT_NE(result.manifest.find(kFault), std::string::npos);
  ASSERT_FALSE(result.warnings.empty());
  EXPECT_EQ(result.warnings.back(), result.backend_note);

  run(run_options("cpu", "expected"));
  for (const char* file : {"model.json", "personas.csv", "assignments.parquet"})
    EXPECT_EQ(text_of("out", file), text_of("expected", file)) << file;
}

TEST_F(FallbackTest, AStageThatIsRepeatedIsListedOnceWithAllItsTime) {
  const RunOptions options = run_options("auto", "out");
  RunBackend backend(options.segment.backend, std::make_unique<FailingBackend>(ErrorKind::kDevice));
  const RunResult result = run(options, backend);
  std::vector<std::string> listed;
  for (const StageTime& time : result.timings) listed.push_back(time.stage);
  EXPECT_EQ(listed, (std::vector<std::string>{"ingest", "prepare", "segment", "profile",
                                              "attribute", "recommend", "map", "write", "report"}));
}

TEST_F(FallbackTest, WhoAsksForCudaGetsTheErrorAndNoFolder) {
  const RunOptions options = run_options("cuda", "out");
  RunBackend backend(options.segment.backend, std::make_unique<FailingBackend>(ErrorKind::kDevice));
  expect_error([&] { run(options, backend); }, ErrorKind::kDevice, kFault);
  EXPECT_FALSE(std::filesystem::exists(folder_.path("out")));
}

TEST_F(FallbackTest, OtherErrorsAreNotRepeated) {
  // Bad data stays bad on the CPU; a broken invariant must be seen.
  for (const ErrorKind kind : {ErrorKind::kData, ErrorKind::kInternal}) {
    const RunOptions options = run_options("auto", "out");
    RunBackend backend(options.segment.backend, std::make_unique<FailingBackend>(kind));
    expect_error([&] { run(options, backend); }, kind, kFault);
    EXPECT_FALSE(backend.fell_back());
  }
}

TEST(OptionsOfGpus, AreCheckedWhateverTheBackEnd) {
  for (const char* name : {"auto", "cpu", "cuda"}) {
    expect_error(
        [&] {
          open_backend({.name = name, .gpus = {1, 0, 1}});
        },
        ErrorKind::kUsage, "GPU 1 is named twice");
    expect_error([&] { open_backend({.name = name, .gpu_memory = kSmallestGpuMemory - 1}); },
                 ErrorKind::kUsage, "67108863 bytes of GPU memory are too few");
  }
}

}  // namespace
}  // namespace covey::driver
