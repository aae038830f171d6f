#include "emulator/copies.h"

#include <cstring>
#include <string>

#include "emulator/matrix.h"
#include "emulator/thread.h"

namespace covey::emulator {
namespace {

constexpr std::size_t kPiece = 16;                         // bytes
constexpr int kGarbage = 0xFF;                             // no number, in fp16 and in float
constexpr std::size_t kMostBytes = (1U << 20) - 1;         // of a phase
constexpr unsigned kMostArrivals = (1U << 20) - 1;         // of a phase
constexpr std::uint64_t kMark = 0xBA44'1E44'0000'0000ULL;  // what a barrier's word holds

[[noreturn]] void misuse(const Thread& thread, const std::string& what, const Where& where) {
  throw Misuse(what + ": " + text(where) + ", block " + text(thread.block.position) + ", thread " +
               text(thread.position));
}

std::uintptr_t address(const void* at) { return reinterpret_cast<std::uintptr_t>(at); }

/// Where in the block's shared memory; the memory's size where it is elsewhere.
std::size_t offset_in(const Block& block, const void* at, std::size_t bytes) {
  const std::uintptr_t start = address(block.shared.get());
  if (address(at) < start || address(at) - start > block.shared_bytes ||
      bytes > block.shared_bytes - (address(at) - start))
    return block.shared_bytes;
  return address(at) - start;
}

void check_shared(const Thread& thread, const void* at, std::size_t bytes, std::size_t alignment,
                  const Where& where) {
  if (offset_in(thread.block, at, bytes) == thread.block.shared_bytes)
    misuse(thread, std::to_string(bytes) + " bytes are not in the block's shared memory", where);
  if (address(at) % alignment != 0)
    misuse(thread, "not on a boundary of " + std::to_string(alignment) + " bytes", where);
}

/// The copy is under way: its target is garbage.
Copy start(Thread& thread, void* to, const void* from, std::size_t bytes, const Where& where) {
  check_shared(thread, to, bytes, kPiece, where);
  if (address(from) % kPiece != 0 || bytes % kPiece != 0 || bytes == 0)
    misuse(thread, "a copy whose source or size is no multiple of 16 bytes", where);
  std::vector<bool>& under_way = thread.block.copies.under_way;
  under_way.resize((thread.block.shared_bytes + kPiece - 1) / kPiece);
  const std::size_t first = offset_in(thread.block, to, bytes) / kPiece;
  for (std::size_t piece = first; piece < first + bytes / kPiece; ++piece) {
    if (under_way[piece]) misuse(thread, "two copies to one place are under way", where);
    under_way[piece] = true;
  }
  std::memset(to, kGarbage, bytes);
  return {static_cast<unsigned char*>(to), static_cast<const unsigned char*>(from), bytes};
}

void land(Block& block, const std::vector<Copy>& copies) {
  for (const Copy& copy : copies) {
    std::memcpy(copy.to, copy.from, copy.bytes);
    const std::size_t first = offset_in(block, copy.to, copy.bytes) / kPiece;
    for (std::size_t piece = first; piece < first + copy.bytes / kPiece; ++piece)
      block.copies.under_way[piece] = false;
  }
}

std::uint64_t mark_of(const std::uint64_t* barrier) { return kMark ^ address(barrier); }

/// The barrier at this place, once the calling thread may use it.
BarrierState& state_of(Thread& thread, const std::uint64_t* barrier, const Where& where) {
  need_capability(90, where);
  check_shared(thread, barrier, sizeof(*barrier), sizeof(*barrier), where);
  const auto found = thread.block.copies.barriers.find(barrier);
  if (found == thread.block.copies.barriers.end() || *barrier != mark_of(barrier))
    misuse(thread, "a barrier that was not initialised, or was overwritten", where);
  if (!found->second.fenced && found->second.maker != &thread)
    misuse(thread, "a barrier without fence_barriers() after its initialisation", where);
  return found->second;
}

/// Whether nothing is left to come in the running phase.
bool may_end(const BarrierState& state) {
  return state.to_come == 0 && state.expected == state.under_way;
}

void end_phase(Block& block, BarrierState& state) {
  land(block, state.copies);
  state.copies.clear();
  state.expected = state.under_way = 0;
  state.to_come = state.arrivals;
  state.parity ^= 1;
}

/// Those who wait go and look.
void wake(BarrierState& state) {
  if (!may_end(state)) return;
  std::vector<Thread*> waiting;
  waiting.swap(state.waiting);
  release(waiting);
}

}  // namespace

void check_read(const Thread& thread, const void* at, std::size_t bytes, std::size_t alignment,
                const Where& where) {
  check_shared(thread, at, bytes, alignment, where);
  const std::vector<bool>& under_way = thread.block.copies.under_way;
  if (under_way.empty()) return;
  const std::size_t first = offset_in(thread.block, at, bytes);
  for (std::size_t piece = first / kPiece; piece * kPiece < first + bytes; ++piece)
    if (under_way[piece])
      misuse(thread, "reads shared memory while a copy to it is under way", where);
}

void check_none_under_way(const Block& block) {
  for (const auto& [barrier, state] : block.copies.barriers)
    if (!state.copies.empty())
      throw Misuse("block " + text(block.position) +
                   " has returned while a bulk copy to it is under way");
}

void copy_16(void* shared, const void* global, const Where& where) {
  Thread& self = current_thread();
  self.copies.open.push_back(start(self, shared, global, kPiece, where));
}

void commit_copies() {
  ThreadCopies& own = current_thread().copies;
  own.groups.emplace_back();
  own.groups.back().swap(own.open);
}

void wait_copies(unsigned pending) {
  Thread& self = current_thread();
  for (auto& groups = self.copies.groups; groups.size() > pending; groups.pop_front())
    land(self.block, groups.front());
  maybe_yield();
}

void init_barrier(std::uint64_t* barrier, unsigned arrivals, const Where& where) {
  Thread& self = current_thread();
  need_capability(90, where);
  check_shared(self, barrier, sizeof(*barrier), sizeof(*barrier), where);
  BarrierState& state = self.block.copies.barriers[barrier];
  if (state.maker != nullptr) misuse(self, "a barrier is initialised twice", where);
  if (arrivals == 0 || arrivals > kMostArrivals) misuse(self, "a barrier of no arrivals", where);
  state.maker = &self;
  state.arrivals = state.to_come = arrivals;
  *barrier = mark_of(barrier);
}

void fence_barriers(const Where& where) {
  need_capability(90, where);
  Thread& self = current_thread();
  for (auto& [barrier, state] : self.block.copies.barriers)
    if (state.maker == &self) state.fenced = true;
}

void arrive(std::uint64_t* barrier, unsigned bytes, const Where& where) {
  maybe_yield();
  Thread& self = current_thread();
  BarrierState& state = state_of(self, barrier, where);
  if (may_end(state)) end_phase(self.block, state);
  if (state.to_come == 0) misuse(self, "more arrivals than the phase of a barrier has", where);
  state.expected += bytes;
  if (state.expected > kMostBytes) misuse(self, "a phase of 2^20 bytes or more", where);
  if (--state.to_come == 0 && state.under_way > state.expected)
    misuse(self, "more bytes are under way than the phase of a barrier expects", where);
  wake(state);
}

void wait_barrier(std::uint64_t* barrier, unsigned parity, const Where& where) {
  maybe_yield();
  Thread& self = current_thread();
  BarrierState& state = state_of(self, barrier, where);
  if (parity > 1) misuse(self, "a parity other than 0 and 1", where);
  while (state.parity == parity) {
    if (may_end(state)) return end_phase(self.block, state);
    state.waiting.push_back(&self);
    suspend(Wait::kCopies, where);
  }
}

void copy_bulk(void* shared, const void* global, unsigned bytes, std::uint64_t* barrier,
               const Where& where) {
  Thread& self = current_thread();
  BarrierState& state = state_of(self, barrier, where);
  if (!state.fenced) misuse(self, "a barrier without fence_barriers() before a copy", where);
  if (may_end(state)) end_phase(self.block, state);
  state.copies.push_back(start(self, shared, global, bytes, where));
  state.under_way += bytes;
  if (state.to_come == 0 && state.under_way > state.expected)
    misuse(self, "more bytes are under way than the phase of a barrier expects", where);
  wake(state);
}

}  // namespace covey::emulator
