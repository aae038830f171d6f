// One line on a terminal that says which stage runs, how far it is, how fast, and how long it will
// take.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "table.h"

namespace covey::command {

class ProgressLine {
 public:
  /// Shows nothing unless `enabled` and standard error is a terminal.
  explicit ProgressLine(bool enabled);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// For the driver; valid while this object lives.
  driver::Progress callback();

 private:
  using Clock = std::chrono::steady_clock;

  void update(std::string_view stage, std::int64_t done, std::int64_t total);
  void show_until_stopped();
  std::string line() const;

  std::mutex mutex_;
  std::condition_variable stopped_changed_;
  bool stopped_ = false;
  std::string stage_;
  std::int64_t done_ = 0, total_ = 0;
  Clock::time_point start_ = Clock::now();
  std::thread thread_;
};

/// The line's text: "segment  3 s" where no total is known, else
/// "reading  41 %  310 MB/s  2 s left"; done and total in bytes, seconds since the stage began.
std::string progress_text(std::string_view stage, std::int64_t done, std::int64_t total,
                          double seconds);

}  // namespace covey::command
