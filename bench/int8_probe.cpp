// The int8 dot product of AVX-512 VNNI, which Highway 1.0.3 has no name for.
#include <immintrin.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "machine_limits.h"

namespace covey::bench {
namespace {

constexpr std::size_t kChains = 12, kLanes = 16;

__attribute__((target("avx512f,avx512vnni"))) double with_avx512(long rounds, int* sink) {
  std::array<std::int32_t, kChains * kLanes>
      starts{};  // no two alike: equal chains would be merged
  std::int32_t value = 1;
  for (std::int32_t& start : starts) start = value += 3;
  const __m512i a = _mm512_set1_epi32(0x01020304), b = _mm512_set1_epi32(0x7f010203);
  __m512i sums[kChains];
  for (std::size_t c = 0; c < kChains; ++c)
    sums[c] = _mm512_loadu_si512(starts.data() + c * kLanes);
  for (long round = 0; round < rounds; ++round) {
    for (__m512i& sum : sums) sum = _mm512_dpbusd_epi32(sum, a, b);
  }
  __m512i total = sums[0];
  for (std::size_t c = 1; c < kChains; ++c) total = _mm512_xor_si512(total, sums[c]);
  _mm512_storeu_si512(starts.data(), total);
  *sink = starts.front() ^ starts.back();
  return 2.0 * 4 * kLanes * kChains * static_cast<double>(rounds);
}

}  // namespace

double int8_dot_products(long rounds, int* sink) {
  return __builtin_cpu_supports("avx512vnni") ? with_avx512(rounds, sink) : 0;
}

}  // namespace covey::bench
