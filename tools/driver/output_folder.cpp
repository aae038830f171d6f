#include "output_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <random>
#include <system_error>

#include "covey/error.h"

namespace covey::driver {
namespace {

namespace fs = std::filesystem;

std::string last_error() { return std::generic_category().message(errno); }

// A name beside `place` that nobody has: six random letters.
fs::path temporary_name(const fs::path& place) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device random;
  std::string suffix;
  for (int letter = 0; letter < 6; ++letter) suffix += kLetters[random() % kLetters.size()];
  return place.parent_path() / fmt::format(".{}.covey-{}", place.filename().string(), suffix);
}

// The place with its parent resolved, so that a link to a folder, "." and trailing slashes mean
// what they say.
fs::path resolve(const std::string& name) {
  if (name.empty()) {
    throw Error(ErrorKind::kUsage, "no output folder is named", "", "give one with -o DIR");
  }
  std::error_code error;
  fs::path place = fs::weakly_canonical(name, error);
  if (error) throw Error(ErrorKind::kIo, "cannot be reached: " + error.message(), name);
  if (!place.has_filename()) place = place.parent_path();
  if (!place.is_absolute()) place = fs::absolute(place);
  if (!fs::is_directory(place.parent_path(), error)) {
    throw Error(ErrorKind::kIo,
                fmt::format("the parent folder {} does not exist", place.parent_path().string()),
                name, "make it first, or name another output folder");
  }
  return place;
}

// The first entry that covey did not write, or an empty string.
std::string foreign_entry(const fs::path& folder) {
  const auto& known = result_file_names();
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || std::find(known.begin(), known.end(), name) == known.end()) {
      return name;
    }
  }
  return "";
}

void check_place(const fs::path& place, const std::string& name, bool force) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(place, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) {
    throw Error(ErrorKind::kIo, "exists and is not a folder", name, "name another output folder");
  }
  if (!force) {
    throw Error(ErrorKind::kIo, "the output folder exists already", name,
                "name another one, or replace it with --force");
  }
  std::string foreign;
  try {
    foreign = foreign_entry(place);
  } catch (const fs::filesystem_error& failure) {
    throw Error(ErrorKind::kIo, "cannot be read: " + failure.code().message(), name);
  }
  if (!foreign.empty()) {
    throw Error(ErrorKind::kIo,
                fmt::format("the folder is not a result of covey: it holds '{}'", foreign), name,
                "--force replaces only folders that hold nothing but covey's files; name another "
                "one, or empty it yourself");
  }
}

// Runs `change` under the guard's mutex, if there is a guard.
template <typename Change>
void guarded(TemporaryGuard* guard, Change change) {
  if (guard == nullptr) return change();
  const std::lock_guard lock(guard->mutex);
  change();
}

}  // namespace

const std::vector<std::string_view>& result_file_names() {
  static const std::vector<std::string_view> names = {"personas.csv",
                                                      "channels.csv",
                                                      "channel_personas.csv",
                                                      "devices.csv",
                                                      "assignments.parquet",
                                                      "model.json",
                                                      "quality.json",
                                                      "rejects.csv",
                                                      "run.json",
                                                      "tests.csv",
                                                      "recommendations.csv",
                                                      "recommendations.md",
                                                      "money.csv",
                                                      "k_choice.csv",
                                                      "tables.xlsx",
                                                      "report.html",
                                                      "pca.png"};
  return names;
}

OutputFolder::OutputFolder(const OutputOptions& options)
    : name_(options.folder),
      force_(options.force),
      guard_(options.guard),
      place_(resolve(options.folder)) {
  check_place(place_, name_, force_);
  guarded(guard_, [&] {
    for (int attempt = 0; attempt < 100; ++attempt) {
      temporary_ = temporary_name(place_);
      if (mkdir(temporary_.c_str(), 0777) == 0) {
        if (guard_ != nullptr) guard_->folder = temporary_;
        return;
      }
      if (errno != EEXIST) break;
    }
    const std::string parent = place_.parent_path().string();
    throw Error(ErrorKind::kIo, fmt::format("cannot write in {}: {}", parent, last_error()), name_,
                "name an output folder in a place that you may write to");
  });
}

OutputFolder::~OutputFolder() {
  if (temporary_.empty()) return;
  guarded(guard_, [&] {
    std::error_code error;
    fs::remove_all(temporary_, error);
    if (guard_ != nullptr) guard_->folder.clear();
  });
}

void OutputFolder::write(std::string_view file, std::string_view text) const {
  const fs::path path = temporary_ / file;
  std::FILE* stream = std::fopen(path.c_str(), "wb");
  bool good = stream != nullptr;
  if (good) good = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  std::string problem = good ? "" : last_error();
  if (stream != nullptr && std::fclose(stream) != 0 && good) {
    good = false;
    problem = last_error();
  }
  if (!good) {
    throw Error(ErrorKind::kIo, fmt::format("cannot write {}: {}", file, problem), name_,
                "see that the disk has room and may be written");
  }
}

void OutputFolder::rename_into_place() {
  if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, place_.c_str(), RENAME_NOREPLACE) == 0) {
    temporary_.clear();
    return;
  }
  check_place(place_, name_, force_);
  std::error_code error;
  if (!fs::exists(fs::symlink_status(place_, error))) {  // a file system without RENAME_NOREPLACE
    if (rename(temporary_.c_str(), place_.c_str()) == 0) {
      temporary_.clear();
      return;
    }
    throw Error(ErrorKind::kIo, "cannot be put in place: " + last_error(), name_);
  }
  // The exchange leaves the earlier result under the temporary name, which the destructor removes.
  if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, place_.c_str(), RENAME_EXCHANGE) == 0) {
    return;
  }
  const fs::path old = temporary_name(place_);
  if (rename(place_.c_str(), old.c_str()) != 0) {
    throw Error(ErrorKind::kIo, "cannot be replaced: " + last_error(), name_);
  }
  if (rename(temporary_.c_str(), place_.c_str()) != 0) {
    const std::string problem = last_error();
    [[maybe_unused]] const int restored = rename(old.c_str(), place_.c_str());
    throw Error(ErrorKind::kIo, "cannot be replaced: " + problem, name_);
  }
  temporary_ = old;
}

void OutputFolder::spare_earlier_result() {
  std::error_code error;
  if (!fs::exists(place_ / "run.json", error)) return;
  name_ = place_.string() + ".refused";
  place_ = name_;
  check_place(place_, name_, force_);
}

void OutputFolder::commit() {
  guarded(guard_, [&] {
    rename_into_place();
    if (guard_ != nullptr) guard_->folder = temporary_;
  });
}

}  // namespace covey::driver
