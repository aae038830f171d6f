// Copies that run beside the threads of a block. They land at the last moment that hardware may
// take: in the wait for them. Until then their target holds garbage, and matrix units that read it
// are a misuse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace covey::emulator {

struct Thread;
struct Block;
struct Where;

struct Copy {
  unsigned char* to;
  const unsigned char* from;
  std::size_t bytes;
};

/// Of one thread: those not yet in a group, and groups, the oldest first.
struct ThreadCopies {
  std::vector<Copy> open;
  std::deque<std::vector<Copy>> groups;
};

/// A barrier that counts arrivals and bytes (mbarrier). A phase ends late: when someone waits for
/// it, or brings what belongs to the next one.
struct BarrierState {
  const Thread* maker = nullptr;
  bool fenced = false;  ///< others than its maker may use it
  unsigned arrivals = 0, to_come = 0;
  unsigned parity = 0;  ///< of the running phase
  std::size_t expected = 0, under_way = 0;
  std::vector<Copy> copies;  ///< of the running phase
  std::vector<Thread*> waiting;
};

/// Of a block.
struct BlockCopies {
  std::vector<bool> under_way;  ///< by 16-byte piece of shared memory: a copy to it has not landed
  std::map<const void*, BarrierState> barriers;
};

/// Misuse where [at, at + bytes) is not in shared memory of the thread's block, not on a boundary
/// of `alignment` bytes, or a copy to it has not landed.
void check_read(const Thread& thread, const void* at, std::size_t bytes, std::size_t alignment,
                const Where& where);
/// Misuse where a bulk copy has not landed: the block has returned.
void check_none_under_way(const Block& block);

}  // namespace covey::emulator
