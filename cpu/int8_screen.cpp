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
constexpr int kChunk = kInt8Chunk;
constexpr int kWord = 32;  // candidates of a point are bits of such words

/// Bounds of the scores met so far, of 16 points.
struct Met {
  __m512 scale;
  __m512 least;          // smallest upper bound
  __m512 first, second;  // smallest lower bounds; kept where slack is asked for
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

/// Takes in the scores of 16 points with one centroid; their lower bounds are stored.
template <bool kSlack>
COVEY_VNNI inline void meet(__m512i dot, float centroid_scale, float start, float twice_bound,
                            float* score, Met& met) {
  const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(dot), _mm512_set1_ps(centroid_scale));
  const __m512 low = _mm512_fnmadd_ps(met.scale, product, _mm512_set1_ps(start));
  _mm512_store_ps(score, low);
  met.least = _mm512_min_ps(met.least, _mm512_add_ps(low, _mm512_set1_ps(twice_bound)));
  if constexpr (kSlack) {
    met.second = _mm512_min_ps(met.second, _mm512_max_ps(met.first, low));
    met.first = _mm512_min_ps(met.first, low);
  }
}

COVEY_VNNI inline __m512i four_bytes(const std::int8_t* from) {
  std::int32_t four;
  std::memcpy(&four, from, sizeof four);
  return _mm512_set1_epi32(four);
}

/// Scores of a group against rows [first, last), four at a time.
template <bool kSlack>
COVEY_VNNI void score_chunk(const Int8Centroids& in, const std::uint8_t* bytes, int quads,
                            int first, int last, float* scores, const Int8Scratch& bounds,
                            Met& left_met, Met& right_met) {
  const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(quads) * 4;
  for (int c = first; c < last; c += 4) {
    const std::int8_t* row = in.bytes.data() + c * stride;
    __m512i l0 = _mm512_set1_epi32(in.bias[static_cast<std::size_t>(c)]);
    __m512i l1 = _mm512_set1_epi32(in.bias[static_cast<std::size_t>(c) + 1]);
    __m512i l2 = _mm512_set1_epi32(in.bias[static_cast<std::size_t>(c) + 2]);
    __m512i l3 = _mm512_set1_epi32(in.bias[static_cast<std::size_t>(c) + 3]);
    __m512i r0 = l0, r1 = l1, r2 = l2, r3 = l3;
    const std::uint8_t* x = bytes;
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
    meet<kSlack>(l0, scale[0], start[0], twice[0], score, left_met);
    meet<kSlack>(r0, scale[0], start[0], twice[0], score + 16, right_met);
    meet<kSlack>(l1, scale[1], start[1], twice[1], score + 32, left_met);
    meet<kSlack>(r1, scale[1], start[1], twice[1], score + 48, right_met);
    meet<kSlack>(l2, scale[2], start[2], twice[2], score + 64, left_met);
    meet<kSlack>(r2, scale[2], start[2], twice[2], score + 80, right_met);
    meet<kSlack>(l3, scale[3], start[3], twice[3], score + 96, left_met);
    meet<kSlack>(r3, scale[3], start[3], twice[3], score + 112, right_met);
  }
}

/// Bits of the rows [first, last) whose lower bound does not exceed the least upper bound so far.
COVEY_VNNI void mark_candidates(int first, int last, const float* scores, __m512 least_left,
                                __m512 least_right, AlignedVector<std::uint32_t>& candidates) {
  for (int base = first; base < last; base += kWord) {
    const int end = std::min(base + kWord, last);
    const float* score = scores + static_cast<std::int64_t>(base - first) * kInt8Group;
    __m512i left = _mm512_setzero_si512(), right = left, bit = _mm512_set1_epi32(1);
    for (int c = base; c < end; ++c, score += kInt8Group) {
      const auto in_left = _mm512_cmp_ps_mask(_mm512_load_ps(score), least_left, _CMP_LE_OQ);
      const auto in_right = _mm512_cmp_ps_mask(_mm512_load_ps(score + 16), least_right, _CMP_LE_OQ);
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
COVEY_VNNI unsigned sole_candidates(const Int8Scratch& scratch, int words, int lane,
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

/// Slack of 16 points (docs/exactness.md): (L2 - U1) / sqrt(|x|^2 + 2 L2), rounded down; 0 where
/// that is not positive or more than one candidate is left.
COVEY_VNNI void store_slack(const Met& met, float norm, unsigned open, float* slack) {
  constexpr float kRoom = 0x1p-20F;
  const __m512 gap = _mm512_sub_ps(met.second, met.least);
  const __m512 size = _mm512_fmadd_ps(_mm512_abs_ps(met.second), _mm512_set1_ps(kRoom),
                                      _mm512_set1_ps(norm * norm * (1 + kRoom)));
  const __m512 square = _mm512_fmadd_ps(met.second, _mm512_set1_ps(2.0F), size);
  const __mmask16 some =
      _mm512_cmp_ps_mask(gap, _mm512_setzero_ps(), _CMP_GT_OQ) & ~static_cast<__mmask16>(open);
  const __m512 ratio = _mm512_maskz_div_ps(some, gap, _mm512_sqrt_ps(square));
  _mm512_store_ps(slack, _mm512_mul_ps(ratio, _mm512_set1_ps(1 - kRoom)));
}

template <bool kSlack>
COVEY_VNNI Int8Open score(const Int8Centroids& centroids, const Int8GroupView& group, bool certify,
                          std::int32_t* nearest, float* slack, Int8Scratch& scratch) {
  const __m512 far = _mm512_set1_ps(3e38F);
  Met left{_mm512_load_ps(group.scale), far, far, far}, right = left;
  right.scale = _mm512_load_ps(group.scale + kLanes);
  const int rows = centroids.rows, words = (rows + kWord - 1) / kWord;
  const bool kept = int8_keeps_scores(centroids);
  for (int first = 0; first < rows; first += kChunk) {
    const int last = std::min(first + kChunk, rows);
    bound_scores(centroids, first, last, group.norm, group.rest_norm, certify, scratch);
    float* scores = scratch.scores.data() + (kept ? first * kInt8Group : 0);
    score_chunk<kSlack>(centroids, group.bytes, group.quads, first, last, scores, scratch, left,
                        right);
    mark_candidates(first, last, scores, left.least, right.least, scratch.candidates);
  }
  Int8Open open;
  open.left = sole_candidates(scratch, words, 0, nearest, open.candidates);
  open.right = sole_candidates(scratch, words, kLanes, nearest + kLanes, open.candidates);
  if constexpr (kSlack) {
    const float norm = group.norm + group.rest_norm;
    store_slack(left, norm, open.left, slack);
    store_slack(right, norm, open.right, slack + kLanes);
  }
  return open;
}

}  // namespace

Int8Open int8_score(const Int8Centroids& centroids, const Int8GroupView& group, bool certify,
                    std::int32_t* nearest, float* slack, Int8Scratch& scratch) {
  return slack == nullptr ? score<false>(centroids, group, certify, nearest, slack, scratch)
                          : score<true>(centroids, group, certify, nearest, slack, scratch);
}

}  // namespace covey::internal
#endif
