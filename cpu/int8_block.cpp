// The labels of one block: which points need a look at all, in groups of 32.
#include <algorithm>

#include "int8_screen.h"
#include "int8_vectors.h"

#if defined(__x86_64__)

namespace covey::internal {
namespace {

constexpr int kLanes = kInt8Lanes;

/// Points of a block, in groups.
struct Listed {
  alignas(64) std::int32_t point[kBlock + kInt8Group];
  int count = 0;
};

/// first, first + 1, ... one a lane.
COVEY_VNNI inline __m512i numbers_from(int first) {
  const __m512i step = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  return _mm512_add_epi32(step, _mm512_set1_epi32(first));
}

COVEY_VNNI void list_all(int filled, Listed& listed) {
  for (int i = 0; i < kBlock; i += kLanes) _mm512_store_si512(listed.point + i, numbers_from(i));
  listed.count = filled;
}

/// Takes the centroids' move off every slack, rounded down, and lists the points that have none
/// left. The others keep their label.
COVEY_VNNI void list_open(const std::int32_t* before, const LabelBounds& bounds, int filled,
                          Listed& listed) {
  for (int i = 0; i < filled; i += kLanes) {
    const auto inside =
        static_cast<__mmask16>(filled - i < kLanes ? (1U << (filled - i)) - 1 : ~0U);
    const __m512i label = _mm512_maskz_loadu_epi32(inside, before + i);
    const __m512 moved =
        _mm512_mask_i32gather_ps(_mm512_setzero_ps(), inside, label, bounds.reach, 4);
    const __m512 slack = _mm512_maskz_loadu_ps(inside, bounds.slack + i);
    // A difference of floats errs by 2^-24 of the larger one at most.
    const __m512 room = _mm512_mul_ps(slack, _mm512_set1_ps(0x1p-22F));
    const __m512 left = _mm512_sub_ps(_mm512_sub_ps(slack, moved), room);
    const __mmask16 open = _mm512_mask_cmp_ps_mask(inside, left, _mm512_setzero_ps(), _CMP_NGT_UQ);
    _mm512_mask_storeu_ps(bounds.slack + i, inside, left);
    _mm512_storeu_si512(listed.point + listed.count,
                        _mm512_maskz_compress_epi32(open, numbers_from(i)));
    listed.count += __builtin_popcount(open);
  }
}

/// Group `first` of the listed points as the screen reads it: where they lie, or side by side in
/// scratch.
COVEY_VNNI Int8GroupView view_of(const Int8Points& points, std::int64_t b, const Listed& listed,
                                 int first, bool all, Int8Scratch& scratch) {
  const std::ptrdiff_t group_bytes = static_cast<std::ptrdiff_t>(points.quads) * kInt8Group * 4;
  const std::int64_t first_group = b * (kBlock / kInt8Group);
  const auto group_of = [&](int i) {
    return static_cast<std::size_t>(first_group + i / kInt8Group);
  };
  const float* scale = points.scale.data() + b * kBlock;
  if (all) {
    const std::size_t group = group_of(first);
    return {points.bytes.data() + static_cast<std::ptrdiff_t>(group) * group_bytes, scale + first,
            points.norm[group], points.rest_norm[group], points.quads};
  }
  Int8GroupView view{scratch.bytes.data(), scratch.scale.data(), 0, 0, points.quads};
  const std::uint8_t* block = points.bytes.data() + first_group * group_bytes;
  for (int side = 0; side < kInt8Group; side += kLanes) {
    const __m512i at = _mm512_load_si512(listed.point + first + side);
    const __m512i group = _mm512_srli_epi32(at, 5);
    const __m512i from =
        _mm512_add_epi32(_mm512_mullo_epi32(group, _mm512_set1_epi32(points.quads * kInt8Group)),
                         _mm512_and_epi32(at, _mm512_set1_epi32(kInt8Group - 1)));
    for (int quad = 0; quad < points.quads; ++quad)
      _mm512_store_si512(
          scratch.bytes.data() + (static_cast<std::ptrdiff_t>(quad) * kInt8Group + side) * 4,
          _mm512_i32gather_epi32(from, block + static_cast<std::ptrdiff_t>(quad) * kInt8Group * 4,
                                 4));
    _mm512_store_ps(scratch.scale.data() + side, _mm512_i32gather_ps(at, scale, 4));
  }
  for (int i = first; i < first + kInt8Group; ++i) {
    view.norm = std::max(view.norm, points.norm[group_of(listed.point[i])]);
    view.rest_norm = std::max(view.rest_norm, points.rest_norm[group_of(listed.point[i])]);
  }
  return view;
}

/// The coordinates of a group on their way into the cache: where the last group had points in
/// question this one will have some, too.
void fetch_columns(const float* columns, int d) {
  for (std::ptrdiff_t f = 0; f < d; ++f) {
    __builtin_prefetch(columns + f * kBlock, 0, 2);
    __builtin_prefetch(columns + f * kBlock + kLanes, 0, 2);
  }
}

unsigned first_bits(int count) { return count >= 32 ? ~0U : (1U << std::max(count, 0)) - 1; }

}  // namespace

int int8_nearest(const Blocks& blocks, const Int8Points& points, std::int64_t b,
                 const Int8Centroids& centroids, bool certify, const std::int32_t* before,
                 const LabelBounds& bounds, std::int32_t* nearest, Int8Scratch& scratch) {
  scratch.reserve(points, centroids);
  centroids.trials->blocks.fetch_add(1, std::memory_order_relaxed);
  const int filled = blocks.filled(b);
  Listed listed;
  if (bounds.reach != nullptr) list_open(before, bounds, filled, listed);
  // Points that lie apart are gathered; most of a block is better taken whole.
  const bool all = bounds.reach == nullptr || listed.count > filled / 4 * 3;
  if (all)
    list_all(filled, listed);
  else
    std::copy_n(before, filled, nearest);
  std::fill_n(listed.point + listed.count, all ? 0 : kInt8Group, listed.point[0]);
  std::fill(nearest + filled, nearest + kBlock, 0);
  int rechecked = 0;
  bool fetch = false;
  for (int first = 0; first < listed.count; first += kInt8Group) {
    if (fetch && all) fetch_columns(blocks.block(b) + first, blocks.d);
    const Int8GroupView group = view_of(points, b, listed, first, all, scratch);
    alignas(64) std::int32_t label[kInt8Group];
    alignas(64) float slack[kInt8Group];
    Int8Open open = int8_score(centroids, group, certify, label,
                               bounds.slack == nullptr ? nullptr : slack, scratch);
    const int count = std::min(kInt8Group, listed.count - first);
    open.left &= first_bits(count);
    open.right &= first_bits(count - kLanes);
    fetch = (open.left | open.right) != 0;
    if (fetch && certify) {
      const int points_open = __builtin_popcount(open.left) + __builtin_popcount(open.right);
      const std::int64_t others = open.candidates - (kInt8Group - points_open);
      if (int8_second_look(points_open, others, blocks.d) > centroids.saving) {
        centroids.trials->failed.fetch_add(1, std::memory_order_relaxed);
        return -1;
      }
      const std::int32_t* point = listed.point + first;
      if (open.left != 0)
        rechecked +=
            int8_resolve(blocks, points, b, centroids, point, 0, open.left, label, scratch);
      if (open.right != 0)
        rechecked += int8_resolve(blocks, points, b, centroids, point + kLanes, kLanes, open.right,
                                  label + kLanes, scratch);
    }
    for (int i = 0; i < count; ++i) {
      nearest[listed.point[first + i]] = label[i];
      if (bounds.slack != nullptr) bounds.slack[listed.point[first + i]] = slack[i];
    }
  }
  return rechecked;
}

}  // namespace covey::internal

#else

namespace covey::internal {

int int8_nearest(const Blocks&, const Int8Points&, std::int64_t, const Int8Centroids&, bool,
                 const std::int32_t*, const LabelBounds&, std::int32_t*, Int8Scratch&) {
  return -1;
}

}  // namespace covey::internal
#endif
