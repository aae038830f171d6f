// Threads of the cpu back end: one call that runs numbered tasks on a stated number of threads.
// Everything that the engine adds up is an integer, so which thread ran which task cannot be seen
// in a result.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>

namespace covey::internal {

class Threads {
 public:
  /// count 0: one a hardware thread.
  explicit Threads(int count);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  int count() const { return count_; }

  /// Runs body(task, worker) for every task in [0, tasks); worker in [0, count()) names the thread
  /// that runs it, so that body may keep sums by worker without locks. Not to be called from inside
  /// a body. The first exception that a body throws is rethrown here.
  void for_each(std::int64_t tasks,
                const std::function<void(std::int64_t task, int worker)>& body) const;

 private:
  struct Arena;

  int count_;
  std::unique_ptr<Arena> arena_;  // kept, because calls may take less than making one
};

/// Rows [begin, end) of task t when `rows` are cut into pieces of `grain`.
struct Piece {
  std::int64_t begin, end;

  Piece(std::int64_t task, std::int64_t grain, std::int64_t rows)
      : begin(task * grain), end(begin + grain < rows ? begin + grain : rows) {}
  static std::int64_t count(std::int64_t grain, std::int64_t rows) {
    return (rows + grain - 1) / grain;
  }
};

/// Blocks of points that one task takes: many tasks, so that no thread waits long for the last.
inline std::int64_t blocks_a_task(std::int64_t blocks) {
  return std::clamp<std::int64_t>(blocks / 128, 1, 16);
}

}  // namespace covey::internal
