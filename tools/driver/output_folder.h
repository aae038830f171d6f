// The folder of results: written under a temporary name beside its place and renamed into it, so
// that nothing half-written is ever seen under its name.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace covey::driver {

/// The temporary folder that now exists, if any, for a thread that must remove it when a signal
/// ends the process. That thread locks `mutex` for good, and so stops every later change of the
/// name.
struct TemporaryGuard {
  std::mutex mutex;
  std::filesystem::path folder;
};

/// Where a result goes.
struct OutputOptions {
  std::string folder;
  bool force = false;               ///< replace an earlier result
  bool keep_columns = false;        ///< features and categories in assignments.parquet too
  TemporaryGuard* guard = nullptr;  ///< may be null
};

/// The names of all files that covey writes into a folder of results.
const std::vector<std::string_view>& result_file_names();

class OutputFolder {
 public:
  /// Checks that the place can be taken and makes the temporary folder. Throws Error (io) where the
  /// parent is missing or not writable, where the place is taken and `force` is false, or where it
  /// holds files that are not covey's.
  explicit OutputFolder(const OutputOptions& options);
  /// Removes the temporary folder, unless committed.
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  /// Where the files are to be written until commit().
  const std::filesystem::path& temporary() const { return temporary_; }
  /// The folder as the user named it.
  const std::string& name() const { return name_; }
  /// Writes a text file. Throws Error (io) where that fails.
  void write(std::string_view file, std::string_view text) const;
  /// Where the place holds an earlier result, turns to the place of that name with
  /// ".refused" added, so that a run that fails costs nobody the result. Throws Error (io) where
  /// that is taken by foreign files.
  void spare_earlier_result();
  /// Renames the folder into its place, atomically replacing an earlier result. Throws Error (io).
  void commit();

 private:
  void rename_into_place();

  std::string name_;
  bool force_;
  TemporaryGuard* guard_;
  std::filesystem::path place_, temporary_;
};

}  // namespace covey::driver
