// What the GPU could do at best: the measure of every figure of gpu_bench.
#pragma once

#include <string>

namespace covey::bench {

struct GpuLimits {
  double copy_bytes_per_second = 0;  ///< measured: bytes read and written by a copy on the device
  double host_bytes_per_second = 0;  ///< measured: from pinned host memory to the device
  double float_per_second = 0;       ///< nominal: float32 operations, an FMA as two
  double half_per_second = 0;  ///< measured: fp16 products of cuBLAS added in float32, two each
  std::string reason;          ///< why there are none; empty where there are
};

GpuLimits measure_gpu();

}  // namespace covey::bench
