// What this machine's cores could do at best, all together, measured once a run: what the figures
// of the benchmarks are shares of. Each is the best of nine measurements of at least 10 ms.
#pragma once

#include <string>

namespace covey::bench {

struct Limits {
  /// memcpy of buffers far larger than the caches, every page touched before: bytes read and bytes
  /// written are both counted, so that a pass that only reads n bytes takes n over this or less.
  double copy_bytes_a_second = 0;
  /// Vector loads that are summed, of 256 KiB (second-level cache), 4 MiB (third) and 256 MiB a
  /// core.
  double l2_read_bytes_a_second = 0;
  double l3_read_bytes_a_second = 0;
  double memory_read_bytes_a_second = 0;
  double flops_a_second = 0;            ///< float32 multiply-adds in registers, two each
  double int8_operations_a_second = 0;  ///< vpdpbusd, a product and sum as two; 0 without it
};

const Limits& limits();

/// One line for people.
std::string limits_text();

/// Operations of `rounds` of independent int8 dot-product instructions; 0 where this processor has
/// none.
double int8_dot_products(long rounds, int* sink);

}  // namespace covey::bench
