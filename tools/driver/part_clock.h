// Takes the time of the parts of a stage.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "table.h"

namespace covey::driver {

/// part() notes the time since the last call, or since the clock was made.
class PartClock {
 public:
  explicit PartClock(std::vector<PartTime>& parts) : parts_(parts) {}

  void part(std::string name) {
    const auto now = Clock::now();
    parts_.push_back({std::move(name), std::chrono::duration<double>(now - last_).count()});
    last_ = now;
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::vector<PartTime>& parts_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace covey::driver
