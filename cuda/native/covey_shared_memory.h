// The dynamic shared memory of a block, as nvcc has it. tests/emulator has another file of this
// name.
#pragma once

namespace covey::cuda {

/// On a 1,024-byte boundary, which swizzled operands of the matrix units need. Kernels use no other
/// shared memory.
__device__ inline unsigned char* shared_memory() {
  extern __shared__ __align__(1024) unsigned char covey_shared_memory[];
  return covey_shared_memory;
}

}  // namespace covey::cuda
