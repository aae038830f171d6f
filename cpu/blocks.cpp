#include "blocks.h"

#include <sys/mman.h>

namespace covey::internal {

void* allocate_aligned(std::size_t bytes) {
  void* memory = ::operator new(bytes, alignment(bytes));
  if (bytes >= 2 * kHugePage) (void)madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

}  // namespace covey::internal
