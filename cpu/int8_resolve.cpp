// The second look of the int8 screen: the few centroids that bytes leave in question, by float32
// differences with their own certificate, and by integers where that does not decide.
#include <algorithm>

#include "covey/screen.h"
#include "int8_screen.h"
#include "int8_vectors.h"

#if defined(__x86_64__)

namespace covey::internal {
namespace {

constexpr int kLanes = kInt8Lanes;
constexpr float kInfinity = 3e38F;

/// 16 points of up to 16 features, feature by feature a block's column apart, become rows.
COVEY_VNNI inline void transpose(const float* columns, int features, float* rows, int padded) {
  __m512 a[kLanes], b[kLanes];
  for (int f = 0; f < kLanes; ++f)
    a[f] = f < features ? _mm512_load_ps(columns + static_cast<std::ptrdiff_t>(f) * kBlock)
                        : _mm512_setzero_ps();
  for (int f = 0; f < kLanes; f += 2) {
    b[f] = _mm512_unpacklo_ps(a[f], a[f + 1]);
    b[f + 1] = _mm512_unpackhi_ps(a[f], a[f + 1]);
  }
  for (int f = 0; f < kLanes; f += 4) {
    const __m512d p = _mm512_castps_pd(b[f]), q = _mm512_castps_pd(b[f + 1]);
    const __m512d r = _mm512_castps_pd(b[f + 2]), s = _mm512_castps_pd(b[f + 3]);
    a[f] = _mm512_castpd_ps(_mm512_unpacklo_pd(p, r));
    a[f + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(p, r));
    a[f + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(q, s));
    a[f + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(q, s));
  }
  // Now quarter L of a[4 g + j] holds features 4 g to 4 g + 3 of point 4 L + j.
  for (int j = 0; j < 4; ++j) {
    const __m512 low_left = _mm512_shuffle_f32x4(a[j], a[4 + j], 0x44);
    const __m512 low_right = _mm512_shuffle_f32x4(a[8 + j], a[12 + j], 0x44);
    const __m512 high_left = _mm512_shuffle_f32x4(a[j], a[4 + j], 0xEE);
    const __m512 high_right = _mm512_shuffle_f32x4(a[8 + j], a[12 + j], 0xEE);
    float* row = rows + static_cast<std::ptrdiff_t>(j) * padded;
    const std::ptrdiff_t four = static_cast<std::ptrdiff_t>(4) * padded;
    _mm512_store_ps(row, _mm512_shuffle_f32x4(low_left, low_right, 0x88));
    _mm512_store_ps(row + four, _mm512_shuffle_f32x4(low_left, low_right, 0xDD));
    _mm512_store_ps(row + 2 * four, _mm512_shuffle_f32x4(high_left, high_right, 0x88));
    _mm512_store_ps(row + 3 * four, _mm512_shuffle_f32x4(high_left, high_right, 0xDD));
  }
}

/// Squared distance by differences. Every term passes d / 16 sums of its lane and four of lanes.
COVEY_VNNI float distance(const float* a, const float* b, int padded) {
  __m512 sum = _mm512_setzero_ps();
  for (int f = 0; f < padded; f += kLanes) {
    const __m512 difference = _mm512_sub_ps(_mm512_load_ps(a + f), _mm512_load_ps(b + f));
    sum = _mm512_fmadd_ps(difference, difference, sum);
  }
  return _mm512_reduce_add_ps(sum);
}

std::int64_t exact_distance(const float* a, const float* b, int d) {
  std::int64_t sum = 0;
  for (int f = 0; f < d; ++f) {
    const auto difference = static_cast<std::int64_t>(a[f] - b[f]);
    sum += difference * difference;
  }
  return sum;
}

/// By exact distance, then coordinates.
std::int32_t nearest_exactly(const Int8Centroids& in, std::span<const std::int32_t> candidates,
                             const float* point) {
  std::int32_t best = -1;
  std::int64_t least = 0;
  for (const std::int32_t c : candidates) {
    const std::int64_t other = exact_distance(point, in.row(c), in.padded_d);
    const bool first =
        best < 0 || other < least ||
        (other == least && std::lexicographical_compare(in.row(c), in.row(c) + in.padded_d,
                                                        in.row(best), in.row(best) + in.padded_d));
    if (!first) continue;
    best = c;
    least = other;
  }
  return best;
}

/// Distances to four rows at a time: out[i] belongs to rows[i].
COVEY_VNNI void distances(const Int8Centroids& in, const float* point, const std::int32_t* rows,
                          float* out) {
  const float* a = in.row(rows[0]);
  const float* b = in.row(rows[1]);
  const float* c = in.row(rows[2]);
  const float* e = in.row(rows[3]);
  __m512 sum_a = _mm512_setzero_ps(), sum_b = sum_a, sum_c = sum_a, sum_e = sum_a;
  for (int f = 0; f < in.padded_d; f += kLanes) {
    const __m512 x = _mm512_load_ps(point + f);
    const __m512 to_a = _mm512_sub_ps(x, _mm512_load_ps(a + f));
    const __m512 to_b = _mm512_sub_ps(x, _mm512_load_ps(b + f));
    const __m512 to_c = _mm512_sub_ps(x, _mm512_load_ps(c + f));
    const __m512 to_e = _mm512_sub_ps(x, _mm512_load_ps(e + f));
    sum_a = _mm512_fmadd_ps(to_a, to_a, sum_a);
    sum_b = _mm512_fmadd_ps(to_b, to_b, sum_b);
    sum_c = _mm512_fmadd_ps(to_c, to_c, sum_c);
    sum_e = _mm512_fmadd_ps(to_e, to_e, sum_e);
  }
  // Quarters hold a, b, c, e side by side after two rounds of adding pairs.
  const __m512 ab =
      _mm512_add_ps(_mm512_unpacklo_ps(sum_a, sum_b), _mm512_unpackhi_ps(sum_a, sum_b));
  const __m512 ce =
      _mm512_add_ps(_mm512_unpacklo_ps(sum_c, sum_e), _mm512_unpackhi_ps(sum_c, sum_e));
  const __m512 all =
      _mm512_add_ps(_mm512_shuffle_ps(ab, ce, 0x44), _mm512_shuffle_ps(ab, ce, 0xEE));
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
  _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1)));
}

/// The two smallest distances met so far.
struct Nearest {
  std::int32_t row = -1;
  float first = kInfinity, second = kInfinity;

  void meet(std::int32_t other, float at) {
    second = std::min(second, std::max(first, at));
    row = at < first ? other : row;
    first = std::min(first, at);
  }
};

/// Leaves in `list` only rows whose score does not exceed what the score of a centroid as near as
/// the one of least score can be; that one comes first. scores[c * kInt8Group]: lower bounds of
/// |c - origin|^2 / 2 - (x - origin).(c - origin). Its distance goes to `nearest`.
std::size_t prune(const Int8Points& points, const Int8Centroids& in, const float* scores,
                  const float* point, std::vector<std::int32_t>& list, std::size_t count,
                  Nearest& nearest) {
  // Covers float32's errors in both sums and in the few operations on them.
  const float unit = static_cast<float>(points.d + 16) * 0x1p-24F;
  const auto score = [&](std::int32_t c) {
    return scores[static_cast<std::ptrdiff_t>(c) * kInt8Group];
  };
  for (std::size_t i = 1; i < count; ++i)
    if (score(list[i]) < score(list[0])) std::swap(list[i], list[0]);
  const float square = distance(point, points.origin.data(), in.padded_d);
  const float at = distance(point, in.row(list[0]), in.padded_d);
  nearest.meet(list[0], at);
  const float most = 0.5F * (at * (1 + unit) - square * (1 - unit));
  std::size_t kept = 1;
  for (std::size_t i = 1; i < count; ++i) {
    list[kept] = list[i];
    kept += score(list[i]) <= most ? 1 : 0;
  }
  return kept;
}

/// The nearest candidate of one point; `exactly` says whether integers had to decide. Scores may be
/// null: not kept.
std::int32_t nearest_candidate(const Int8Points& points, const Int8Centroids& in,
                               const std::uint32_t* candidates, int words, const float* scores,
                               const float* point, std::vector<std::int32_t>& list, bool& exactly) {
  std::size_t count = 0;
  for (int w = 0; w < words; ++w) {
    std::uint32_t bits = candidates[static_cast<std::ptrdiff_t>(w) * kInt8Group];
    for (; bits != 0; bits &= bits - 1) list[count++] = w * 32 + __builtin_ctz(bits);
  }
  Nearest nearest;
  std::size_t i = 0;
  if (scores != nullptr) {
    count = prune(points, in, scores, point, list, count, nearest);
    i = 1;
  }
  for (; i < count; i += 4) {
    float at[4];
    for (std::size_t j = count; j < i + 4; ++j) list[j] = list[i];
    distances(in, point, list.data() + i, at);
    for (std::size_t j = i; j < std::min(i + 4, count); ++j) nearest.meet(list[j], at[j - i]);
  }
  exactly = nearest.second < kInfinity &&
            !(nearest.second - nearest.first >
              difference_bound(kLanes + points.d / kLanes) * nearest.second);
  return exactly ? nearest_exactly(in, {list.data(), count}, point) : nearest.row;
}

}  // namespace

int int8_resolve(const Blocks& blocks, const Int8Points& points, std::int64_t b,
                 const Int8Centroids& centroids, const std::int32_t* point, int lane, unsigned open,
                 std::int32_t* nearest, Int8Scratch& scratch) {
  const int padded = centroids.padded_d;
  const int words = (centroids.rows + 31) / 32;
  const bool scores_are_kept = int8_keeps_scores(centroids);
  const bool in_line = point[kLanes - 1] == point[0] + kLanes - 1 && point[0] % kLanes == 0;
  const float* columns = blocks.block(b);
  for (int f = 0; f < blocks.d && in_line; f += kLanes)
    transpose(columns + static_cast<std::ptrdiff_t>(f) * kBlock + point[0], blocks.d - f,
              scratch.rows.data() + f, padded);
  int rechecked = 0;
  for (; open != 0; open &= open - 1) {
    const int at = __builtin_ctz(open);
    float* row = scratch.rows.data() + static_cast<std::ptrdiff_t>(at) * padded;
    if (!in_line) {
      for (int f = 0; f < padded; ++f)
        row[f] = f < blocks.d ? columns[static_cast<std::ptrdiff_t>(f) * kBlock + point[at]] : 0.0F;
    }
    bool exactly = false;
    nearest[at] = nearest_candidate(points, centroids, scratch.candidates.data() + lane + at, words,
                                    scores_are_kept ? scratch.scores.data() + lane + at : nullptr,
                                    row, scratch.list, exactly);
    rechecked += exactly ? 1 : 0;
  }
  return rechecked;
}

}  // namespace covey::internal
#endif
