#include "emulator/fiber.h"

#include <sys/mman.h>

#include <boost/context/detail/fcontext.hpp>
#include <mutex>
#include <new>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace covey::emulator {
namespace {

namespace context = boost::context::detail;

constexpr std::size_t kPage = 4096;
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kStackBytes = 256 << 10;  // frames grow by red zones

void start_switch(void** save, const void* bottom, std::size_t size) {
  __sanitizer_start_switch_fiber(save, bottom, size);
}
void finish_switch(void* saved, const void** bottom, std::size_t* size) {
  __sanitizer_finish_switch_fiber(saved, bottom, size);
}
void forget_frames(void* bottom) { ASAN_UNPOISON_MEMORY_REGION(bottom, kStackBytes); }
#else
constexpr std::size_t kStackBytes = 64 << 10;

void start_switch(void**, const void*, std::size_t) {}
void finish_switch(void*, const void**, std::size_t*) {}
void forget_frames(void*) {}
#endif

struct Pool {
  std::mutex mutex;
  std::vector<void*> bottoms;
};
Pool& pool() {
  static auto* const own = new Pool;  // outlives every stack
  return *own;
}

void* map_stack() {
  void* memory = mmap(nullptr, kStackBytes + kPage, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  if (mprotect(memory, kPage, PROT_NONE) != 0) throw std::bad_alloc();
  return static_cast<char*>(memory) + kPage;
}

}  // namespace

Stack::Stack() {
  const std::lock_guard lock(pool().mutex);
  if (pool().bottoms.empty()) {
    bottom_ = map_stack();
  } else {
    bottom_ = pool().bottoms.back();
    pool().bottoms.pop_back();
  }
}

Stack::~Stack() {
  const std::lock_guard lock(pool().mutex);
  pool().bottoms.push_back(bottom_);
}

struct FiberEntry {
  static void run(context::transfer_t from) {
    auto* self = static_cast<Fiber*>(from.data);
    finish_switch(nullptr, &self->resumer_bottom_, &self->resumer_size_);
    self->context_ = from.fctx;
    self->body_(self->argument_);
    self->done_ = true;
    self->leave(true);
  }
};

Fiber::Fiber(void (*body)(void*), void* argument)
    : body_(body),
      argument_(argument),
      context_(context::make_fcontext(static_cast<char*>(stack_.bottom()) + kStackBytes,
                                      kStackBytes, FiberEntry::run)) {}

Fiber::~Fiber() {
  if (!done_) forget_frames(stack_.bottom());
}

void Fiber::resume() {
  void* saved = nullptr;
  start_switch(&saved, stack_.bottom(), kStackBytes);
  const context::transfer_t back = context::jump_fcontext(context_, this);
  finish_switch(saved, nullptr, nullptr);
  context_ = back.fctx;
}

void Fiber::suspend() { leave(false); }

void Fiber::leave(bool for_good) {
  start_switch(for_good ? nullptr : &sanitizer_, resumer_bottom_, resumer_size_);
  const context::transfer_t back = context::jump_fcontext(context_, nullptr);
  finish_switch(sanitizer_, &resumer_bottom_, &resumer_size_);
  context_ = back.fctx;
}

}  // namespace covey::emulator
