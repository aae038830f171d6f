// What this machine could do at best, measured once a run on all cores.
#pragma once

namespace covey::bench {

struct Limits {
  double bytes_a_second = 0;  ///< of a large copy, bytes read and bytes written counted
  double flops_a_second = 0;  ///< float32 fused multiply-adds in registers, two each
};

const Limits& limits();

}  // namespace covey::bench
