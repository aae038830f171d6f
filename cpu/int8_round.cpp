// Points rounded to bytes, 16 at a time.
#include <algorithm>

#include "int8_screen.h"
#include "int8_vectors.h"

#if defined(__x86_64__)

namespace covey::internal {
namespace {

constexpr int kLanes = kInt8Lanes;

COVEY_VNNI float largest(__m512 values) { return _mm512_reduce_max_ps(values); }

COVEY_VNNI inline __m512 from_origin(const float* columns, const Int8Points& points, int f) {
  const auto origin = points.origin[static_cast<std::size_t>(f)];
  return _mm512_sub_ps(_mm512_load_ps(columns + static_cast<std::int64_t>(f) * kBlock),
                       _mm512_set1_ps(origin));
}

/// Bytes of 16 points of one group; `columns` are their coordinates.
COVEY_VNNI void to_bytes(const float* columns, const Int8Points& points, std::uint8_t* bytes,
                         float* scale, float& norm, float& rest_norm) {
  // Sums of up to 4,096 rounded squares and a square root, rounded up.
  constexpr float kUp = 1.0F + 0x1p-11F;
  __m512 most = _mm512_setzero_ps();
  for (int f = 0; f < points.d; ++f)
    most = _mm512_max_ps(most, _mm512_abs_ps(from_origin(columns, points, f)));
  const __m512 step = _mm512_mul_ps(most, _mm512_set1_ps(1.0F / 127.0F));
  const __mmask16 some = _mm512_cmp_ps_mask(most, _mm512_setzero_ps(), _CMP_GT_OQ);
  const __m512 inverse = _mm512_maskz_div_ps(some, _mm512_set1_ps(1.0F), step);
  __m512 squares = _mm512_setzero_ps(), rests = squares;
  for (int quad = 0; quad < points.quads; ++quad) {
    __m512i four = _mm512_set1_epi32(static_cast<int>(0x80808080U));
    for (int f = 4 * quad; f < std::min(4 * quad + 4, points.d); ++f) {
      const __m512 x = from_origin(columns, points, f);
      __m512i byte = _mm512_cvtps_epi32(_mm512_mul_ps(x, inverse));
      byte =
          _mm512_max_epi32(_mm512_min_epi32(byte, _mm512_set1_epi32(127)), _mm512_set1_epi32(-127));
      const __m512 value = _mm512_cvtepi32_ps(byte);
      const __m512 rest = _mm512_fnmadd_ps(step, value, x);
      squares = _mm512_fmadd_ps(value, value, squares);
      rests = _mm512_fmadd_ps(rest, rest, rests);
      // byte + 128 in its place: the sign bit of each byte is already flipped in `four`.
      const __m512i placed = _mm512_sllv_epi32(_mm512_and_epi32(byte, _mm512_set1_epi32(255)),
                                               _mm512_set1_epi32(8 * (f % 4)));
      four = _mm512_xor_epi32(four, placed);
    }
    _mm512_store_si512(bytes + static_cast<std::int64_t>(quad) * kInt8Group * 4, four);
  }
  _mm512_store_ps(scale, step);
  norm = std::max(norm, largest(_mm512_mul_ps(_mm512_sqrt_ps(squares), step)) * kUp);
  rest_norm = std::max(rest_norm, largest(_mm512_sqrt_ps(rests)) * kUp);
}

}  // namespace

bool int8_runs_here() {
  static const bool runs =
      __builtin_cpu_supports("avx512vnni") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
      __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
      __builtin_cpu_supports("avx512cd") != 0 && __builtin_cpu_supports("avx512vpopcntdq") != 0;
  return runs;
}

void fill_int8_block(const Blocks& blocks, std::int64_t b, Int8Points& points) {
  for (int i = 0; i < kBlock; i += kLanes) {
    const std::int64_t group = (b * kBlock + i) / kInt8Group;
    std::uint8_t* bytes = points.bytes.data() + group * points.quads * kInt8Group * 4 +
                          static_cast<std::ptrdiff_t>(i % kInt8Group) * 4;
    to_bytes(blocks.block(b) + i, points, bytes, points.scale.data() + b * kBlock + i,
             points.norm[static_cast<std::size_t>(group)],
             points.rest_norm[static_cast<std::size_t>(group)]);
  }
}

}  // namespace covey::internal

#else

namespace covey::internal {

bool int8_runs_here() { return false; }
void fill_int8_block(const Blocks&, std::int64_t, Int8Points&) {}

}  // namespace covey::internal
#endif
