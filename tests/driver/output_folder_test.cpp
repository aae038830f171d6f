#include "output_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "covey/error.h"

namespace covey::driver {
namespace {

namespace fs = std::filesystem;

class OutputFolderTest : public ::testing::Test {
 protected:
  OutputFolderTest() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::path(::testing::TempDir()) / ("covey_output_folder_" + std::string(test->name()));
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~OutputFolderTest() override { fs::remove_all(root_); }

  OutputOptions options(const fs::path& folder, bool force = false) {
    OutputOptions options;
    options.folder = folder.string();
    options.force = force;
    return options;
  }

  static void put(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }
  static std::string text_of(const fs::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  std::size_t entries() const {
    return std::distance(fs::directory_iterator(root_), fs::directory_iterator());
  }
  ErrorKind kind_of_failure(const OutputOptions& options) {
    try {
      OutputFolder folder(options);
    } catch (const Error& error) {
      message_ = error.what();
      return error.kind();
    }
    ADD_FAILURE() << "no error";
    return ErrorKind::kInternal;
  }

  fs::path root_;
  std::string message_;
};

TEST_F(OutputFolderTest, NothingIsSeenUnderTheNameBeforeCommit) {
  OutputFolder folder(options(root_ / "out"));
  folder.write("run.json", "{}");
  EXPECT_FALSE(fs::exists(root_ / "out"));
  folder.commit();
  EXPECT_EQ(text_of(root_ / "out" / "run.json"), "{}");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(OutputFolderTest, WithoutCommitNothingStays) {
  { OutputFolder(options(root_ / "out")).write("run.json", "{}"); }
  EXPECT_EQ(entries(), 0U);
}

TEST_F(OutputFolderTest, AnExistingFolderIsRefused) {
  fs::create_directory(root_ / "out");
  EXPECT_EQ(kind_of_failure(options(root_ / "out")), ErrorKind::kIo);
  EXPECT_NE(message_.find("--force"), std::string::npos);
}

TEST_F(OutputFolderTest, ForceReplacesAnEarlierResult) {
  fs::create_directory(root_ / "out");
  put(root_ / "out" / "run.json", "old");
  put(root_ / "out" / "devices.csv", "old");
  {
    OutputFolder folder(options(root_ / "out", true));
    folder.write("run.json", "new");
    EXPECT_EQ(text_of(root_ / "out" / "run.json"), "old");
    folder.commit();
  }
  EXPECT_EQ(text_of(root_ / "out" / "run.json"), "new");
  EXPECT_FALSE(fs::exists(root_ / "out" / "devices.csv"));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(OutputFolderTest, ForceTakesAnEmptyFolder) {
  fs::create_directory(root_ / "out");
  OutputFolder folder(options(root_ / "out", true));
  folder.commit();
  EXPECT_TRUE(fs::is_empty(root_ / "out"));
}

TEST_F(OutputFolderTest, ForceKeepsFilesThatAreNotCoveys) {
  fs::create_directory(root_ / "out");
  put(root_ / "out" / "run.json", "old");
  put(root_ / "out" / "thesis.tex", "years of work");
  EXPECT_EQ(kind_of_failure(options(root_ / "out", true)), ErrorKind::kIo);
  EXPECT_NE(message_.find("thesis.tex"), std::string::npos);
  EXPECT_EQ(text_of(root_ / "out" / "thesis.tex"), "years of work");
}

TEST_F(OutputFolderTest, AFolderThatAppearsMeanwhileIsNotReplaced) {
  OutputFolder folder(options(root_ / "out"));
  fs::create_directory(root_ / "out");
  EXPECT_THROW(folder.commit(), Error);
}

TEST_F(OutputFolderTest, AFileInThePlaceIsRefused) {
  put(root_ / "out", "");
  EXPECT_EQ(kind_of_failure(options(root_ / "out", true)), ErrorKind::kIo);
}

TEST_F(OutputFolderTest, AMissingParentIsNamed) {
  EXPECT_EQ(kind_of_failure(options(root_ / "no" / "out")), ErrorKind::kIo);
  EXPECT_NE(message_.find((root_ / "no").string()), std::string::npos);
}

// /proc holds no new folders, whoever asks.
TEST_F(OutputFolderTest, AnUnwritableParentIsNamed) {
  EXPECT_EQ(kind_of_failure(options("/proc/covey_out")), ErrorKind::kIo);
  EXPECT_NE(message_.find("/proc"), std::string::npos);
}

TEST_F(OutputFolderTest, TrailingSlashesAndDotsMeanTheFolder) {
  OutputFolder folder(options(root_.string() + "/./out//"));
  folder.commit();
  EXPECT_TRUE(fs::is_directory(root_ / "out"));
  EXPECT_EQ(entries(), 1U);
}

// The real folder is replaced, and the link to it stays.
TEST_F(OutputFolderTest, ALinkIsFollowed) {
  fs::create_directory(root_ / "real");
  put(root_ / "real" / "run.json", "old");
  fs::create_directory_symlink("real", root_ / "link");
  OutputFolder folder(options(root_ / "link", true));
  folder.write("run.json", "new");
  folder.commit();
  EXPECT_TRUE(fs::is_symlink(root_ / "link"));
  EXPECT_EQ(text_of(root_ / "real" / "run.json"), "new");
}

TEST_F(OutputFolderTest, TheGuardKnowsTheTemporaryFolder) {
  TemporaryGuard guard;
  OutputOptions guarded = options(root_ / "out");
  guarded.guard = &guard;
  {
    OutputFolder folder(guarded);
    EXPECT_EQ(guard.folder, folder.temporary());
    EXPECT_TRUE(fs::is_directory(guard.folder));
    folder.commit();
    EXPECT_TRUE(guard.folder.empty());
  }
  {
    guarded.folder = (root_ / "other").string();
    OutputFolder folder(guarded);
    EXPECT_FALSE(guard.folder.empty());
  }
  EXPECT_TRUE(guard.folder.empty());
}

TEST_F(OutputFolderTest, AFileThatCannotBeWrittenIsNamed) {
  OutputFolder folder(options(root_ / "out"));
  fs::create_directory(folder.temporary() / "run.json");
  try {
    folder.write("run.json", "{}");
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    EXPECT_NE(std::string(error.what()).find("run.json"), std::string::npos);
  }
}

}  // namespace
}  // namespace covey::driver
