// Kernels of assignment: the nearest centroids of a block by products or differences. Included once
// a SIMD target.
#if defined(COVEY_ASSIGN_KERNELS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef COVEY_ASSIGN_KERNELS_INL_H
#undef COVEY_ASSIGN_KERNELS_INL_H
#else
#define COVEY_ASSIGN_KERNELS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <bit>

#include "blocks.h"
#include "covey/screen.h"
#include "kernels.h"
#include "order.h"

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

/// A vector of the block after this one on their way into the second cache (the first has no room
/// for two blocks of 16 features): columns of 1 KiB are too short for the hardware to see the next
/// one coming.
HWY_ATTR inline void fetch_ahead(const AssignArguments& in, int i) {
  constexpr int kLongest = 64;  // beyond it the arithmetic takes long enough
  if (in.d > kLongest) return;
  const float* next = in.block + static_cast<std::int64_t>(in.d) * kBlock + i;
  for (std::int64_t f = 0; f < in.d; ++f) __builtin_prefetch(next + f * kBlock, 0, 2);
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

/// Two vectors of points against centroids `first` to `last` (at most a group), four at a time.
HWY_ATTR inline void meet_centroids(const AssignArguments& in, int i, int first, int last,
                                    IndexVector high, Front& left, Front& right) {
  const FloatTag df;
  const int lanes = static_cast<int>(hn::Lanes(df));
  const int d = in.d;
  int c = first;
  for (; c + 4 <= last; c += 4) {
    const float* row = in.centroids + static_cast<std::int64_t>(c) * d;
    FloatVector l0 = hn::Set(df, in.half[c]), l1 = hn::Set(df, in.half[c + 1]);
    FloatVector l2 = hn::Set(df, in.half[c + 2]), l3 = hn::Set(df, in.half[c + 3]);
    FloatVector r0 = l0, r1 = l1, r2 = l2, r3 = l3;
    for (int f = 0; f < d; ++f) {
      const float* x = in.block + static_cast<std::int64_t>(f) * kBlock + i;
      const auto xl = hn::Load(df, x), xr = hn::Load(df, x + lanes);
      const auto c0 = hn::Set(df, row[f]), c1 = hn::Set(df, row[d + f]);
      const auto c2 = hn::Set(df, row[2 * d + f]), c3 = hn::Set(df, row[3 * d + f]);
      l0 = hn::NegMulAdd(xl, c0, l0);
      r0 = hn::NegMulAdd(xr, c0, r0);
      l1 = hn::NegMulAdd(xl, c1, l1);
      r1 = hn::NegMulAdd(xr, c1, r1);
      l2 = hn::NegMulAdd(xl, c2, l2);
      r2 = hn::NegMulAdd(xr, c2, r2);
      l3 = hn::NegMulAdd(xl, c3, l3);
      r3 = hn::NegMulAdd(xr, c3, r3);
    }
    const int at = c - first;
    meet(tagged(l0, at, high), tagged(l1, at + 1, high), tagged(l2, at + 2, high),
         tagged(l3, at + 3, high), left);
    meet(tagged(r0, at, high), tagged(r1, at + 1, high), tagged(r2, at + 2, high),
         tagged(r3, at + 3, high), right);
  }
  for (; c < last; ++c) {
    const float* row = in.centroids + static_cast<std::int64_t>(c) * d;
    FloatVector l = hn::Set(df, in.half[c]), r = l;
    for (int f = 0; f < d; ++f) {
      const float* x = in.block + static_cast<std::int64_t>(f) * kBlock + i;
      const auto value = hn::Set(df, row[f]);
      l = hn::NegMulAdd(hn::Load(df, x), value, l);
      r = hn::NegMulAdd(hn::Load(df, x + lanes), value, r);
    }
    meet(tagged(l, c - first, high), left);
    meet(tagged(r, c - first, high), right);
  }
}

/// One vector of points of kD features in registers, against the same centroids.
template <int kD>
HWY_ATTR inline void meet_in_registers(const AssignArguments& in, const FloatVector* x, int first,
                                       int last, IndexVector high, Front& front) {
  const FloatTag df;
  int c = first;
  for (; c + 4 <= last; c += 4) {
    const float* row = in.centroids + static_cast<std::int64_t>(c) * kD;
    FloatVector s0 = hn::Set(df, in.half[c]), s1 = hn::Set(df, in.half[c + 1]);
    FloatVector s2 = hn::Set(df, in.half[c + 2]), s3 = hn::Set(df, in.half[c + 3]);
#pragma GCC unroll 16
    for (int f = 0; f < kD; ++f) {
      s0 = hn::NegMulAdd(x[f], hn::Set(df, row[f]), s0);
      s1 = hn::NegMulAdd(x[f], hn::Set(df, row[kD + f]), s1);
      s2 = hn::NegMulAdd(x[f], hn::Set(df, row[2 * kD + f]), s2);
      s3 = hn::NegMulAdd(x[f], hn::Set(df, row[3 * kD + f]), s3);
    }
    const int at = c - first;
    meet(tagged(s0, at, high), tagged(s1, at + 1, high), tagged(s2, at + 2, high),
         tagged(s3, at + 3, high), front);
  }
  for (; c < last; ++c) {
    const float* row = in.centroids + static_cast<std::int64_t>(c) * kD;
    FloatVector score = hn::Set(df, in.half[c]);
#pragma GCC unroll 16
    for (int f = 0; f < kD; ++f) score = hn::NegMulAdd(x[f], hn::Set(df, row[f]), score);
    meet(tagged(score, c - first, high), front);
  }
}

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

/// Few features: points stay in registers while all centroids pass.
template <int kD>
HWY_ATTR int narrow_by_products(const AssignArguments& in, std::int32_t* nearest,
                                std::uint16_t* uncertain) {
  const FloatTag df;
  const IndexTag di;
  const int lanes = static_cast<int>(hn::Lanes(df));
  const int bits = tag_bits(in.k);
  const auto high = hn::Set(di, -(1 << bits));
  const TaggedBound bound = tagged_bound(in.d, bits);
  const auto infinity = hn::Set(df, 3.0e38F);
  int count = 0;
  for (int i = 0; i < kBlock; i += lanes) {
    fetch_ahead(in, i);
    FloatVector x[kD];
#pragma GCC unroll 16
    for (int f = 0; f < kD; ++f)
      x[f] = hn::Load(df, in.block + static_cast<std::int64_t>(f) * kBlock + i);
    Ranked ranked{{infinity, infinity}, hn::Zero(di)};
    for (int first = 0; first < in.k; first += kGroup) {
      const int last = first + kGroup < in.k ? first + kGroup : in.k;
      Front front{infinity, infinity};
      meet_in_registers<kD>(in, x, first, last, high, front);
      merge(front, first, high, ranked);
    }
    hn::Store(ranked.nearest, di, nearest + i);
    if (in.certify && in.k > 1)
      count += append_uncertain<kD>(in, i, bound, ranked.front, uncertain + count);
  }
  return count;
}

HWY_ATTR int wide_by_products(const AssignArguments& in, std::int32_t* nearest,
                              std::uint16_t* uncertain) {
  const FloatTag df;
  const IndexTag di;
  const int lanes = static_cast<int>(hn::Lanes(df));
  const int bits = tag_bits(in.k);
  const auto high = hn::Set(di, -(1 << bits));
  const TaggedBound bound = tagged_bound(in.d, bits);
  const auto infinity = hn::Set(df, 3.0e38F);
  int count = 0;
  for (int i = 0; i < kBlock; i += 2 * lanes) {
    fetch_ahead(in, i);
    fetch_ahead(in, i + lanes);
    Ranked left{{infinity, infinity}, hn::Zero(di)};
    Ranked right = left;
    for (int first = 0; first < in.k; first += kGroup) {
      const int last = first + kGroup < in.k ? first + kGroup : in.k;
      Front l{infinity, infinity}, r = l;
      meet_centroids(in, i, first, last, high, l, r);
      merge(l, first, high, left);
      merge(r, first, high, right);
    }
    hn::Store(left.nearest, di, nearest + i);
    hn::Store(right.nearest, di, nearest + i + lanes);
    if (in.certify && in.k > 1) {
      count += append_uncertain<0>(in, i, bound, left.front, uncertain + count);
      count += append_uncertain<0>(in, i + lanes, bound, right.front, uncertain + count);
    }
  }
  return count;
}

template <int kD>
HWY_ATTR int dispatch_products(const AssignArguments& in, std::int32_t* nearest,
                               std::uint16_t* uncertain) {
  if constexpr (kD == 0) {
    return wide_by_products(in, nearest, uncertain);
  } else {
    return in.d == kD ? narrow_by_products<kD>(in, nearest, uncertain)
                      : dispatch_products<kD - 1>(in, nearest, uncertain);
  }
}

HWY_ATTR int by_products(const AssignArguments& in, std::int32_t* nearest,
                         std::uint16_t* uncertain) {
  return dispatch_products<kMaxBoxDimensions>(in, nearest, uncertain);
}

/// By differences: one vector of points, one centroid at a time; only where products leave much
/// open.
HWY_ATTR int by_differences(const AssignArguments& in, std::int32_t* nearest,
                            std::uint16_t* uncertain) {
  const FloatTag df;
  const IndexTag di;
  const int lanes = static_cast<int>(hn::Lanes(df));
  int count = 0;
  for (int i = 0; i < kBlock; i += lanes) {
    auto best = hn::Set(df, 3.0e38F), second = best;
    auto position = hn::Zero(di);
    for (int c = 0; c < in.k; ++c) {
      const float* row = in.centroids + static_cast<std::int64_t>(c) * in.d;
      auto sum = hn::Zero(df);
      for (int f = 0; f < in.d; ++f) {
        const auto x = hn::Load(df, in.block + static_cast<std::int64_t>(f) * kBlock + i);
        const auto difference = hn::Sub(x, hn::Set(df, row[f]));
        sum = hn::MulAdd(difference, difference, sum);
      }
      const auto closer = hn::RebindMask(di, hn::Lt(sum, best));
      second = hn::Min(second, hn::Max(best, sum));
      best = hn::Min(best, sum);
      position = hn::IfThenElse(closer, hn::Set(di, c), position);
    }
    hn::Store(position, di, nearest + i);
    if (in.certify && in.k > 1) {
      const auto gap = hn::Mul(hn::Set(df, difference_bound(in.d)), second);
      count +=
          append_unset(df, hn::Gt(hn::Sub(second, best), gap), i, in.points, uncertain + count);
    }
  }
  return count;
}

}  // namespace HWY_NAMESPACE
}  // namespace covey::internal
HWY_AFTER_NAMESPACE();

#endif
