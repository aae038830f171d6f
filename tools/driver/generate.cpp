#include "generate.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "covey/error.h"
#include "generate_defects.h"
#include "generate_output.h"
#include "generate_sessions.h"

namespace covey::driver {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kRowsPerBatch = 1 << 16;

enum class Format { kCsv, kGzip, kParquet };

Format format_of(const fs::path& file) {
  const std::string name = file.filename().string();
  if (name.ends_with(".csv")) return Format::kCsv;
  if (name.ends_with(".csv.gz")) return Format::kGzip;
  if (name.ends_with(".parquet") || name.ends_with(".pq")) return Format::kParquet;
  throw Error(ErrorKind::kUsage, "the name does not say which format to write", file.string(),
              "end it with .csv, .csv.gz or .parquet");
}

void check_free(const fs::path& file, bool overwrite) {
  std::error_code error;
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, error)) {
    throw Error(ErrorKind::kIo, "there is no such folder to write to", folder.string(),
                "create it first");
  }
  const fs::file_status status = fs::status(file, error);
  if (fs::is_directory(status)) {
    throw Error(ErrorKind::kIo, "is a folder", file.string(), "give the name of a file");
  }
  if (fs::exists(status) && !overwrite) {
    throw Error(ErrorKind::kIo, "exists already", file.string(),
                "give another name, or --force to replace it");
  }
}

}  // namespace

PendingFile::PendingFile(const fs::path& file) : file_(file) {
  std::string name = ".";
  name += file.filename().string();
  name += ".part-";
  name += std::to_string(::getpid());
  pending_ = file.parent_path() / name;
  remove();
}

PendingFile::~PendingFile() { remove(); }

void PendingFile::publish() {
  std::error_code error;
  fs::rename(pending_, file_, error);
  if (error) {
    throw Error(ErrorKind::kIo, "cannot be put in place (" + error.message() + ")", file_.string(),
                "check the folder and its permissions");
  }
}

void PendingFile::remove() const {
  std::error_code ignored;
  fs::remove(pending_, ignored);
}

fs::path defects_file_of(const fs::path& file) {
  fs::path stem = file.stem();
  if (file.extension() == ".gz") stem = stem.stem();
  return file.parent_path() / (stem.string() + ".defects.csv");
}

GenerateSummary generate(const GenerateOptions& options, const fs::path& file,
                         const GenerateProgress& progress) {
  const Format format = format_of(file);
  if (options.dirty && format == Format::kParquet) {
    throw Error(ErrorKind::kUsage, "a Parquet file has typed columns and cannot hold these defects",
                "--dirty", "write a .csv or .csv.gz file");
  }
  SessionStream stream(options);
  GenerateSummary summary;
  summary.rows = options.rows;
  summary.file = file;
  check_free(file, options.overwrite);

  std::unique_ptr<PendingFile> defects_file;
  std::unique_ptr<DefectList> defects;
  if (options.dirty) {
    const DefectPlan plan(options.seed, options.rows);
    summary.defects_file = defects_file_of(file);
    check_free(summary.defects_file, options.overwrite);
    defects_file = std::make_unique<PendingFile>(summary.defects_file);
    defects = std::make_unique<DefectList>(DefectList{plan, make_file_sink(*defects_file)});
  }
  PendingFile pending(file);
  std::unique_ptr<SessionWriter> writer;
  if (format == Format::kParquet) {
    writer = make_parquet_writer(pending);
  } else {
    writer = make_csv_writer(
        format == Format::kGzip ? make_gzip_sink(pending) : make_file_sink(pending), defects.get());
  }

  std::vector<GeneratedSession> batch;
  batch.reserve(kRowsPerBatch);
  for (std::int64_t done = 0; done < options.rows; done += kRowsPerBatch) {
    const std::int64_t end = std::min(done + kRowsPerBatch, options.rows);
    batch.clear();
    for (std::int64_t row = done; row < end; ++row) {
      batch.push_back(stream.next());
      ++summary.sessions[batch.back().channel];
      summary.conversions[batch.back().channel] += batch.back().conversion;
    }
    writer->write(batch);
    if (progress) progress(end, options.rows);
  }
  writer->close();
  if (defects) {
    defects->sink->close();
    summary.defects = defects->planted;
    defects_file->publish();
  }
  pending.publish();
  return summary;
}

}  // namespace covey::driver
