#include "progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace covey::command {
namespace {

std::string rate_text(double per_second) {
  if (per_second >= 1e6) return fmt::format("{:.0f} MB/s", per_second / 1e6);
  if (per_second >= 1e3) return fmt::format("{:.0f} kB/s", per_second / 1e3);
  return fmt::format("{:.0f} B/s", per_second);
}

}  // namespace

std::string progress_text(std::string_view stage, std::int64_t done, std::int64_t total,
                          double seconds) {
  if (total <= 0 || done <= 0 || seconds <= 0) return fmt::format("{:<10}{:.0f} s", stage, seconds);
  const double share = static_cast<double>(done) / static_cast<double>(total);
  return fmt::format("{:<10}{:3.0f} %  {}  {:.0f} s left", stage, 100 * share,
                     rate_text(static_cast<double>(done) / seconds), seconds * (1 - share) / share);
}

ProgressLine::ProgressLine(bool enabled) {
  if (enabled && isatty(STDERR_FILENO) != 0)
    thread_ = std::thread([this] { show_until_stopped(); });
}

ProgressLine::~ProgressLine() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopped_changed_.notify_one();
  thread_.join();
}

driver::Progress ProgressLine::callback() {
  if (!thread_.joinable()) return {};
  return [this](std::string_view stage, std::int64_t done, std::int64_t total) {
    update(stage, done, total);
  };
}

void ProgressLine::update(std::string_view stage, std::int64_t done, std::int64_t total) {
  const std::lock_guard lock(mutex_);
  if (stage != stage_) {
    stage_ = stage;
    start_ = Clock::now();
  }
  done_ = done;
  total_ = total;
}

std::string ProgressLine::line() const {
  return progress_text(stage_, done_, total_,
                       std::chrono::duration<double>(Clock::now() - start_).count());
}

void ProgressLine::show_until_stopped() {
  constexpr auto kInterval = std::chrono::milliseconds(100);
  std::unique_lock lock(mutex_);
  bool shown = false;
  while (!stopped_changed_.wait_for(lock, kInterval, [this] { return stopped_; })) {
    if (stage_.empty()) continue;
    fmt::print(stderr, "\r{}\x1b[K", line());
    std::fflush(stderr);
    shown = true;
  }
  if (shown) fmt::print(stderr, "\r\x1b[K");
}

}  // namespace covey::command
