// Fibers on stacks from a pool, known to the address sanitizer.
#pragma once

#include <cstddef>

namespace covey::emulator {

/// A stack with an unmapped page below it. Goes back to the pool.
class Stack {
 public:
  Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack();

  void* bottom() const { return bottom_; }

 private:
  void* bottom_;
};

/// Runs `body(argument)` on a stack of its own, in turns with whoever resumes it. One that is never
/// resumed to its end is dropped as it stands.
class Fiber {
 public:
  Fiber(void (*body)(void*), void* argument);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  /// Lets the body run until it suspends or ends.
  void resume();
  /// Goes back to whoever resumed; called by the body.
  void suspend();
  bool done() const { return done_; }

 private:
  friend struct FiberEntry;
  void leave(bool for_good);

  Stack stack_;
  void (*body_)(void*);
  void* argument_;
  bool done_ = false;
  void* context_;              ///< where to go on: of the body, or while it runs of the resumer
  void* sanitizer_ = nullptr;  ///< the sanitizer's own record of the body's stack
  const void* resumer_bottom_ = nullptr;
  std::size_t resumer_size_ = 0;
};

}  // namespace covey::emulator
