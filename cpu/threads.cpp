// The only file of the engine that calls oneTBB. The tsan build compiles it without
// instrumentation, because Debian's libtbb has none, and tells the sanitizer what TBB guarantees: a
// loop begins after what came before it, and ends before what comes after.
#include "threads.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <vector>

#ifdef COVEY_TSAN
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
#endif

namespace covey::internal {
namespace {

#ifdef COVEY_TSAN
void acquire(char& fence) { __tsan_acquire(&fence); }
void release(char& fence) { __tsan_release(&fence); }
#else
void acquire(char&) {}
void release(char&) {}
#endif

}  // namespace

struct Threads::Arena {
  tbb::task_arena arena;

  explicit Arena(int count) : arena(count) {}
};

Threads::Threads(int count)
    : count_(count > 0 ? count
                       : std::max(1, static_cast<int>(std::thread::hardware_concurrency()))),
      arena_(std::make_unique<Arena>(count_)) {}

Threads::~Threads() = default;

void Threads::for_each(std::int64_t tasks,
                       const std::function<void(std::int64_t, int)>& body) const {
  // An arena of 7 on two cores would run 2 threads without the global control.
  std::optional<tbb::global_control> control;
  if (count_ > static_cast<int>(std::thread::hardware_concurrency()))
    control.emplace(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(count_));
  char fork = 0, join = 0;
  std::vector<char> slots(static_cast<std::size_t>(count_));
  release(fork);
  arena_->arena.execute([&] {
    tbb::parallel_for(std::int64_t{0}, tasks, [&](std::int64_t task) {
      const int worker = tbb::this_task_arena::current_thread_index();
      char& slot = slots[static_cast<std::size_t>(worker)];
      acquire(fork);
      acquire(slot);
      body(task, worker);
      release(slot);
      release(join);
    });
  });
  acquire(join);
}

}  // namespace covey::internal
