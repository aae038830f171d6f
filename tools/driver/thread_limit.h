// The number of threads that a run may use, outside ingest and the engine too.
#pragma once

#include <tbb/global_control.h>

#include <cstddef>
#include <optional>

namespace covey::driver {

class ThreadLimit {
 public:
  /// 0: as many as the machine has.
  explicit ThreadLimit(int threads) {
    if (threads > 0)
      limit_.emplace(tbb::global_control::max_allowed_parallelism,
                     static_cast<std::size_t>(threads));
  }

 private:
  std::optional<tbb::global_control> limit_;
};

}  // namespace covey::driver
