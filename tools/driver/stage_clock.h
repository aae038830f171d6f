// Runs the stages of a run: announces each to the progress callback and takes its time. A stage
// that is run again adds to its time.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "pipeline.h"

namespace covey::driver {

class StageClock {
 public:
  StageClock(Progress progress, std::vector<StageTime>& timings)
      : progress_(std::move(progress)), timings_(timings) {}

  template <typename Stage>
  auto operator()(const char* name, Stage stage) {
    if (progress_) progress_(name, 0, 0);
    const Recorder recorder{name, timings_};
    return stage();
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct Recorder {
    const char* name;
    std::vector<StageTime>& timings;
    Clock::time_point start = Clock::now();

    ~Recorder() {
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      const auto earlier = std::find_if(timings.begin(), timings.end(),
                                        [&](const StageTime& time) { return time.stage == name; });
      if (earlier == timings.end())
        timings.push_back({name, seconds, {}});
      else
        earlier->seconds += seconds;
    }
  };

  Progress progress_;
  std::vector<StageTime>& timings_;
};

}  // namespace covey::driver
