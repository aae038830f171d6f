// Where generated sessions go: rows to a CSV or Parquet writer, bytes to a plain or a compressed
// file.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "generate_defects.h"
#include "generate_sessions.h"

namespace covey::driver {

inline constexpr std::array<std::string_view, 8> kGeneratedColumns = {
    "session_id",  "clicks",          "page_views",  "time_spent",
    "add_to_cart", "referral_source", "device_type", "conversion_label"};

/// A file under a temporary name beside its own; removed unless published, that is, renamed into
/// place.
class PendingFile {
 public:
  explicit PendingFile(const std::filesystem::path& file);
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile();

  const std::filesystem::path& file() const { return file_; }
  const std::filesystem::path& pending() const { return pending_; }

  /// Throws covey::Error, kIo.
  void publish();

 private:
  void remove() const;

  std::filesystem::path file_, pending_;
};

/// Bytes to a file. write and close throw covey::Error, kIo.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void write(std::string_view bytes) = 0;
  /// Everything has reached the file when it returns.
  virtual void close() = 0;
};

std::unique_ptr<ByteSink> make_file_sink(const PendingFile& target);
std::unique_ptr<ByteSink> make_gzip_sink(const PendingFile& target);

/// Sessions to a file. write and close throw covey::Error, kIo.
class SessionWriter {
 public:
  virtual ~SessionWriter() = default;
  virtual void write(std::span<const GeneratedSession> sessions) = 0;
  virtual void close() = 0;
};

/// The list of defects beside a CSV file, and the plan it follows.
struct DefectList {
  DefectPlan plan;
  std::unique_ptr<ByteSink> sink;
  std::int64_t planted = 0;
};

/// `defects` (may be null) must outlive the writer; the caller closes its sink.
std::unique_ptr<SessionWriter> make_csv_writer(std::unique_ptr<ByteSink> sink, DefectList* defects);

/// Row groups of 2^20 sessions; session_id int64, other numbers int32, categories as dictionaries.
std::unique_ptr<SessionWriter> make_parquet_writer(const PendingFile& target);

}  // namespace covey::driver
