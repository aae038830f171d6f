// What the kernels of assignment share: the two smallest scores of each point, and which points
// they leave uncertain. Included once a SIMD target.
#if defined(COVEY_RANK_KERNELS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef COVEY_RANK_KERNELS_INL_H
#undef COVEY_RANK_KERNELS_INL_H
#else
#define COVEY_RANK_KERNELS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <bit>

#include "blocks.h"
#include "covey/screen.h"
#include "kernels.h"

HWY_BEFORE_NAMESPACE();
namespace covey::internal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVector = hn::Vec<FloatTag>;
using IndexTag = hn::RebindToSigned<FloatTag>;
using IndexVector = hn::Vec<IndexTag>;

/// Appends `first` + lane for each lane of a vector where the mask is not set, below `points`.
template <class Tag, class Mask>
HWY_ATTR inline int append_unset(Tag tag, Mask mask, int first, int points, std::uint16_t* list) {
  if (hn::AllTrue(tag, mask)) return 0;
  std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(tag, mask, bytes);
  const int lanes = static_cast<int>(hn::Lanes(tag));
  std::uint64_t unset = ~std::bit_cast<std::uint64_t>(bytes);
  unset &= (std::uint64_t{1} << std::clamp(points - first, 0, lanes)) - 1;
  int found = 0;
  for (; unset != 0; unset &= unset - 1)
    list[found++] = static_cast<std::uint16_t>(first + std::countr_zero(unset));
  return found;
}

/// The vector of points from `next` on its way into the second cache (the first has no room for two
/// blocks of 16 features): columns of 1 KiB are too short for the hardware to see the next one
/// coming.
HWY_ATTR inline void fetch(const float* next, int d) {
  for (std::int64_t f = 0; f < d; ++f) __builtin_prefetch(next + f * kBlock, 0, 2);
}

/// Vector i of the block after this one.
HWY_ATTR inline void fetch_ahead(const AssignArguments& in, int i) {
  fetch(in.block + static_cast<std::int64_t>(in.d) * kBlock + i, in.d);
}

/// Smallest and second smallest score so far, for one vector of points. The low bits of a score
/// hold the position of its centroid among 64.
struct Front {
  FloatVector best, second;
};

/// Four more scores of each point.
HWY_ATTR inline void meet(FloatVector s0, FloatVector s1, FloatVector s2, FloatVector s3,
                          Front& front) {
  const auto low01 = hn::Min(s0, s1), high01 = hn::Max(s0, s1);
  const auto low23 = hn::Min(s2, s3), high23 = hn::Max(s2, s3);
  const auto least = hn::Min(low01, low23);
  const auto next = hn::Min(hn::Min(high01, high23), hn::Max(low01, low23));
  front.second = hn::Min(hn::Min(front.second, next), hn::Max(front.best, least));
  front.best = hn::Min(front.best, least);
}
HWY_ATTR inline void meet(FloatVector score, Front& front) {
  front.second = hn::Min(front.second, hn::Max(front.best, score));
  front.best = hn::Min(front.best, score);
}

/// The score with the position in place of the low bits that `high` leaves out.
HWY_ATTR inline FloatVector tagged(FloatVector score, int position, IndexVector high) {
  const FloatTag df;
  const IndexTag di;
  return hn::BitCast(df, hn::OrAnd(hn::Set(di, position), hn::BitCast(di, score), high));
}

constexpr int kGroup = 64;  // centroids that a tag tells apart

/// The front of all centroids so far, with the position that the low bits no longer tell.
struct Ranked {
  Front front;
  IndexVector nearest;
};

HWY_ATTR inline void merge(const Front& group, int first, IndexVector high, Ranked& ranked) {
  const IndexTag di;
  Front& front = ranked.front;
  const auto position = hn::Add(hn::AndNot(high, hn::BitCast(di, group.best)), hn::Set(di, first));
  const auto closer = hn::RebindMask(di, hn::Lt(group.best, front.best));
  ranked.nearest = hn::IfThenElse(closer, position, ranked.nearest);
  front.second = hn::Min(hn::Min(front.second, group.second), hn::Max(front.best, group.best));
  front.best = hn::Min(front.best, group.best);
}

/// What |x|^2 adds to the gap that certifies each of a vector of points: by the block's largest
/// |x|^2 where blocks are small boxes, else by each point's own.
template <int kD>
HWY_ATTR inline FloatVector square_share(const AssignArguments& in, int i, float of_square) {
  const FloatTag df;
  if (kD > 0) return hn::Set(df, of_square * in.largest_square);
  auto square = hn::Zero(df);
  for (int f = 0; f < in.d; ++f) {
    const auto x = hn::Load(df, in.block + static_cast<std::int64_t>(f) * kBlock + i);
    square = hn::MulAdd(x, x, square);
  }
  return hn::Mul(hn::Set(df, of_square), square);
}

template <int kD>
HWY_ATTR inline int append_uncertain(const AssignArguments& in, int i, const TaggedBound& bound,
                                     const Front& front, std::uint16_t* uncertain) {
  const FloatTag df;
  const auto gap =
      hn::MulAdd(hn::Set(df, bound.of_best), front.best, square_share<kD>(in, i, bound.of_square));
  return append_unset(df, hn::Gt(hn::Sub(front.second, front.best), gap), i, in.points, uncertain);
}

}  // namespace HWY_NAMESPACE
}  // namespace covey::internal
HWY_AFTER_NAMESPACE();

#endif
