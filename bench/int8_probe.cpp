// The int8 dot product of AVX-512 VNNI and AVX-VNNI, which Highway 1.0.3 has no name for.
#include <immintrin.h>

#include <array>
#include <cstdint>

#include "machine_limits.h"

namespace covey::bench {
namespace {

constexpr int kChains = 12;

/// Starts of the chains: no two alike, so that the compiler cannot merge them.
std::array<std::int32_t, kChains * 16> chain_starts() {
  std::array<std::int32_t, kChains * 16> starts{};
  std::int32_t value = 1;
  for (std::int32_t& start : starts) start = value += 3;
  return starts;
}

__attribute__((target("avx512f,avx512vnni"))) double with_avx512(long rounds, int* sink) {
  const auto starts = chain_starts();
  const __m512i a = _mm512_set1_epi32(0x01020304), b = _mm512_set1_epi32(0x7f010203);
  __m512i sums[kChains];
  for (int c = 0; c < kChains; ++c) sums[c] = _mm512_loadu_si512(starts.data() + c * 16);
  for (long round = 0; round < rounds; ++round) {
    for (__m512i& sum : sums) sum = _mm512_dpbusd_epi32(sum, a, b);
  }
  __m512i total = sums[0];
  for (int c = 1; c < kChains; ++c) total = _mm512_xor_si512(total, sums[c]);
  std::array<std::int32_t, 16> lanes;
  _mm512_storeu_si512(lanes.data(), total);
  *sink = lanes[0] ^ lanes[15];
  return 2.0 * 64 * kChains * static_cast<double>(rounds);
}

__attribute__((target("avx2,avxvnni"))) double with_avx2(long rounds, int* sink) {
  const auto starts = chain_starts();
  const __m256i a = _mm256_set1_epi32(0x01020304), b = _mm256_set1_epi32(0x7f010203);
  __m256i sums[kChains];
  for (int c = 0; c < kChains; ++c)
    sums[c] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(starts.data() + c * 8));
  for (long round = 0; round < rounds; ++round) {
    for (__m256i& sum : sums) sum = _mm256_dpbusd_avx_epi32(sum, a, b);
  }
  __m256i total = sums[0];
  for (int c = 1; c < kChains; ++c) total = _mm256_xor_si256(total, sums[c]);
  *sink = _mm256_extract_epi32(total, 0);
  return 2.0 * 32 * kChains * static_cast<double>(rounds);
}

}  // namespace

double int8_dot_products(long rounds, int* sink) {
  if (__builtin_cpu_supports("avx512vnni")) return with_avx512(rounds, sink);
  if (__builtin_cpu_supports("avxvnni")) return with_avx2(rounds, sink);
  return 0;
}

}  // namespace covey::bench
