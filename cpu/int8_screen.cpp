// The first look of the int8 screen. This file and int8_resolve.cpp are the only ones with
// instructions of one CPU family: Highway 1.0.3 has no products of bytes.
#include "int8_screen.h"

#include <algorithm>
#include <cstring>

#include "int8_vectors.h"

#if defined(__x86_64__)

namespace covey::internal {
namespace {

constexpr int kLanes = kInt8Lanes;
// Centroids whose scores stay in the first cache at a time, and the most whose scores are kept.
constexpr int kChunk = 256, kMostKept = 1024;
constexpr int kWord = 32;  // candidates of a point are bits of such words

/// One group of points on its way through the centroids.
struct Group {
  const std::uint8_t* bytes;
  __m512 scale[2];
  __m512 least[2];  // smallest upper bound of a score so far
};

/// start = half - bound and twice_bound of rows [first, last) for points of this norm and rest.
COVEY_VNNI void bound_scores(const Int8Centroids& in, int first, int last, float norm,
                             float rest_norm, bool certify, Int8Scratch& out) {
  const __m512 point = _mm512_set1_ps(norm), rest = _mm512_set1_ps(rest_norm);
  for (int c = first; c < last; c += kLanes) {
    __m512 bound = _mm512_setzero_ps();
    if (certify)
      bound = _mm512_fmadd_ps(rest, _mm512_load_ps(in.norm.data() + c),
                              _mm512_fmadd_ps(point, _mm512_load_ps(in.rest_norm.data() + c),
                                              _mm512_load_ps(in.rounding.data() + c)));
    _mm512_store_ps(out.start.data() + (c - first),
                    _mm512_sub_ps(_mm512_load_ps(in.half.data() + c), bound));
    _mm512_store_ps(out.twice_bound.data() + (c - first), _mm512_add_ps(bound, bound));
  }
}

/// The lower bound of a vector's scores, kept; its upper bound lowers `least`.
COVEY_VNNI inline void finish(__m512i dot, __m512 scale, float centroid_scale, float start,
                              float twice_bound, float* score, __m512& least) {
  const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(dot), _mm512_set1_ps(centroid_scale));
  const __m512 low = _mm512_fnmadd_ps(scale, product, _mm512_set1_ps(start));
  _mm512_store_ps(score, low);
  least = _mm512_min_ps(least, _mm512_add_ps(low, _mm512_set1_ps(twice_bound)));
}

COVEY_VNNI inline __m512i four_bytes(const std::int8_t* from) {
  std::int32_t four;
  std::memcpy(&four, from, sizeof four);
  return _mm512_set1_epi32(four);
}

/// Scores of a group against rows [first, last), four at a time.
COVEY_VNNI void score_chunk(const Int8Centroids& in, int quads, int first, int last, Group& group,
                            float* scores, const Int8Scratch& bounds) {
  const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(quads) * 4;
  for (int c = first; c < last; c += 4) {
    const std::int8_t* row = in.bytes.data() + c * stride;
    __m512i l0 = _mm512_set1_epi32(in.bias[static_cast<std::size_t>(c)]);
    __m512i l1 = _mm512_set1_epi32(in.bias[static_cast<std::size_t>(c) + 1]);
    __m512i l2 = _mm512_set1_epi32(in.bias[static_cast<std::size_t>(c) + 2]);
    __m512i l3 = _mm512_set1_epi32(in.bias[static_cast<std::size_t>(c) + 3]);
    __m512i r0 = l0, r1 = l1, r2 = l2, r3 = l3;
    const std::uint8_t* x = group.bytes;
    for (std::ptrdiff_t at = 0; at < stride;
         at += 4, x += static_cast<std::ptrdiff_t>(kInt8Group) * 4) {
      const __m512i left = _mm512_load_si512(x), right = _mm512_load_si512(x + 64);
      const __m512i c0 = four_bytes(row + at);
      const __m512i c1 = four_bytes(row + stride + at);
      const __m512i c2 = four_bytes(row + 2 * stride + at);
      const __m512i c3 = four_bytes(row + 3 * stride + at);
      l0 = _mm512_dpbusd_epi32(l0, left, c0);
      r0 = _mm512_dpbusd_epi32(r0, right, c0);
      l1 = _mm512_dpbusd_epi32(l1, left, c1);
      r1 = _mm512_dpbusd_epi32(r1, right, c1);
      l2 = _mm512_dpbusd_epi32(l2, left, c2);
      r2 = _mm512_dpbusd_epi32(r2, right, c2);
      l3 = _mm512_dpbusd_epi32(l3, left, c3);
      r3 = _mm512_dpbusd_epi32(r3, right, c3);
    }
    const float* scale = in.scale.data() + c;
    const float* start = bounds.start.data() + (c - first);
    const float* twice = bounds.twice_bound.data() + (c - first);
    float* score = scores + static_cast<std::int64_t>(c - first) * kInt8Group;
    finish(l0, group.scale[0], scale[0], start[0], twice[0], score, group.least[0]);
    finish(r0, group.scale[1], scale[0], start[0], twice[0], score + 16, group.least[1]);
    finish(l1, group.scale[0], scale[1], start[1], twice[1], score + 32, group.least[0]);
    finish(r1, group.scale[1], scale[1], start[1], twice[1], score + 48, group.least[1]);
    finish(l2, group.scale[0], scale[2], start[2], twice[2], score + 64, group.least[0]);
    finish(r2, group.scale[1], scale[2], start[2], twice[2], score + 80, group.least[1]);
    finish(l3, group.scale[0], scale[3], start[3], twice[3], score + 96, group.least[0]);
    finish(r3, group.scale[1], scale[3], start[3], twice[3], score + 112, group.least[1]);
  }
}

/// Bits of the rows [first, last) whose lower bound does not exceed the least upper bound so far.
COVEY_VNNI void mark_candidates(int first, int last, const Group& group, const float* scores,
                                AlignedVector<std::uint32_t>& candidates) {
  for (int base = first; base < last; base += kWord) {
    const int end = std::min(base + kWord, last);
    const float* score = scores + static_cast<std::int64_t>(base - first) * kInt8Group;
    __m512i left = _mm512_setzero_si512(), right = left, bit = _mm512_set1_epi32(1);
    for (int c = base; c < end; ++c, score += kInt8Group) {
      const auto in_left = _mm512_cmp_ps_mask(_mm512_load_ps(score), group.least[0], _CMP_LE_OQ);
      const auto in_right =
          _mm512_cmp_ps_mask(_mm512_load_ps(score + 16), group.least[1], _CMP_LE_OQ);
      left = _mm512_mask_or_epi32(left, in_left, left, bit);
      right = _mm512_mask_or_epi32(right, in_right, right, bit);
      bit = _mm512_slli_epi32(bit, 1);
    }
    std::uint32_t* word = candidates.data() + static_cast<std::int64_t>(base / kWord) * kInt8Group;
    _mm512_store_si512(word, left);
    _mm512_store_si512(word + 16, right);
  }
}

/// For 16 points of the group from `lane` on: nearest = their last candidate, and the mask of those
/// that have more than one. Adds the number of candidates to `total`.
COVEY_VNNI __mmask16 sole_candidates(const Int8Scratch& scratch, int words, int lane,
                                     std::int32_t* nearest, std::int64_t& total) {
  __m512i count = _mm512_setzero_si512(), last = count;
  for (int w = 0; w < words; ++w) {
    const __m512i bits = _mm512_load_si512(scratch.candidates.data() +
                                           static_cast<std::int64_t>(w) * kInt8Group + lane);
    count = _mm512_add_epi32(count, _mm512_popcnt_epi32(bits));
    const __m512i highest =
        _mm512_sub_epi32(_mm512_set1_epi32(w * kWord + kWord - 1), _mm512_lzcnt_epi32(bits));
    last = _mm512_mask_mov_epi32(last, _mm512_test_epi32_mask(bits, bits), highest);
  }
  _mm512_store_si512(nearest, last);
  total += _mm512_reduce_add_epi32(count);
  return _mm512_cmpgt_epi32_mask(count, _mm512_set1_epi32(1));
}

/// The coordinates of a group on their way into the cache: where the last group had points in
/// question this one will have some, too.
void fetch_columns(const float* columns, int d) {
  for (std::ptrdiff_t f = 0; f < d; ++f) {
    __builtin_prefetch(columns + f * kBlock, 0, 2);
    __builtin_prefetch(columns + f * kBlock + kLanes, 0, 2);
  }
}

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

COVEY_VNNI int int8_nearest(const Blocks& blocks, const Int8Points& points, std::int64_t b,
                            const Int8Centroids& centroids, bool certify, std::int32_t* nearest,
                            Int8Scratch& scratch) {
  const int rows = centroids.rows;
  const int words = (rows + kWord - 1) / kWord;
  const bool scores_are_kept = rows <= kMostKept;
  scratch.reserve(scores_are_kept ? rows : kChunk, kChunk, words, centroids.padded_d);
  const int filled = blocks.filled(b);
  centroids.trials->blocks.fetch_add(1, std::memory_order_relaxed);
  int rechecked = 0;
  bool fetch = false;
  for (int i = 0; i < filled; i += kInt8Group) {
    if (fetch) fetch_columns(blocks.block(b) + i, blocks.d);
    fetch = false;
    const std::int64_t g = (b * kBlock + i) / kInt8Group;
    const float* scale = points.scale.data() + b * kBlock + i;
    Group group{points.bytes.data() + g * points.quads * kInt8Group * 4,
                {_mm512_load_ps(scale), _mm512_load_ps(scale + kLanes)},
                {_mm512_set1_ps(3e38F), _mm512_set1_ps(3e38F)}};
    for (int first = 0; first < rows; first += kChunk) {
      const int last = std::min(first + kChunk, rows);
      bound_scores(centroids, first, last, points.norm[static_cast<std::size_t>(g)],
                   points.rest_norm[static_cast<std::size_t>(g)], certify, scratch);
      float* scores = scratch.scores.data() + (scores_are_kept ? first * kInt8Group : 0);
      score_chunk(centroids, points.quads, first, last, group, scores, scratch);
      mark_candidates(first, last, group, scores, scratch.candidates);
    }
    std::int64_t candidates = 0;
    for (int lane = 0; lane < kInt8Group && i + lane < filled; lane += kLanes) {
      unsigned open = sole_candidates(scratch, words, lane, nearest + i + lane, candidates);
      if (filled - i - lane < kLanes) open &= (1U << (filled - i - lane)) - 1;
      if (open == 0 || !certify) continue;
      if (candidates > centroids.most_candidates) {
        centroids.trials->failed.fetch_add(1, std::memory_order_relaxed);
        return -1;
      }
      fetch = true;
      rechecked += int8_resolve(blocks, points, b, centroids, i + lane, open, scores_are_kept,
                                scratch, nearest);
    }
  }
  std::fill(nearest + filled, nearest + kBlock, 0);
  return rechecked;
}

}  // namespace covey::internal

#else

namespace covey::internal {

bool int8_runs_here() { return false; }
void fill_int8_block(const Blocks&, std::int64_t, Int8Points&) {}
int int8_nearest(const Blocks&, const Int8Points&, std::int64_t, const Int8Centroids&, bool,
                 std::int32_t*, Int8Scratch&) {
  return -1;
}

}  // namespace covey::internal
#endif
