#include "emulator/blocks.h"

#include <exception>
#include <mutex>
#include <string_view>
#include <utility>

#include "emulated_device.h"
#include "emulator/emulator.h"
#include "emulator/random.h"
#include "emulator/thread.h"

// NOLINTBEGIN: the names are CUDA's; they hold for the thread whose turn it is.
uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;
// NOLINTEND

namespace covey::emulator {
namespace {

constexpr std::size_t kResidentBlocks = 2;      // of a plain launch
constexpr std::int64_t kPatience = 50'000'000;  // turns in which no thread gets on
constexpr std::size_t kAtomicsBetweenYields = 16;
constexpr std::size_t kTurnsBetweenLeaps = 8;  // to any thread, not one of those released last

/// A launch while it runs: whoever is ready takes turns. Threads that become ready together run in
/// any order, mostly before others, which the caches like.
class Grid {
 public:
  explicit Grid(const Launch& launch);
  void run();

  Thread& current() { return *current_; }
  void call() noexcept;
  void yield();
  std::uint64_t barrier(bool predicate, const Where& where);
  std::uint64_t warp_operation(const WarpCall& call, const Where& where);
  void grid_barrier(const Where& where);
  void wait(Wait reason, const Where& where);
  void release(const std::vector<Thread*>& threads);

 private:
  bool start_block();
  void take_turn(Thread& thread);
  void finish(Thread& thread);
  void release(Thread& thread);
  void mix_from(std::size_t first);
  void go_on_with(std::size_t first);
  void shuffle_last();

  const Launch launch_;
  std::vector<std::uint32_t> order_;  ///< of the blocks that have not started, last first
  std::vector<std::unique_ptr<Block>> resident_;
  std::vector<Thread*> ready_;
  Thread* current_ = nullptr;
  std::size_t at_grid_barrier_ = 0;
  std::int64_t idle_turns_ = 0;
  std::exception_ptr error_;
};

Grid::Grid(const Launch& launch) : launch_(launch), order_(volume(launch.grid)) {
  for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<std::uint32_t>(i);
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random_below(i)]);
}

void Grid::run() {
  blockDim = launch_.block;
  gridDim = launch_.grid;
  for (;;) {
    while (start_block()) {
    }
    if (resident_.empty()) return;
    if (ready_.empty()) throw Misuse("deadlock" + describe(resident_));
    if (++idle_turns_ > kPatience) throw Misuse("no thread gets on" + describe(resident_));
    if (random_below(kTurnsBetweenLeaps) == 0) shuffle_last();
    Thread& thread = *ready_.back();
    ready_.pop_back();
    take_turn(thread);
  }
}

bool Grid::start_block() {
  if (order_.empty() || (!launch_.cooperative && resident_.size() >= kResidentBlocks)) return false;
  resident_.push_back(std::make_unique<Block>(launch_, place(order_.back(), launch_.grid)));
  order_.pop_back();
  const std::size_t first = ready_.size();
  for (Thread& thread : resident_.back()->threads) release(thread);
  mix_from(first);
  return true;
}

void Grid::take_turn(Thread& thread) {
  current_ = &thread;
  threadIdx = thread.position;
  blockIdx = thread.block.position;
  thread.fiber.resume();
  if (error_) std::rethrow_exception(error_);
  if (thread.fiber.done()) finish(thread);
}

void Grid::finish(Thread& thread) {
  idle_turns_ = 0;
  thread.wait = Wait::kReturned;
  check_complete(thread);
  const Block* own = &thread.block;
  if (--thread.block.live > 0) return;
  check_none_under_way(*own);
  std::erase_if(resident_, [&](const auto& block) { return block.get() == own; });
}

void Grid::call() noexcept {
  try {
    launch_.call(launch_.arguments);
  } catch (...) {
    error_ = std::current_exception();
  }
}

void Grid::wait(Wait reason, const Where& where) {
  current_->wait = reason;
  current_->where = where;
  current_->fiber.suspend();
}

/// Any order of those that became ready since there were `first`.
void Grid::mix_from(std::size_t first) {
  for (std::size_t size = ready_.size() - first; size > 1; --size)
    std::swap(ready_[first + size - 1], ready_[first + random_below(size)]);
}

/// Puts the last of the ready threads anywhere, and one from there last.
void Grid::shuffle_last() { std::swap(ready_[random_below(ready_.size())], ready_.back()); }

void Grid::release(Thread& thread) {
  idle_turns_ = 0;
  thread.wait = Wait::kNothing;
  ready_.push_back(&thread);
}

void Grid::release(const std::vector<Thread*>& threads) {
  const std::size_t first = ready_.size();
  for (Thread* thread : threads) release(*thread);
  mix_from(first);
}

/// The running thread is one of those that became ready since there were `first`.
void Grid::go_on_with(std::size_t first) {
  mix_from(first);
  current_->fiber.suspend();
}

/// Lets those run first that were ready before.
void Grid::yield() {
  ready_.push_back(current_);
  shuffle_last();
  current_->fiber.suspend();
}

std::uint64_t Grid::barrier(bool predicate, const Where& where) {
  Thread& self = *current_;
  Block& block = self.block;
  block.predicates += predicate ? 1 : 0;
  self.where = where;
  if (++block.waiting < block.threads.size()) {
    wait(Wait::kBarrier, where);
    return self.counted;
  }
  const std::size_t first = ready_.size();
  for (Thread& thread : block.threads) {
    if (thread.where.line != where.line || std::string_view(thread.where.file) != where.file)
      throw Misuse("threads of block " + text(block.position) +
                   " meet at different barriers: " + text(thread.where) + ", " + text(where));
    thread.counted = block.predicates;
    release(thread);
  }
  block.waiting = 0;
  block.predicates = 0;
  go_on_with(first);
  return self.counted;
}

std::uint64_t Grid::warp_operation(const WarpCall& call, const Where& where) {
  Thread& self = *current_;
  Warp& warp = self.warp;
  WarpCall& own = warp.calls[self.lane];
  if ((call.mask >> self.lane & 1) == 0)
    throw Misuse("lane " + std::to_string(self.lane) + " is not in its own mask: " + text(where));
  own = call;
  self.where = where;
  warp.waiting |= 1U << self.lane;
  bool complete = (warp.waiting & own.mask) == own.mask;
  for (unsigned lane = 0; complete && lane < 32; ++lane)
    if ((own.mask >> lane & 1) != 0)
      complete = warp.calls[lane].op == own.op && warp.calls[lane].mask == own.mask;
  if (!complete) {
    wait(Wait::kWarp, where);
    return own.result;
  }
  exchange(warp, own.mask);
  warp.waiting &= ~own.mask;
  const std::size_t first = ready_.size();
  for (unsigned lane = 0; lane < 32; ++lane)
    if ((own.mask >> lane & 1) != 0) release(*warp.lanes[lane]);
  go_on_with(first);
  return own.result;
}

void Grid::grid_barrier(const Where& where) {
  if (!launch_.cooperative) throw Misuse("a plain launch waits for its grid: " + text(where));
  if (++at_grid_barrier_ < volume(launch_.grid) * volume(launch_.block)) {
    wait(Wait::kGrid, where);
    return;
  }
  at_grid_barrier_ = 0;
  const std::size_t first = ready_.size();
  for (const auto& block : resident_)
    for (Thread& thread : block->threads) release(thread);
  go_on_with(first);
}

std::mutex launch_mutex;  // NOLINT: one launch at a time, whichever host thread asks
[[gnu::tls_model("initial-exec")]] thread_local Grid* running = nullptr;  // NOLINT

Grid& grid() {
  if (running == nullptr) throw Misuse("device code was called by the host");
  return *running;
}

}  // namespace

void thread_body(void* thread) {
  (void)thread;
  running->call();
}

void run(const Launch& launch) {
  const std::lock_guard lock(launch_mutex);
  Grid own(launch);
  running = &own;
  struct Stop {
    ~Stop() { running = nullptr; }
  } const stop;
  own.run();
}

int sync_threads(bool predicate, const Where& where) {
  return static_cast<int>(grid().barrier(predicate, where));
}

std::uint64_t sync_warp(WarpOp op, unsigned mask, std::uint64_t value, unsigned source,
                        const Where& where) {
  return grid().warp_operation({op, mask, source, value, 0}, where);
}

void sync_grid(const Where& where) { grid().grid_barrier(where); }

void yield() { grid().yield(); }

void maybe_yield() {
  if (running != nullptr && random_below(kAtomicsBetweenYields) == 0) running->yield();
}

Thread& current_thread() { return grid().current(); }

void suspend(Wait reason, const Where& where) { grid().wait(reason, where); }

void release(const std::vector<Thread*>& threads) { grid().release(threads); }

unsigned lane() { return grid().current().lane; }

unsigned char* shared_memory() { return grid().current().block.shared.get(); }

}  // namespace covey::emulator
