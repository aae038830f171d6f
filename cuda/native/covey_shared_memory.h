// The dynamic shared memory of a block, as nvcc has it. tests/emulator has another file of this
// name.
#pragma once

namespace covey::cuda {

/// On a 16-byte boundary. Kernels use no other shared memory.
__device__ inline unsigned char* shared_memory() {
  extern __shared__ __align__(16) unsigned char covey_shared_memory[];
  return covey_shared_memory;
}

}  // namespace covey::cuda
