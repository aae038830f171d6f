// Labels of a block by products: of few features with the points in registers, else by the wide
// kernel. Included once a SIMD target.
#if defined(COVEY_ASSIGN_KERNELS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef COVEY_ASSIGN_KERNELS_INL_H
#undef COVEY_ASSIGN_KERNELS_INL_H
#else
#define COVEY_ASSIGN_KERNELS_INL_H
#endif

#include <hwy/highway.h>

#include "blocks.h"
#include "covey/screen.h"
#include "kernels.h"
#include "order.h"
#include "rank_kernels-inl.h"
#include "wide_kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace covey::internal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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

}  // namespace HWY_NAMESPACE
}  // namespace covey::internal
HWY_AFTER_NAMESPACE();

#endif
