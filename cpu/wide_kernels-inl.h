// Labels of a block by products or differences for any number of features: two vectors of points
// against four centroids at a time. Included once a SIMD target.
#if defined(COVEY_WIDE_KERNELS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef COVEY_WIDE_KERNELS_INL_H
#undef COVEY_WIDE_KERNELS_INL_H
#else
#define COVEY_WIDE_KERNELS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <utility>

#include "blocks.h"
#include "covey/screen.h"
#include "kernels.h"
#include "rank_kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace covey::internal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// How a score grows by one feature: squared differences, or less a product.
struct Differences {
  static HWY_ATTR FloatVector add(FloatVector x, FloatVector c, FloatVector sum) {
    const auto difference = hn::Sub(x, c);
    return hn::MulAdd(difference, difference, sum);
  }
};
struct Products {
  static HWY_ATTR FloatVector add(FloatVector x, FloatVector c, FloatVector sum) {
    return hn::NegMulAdd(x, c, sum);
  }
};

/// Scores of two vectors of points with four centroids.
struct Scores {
  FloatVector l0, l1, l2, l3, r0, r1, r2, r3;
};

/// Features `from` to `to` of the two vectors at x.
template <class Term>
HWY_ATTR inline void add_features(const float* x, const float* const rows[4], int from, int to,
                                  Scores& sum) {
  const FloatTag df;
  const int lanes = static_cast<int>(hn::Lanes(df));
  for (std::int64_t f = from; f < to; ++f) {
    const auto xl = hn::Load(df, x + f * kBlock), xr = hn::Load(df, x + f * kBlock + lanes);
    const auto c0 = hn::Set(df, rows[0][f]), c1 = hn::Set(df, rows[1][f]);
    const auto c2 = hn::Set(df, rows[2][f]), c3 = hn::Set(df, rows[3][f]);
    sum.l0 = Term::add(xl, c0, sum.l0);
    sum.r0 = Term::add(xr, c0, sum.r0);
    sum.l1 = Term::add(xl, c1, sum.l1);
    sum.r1 = Term::add(xr, c1, sum.r1);
    sum.l2 = Term::add(xl, c2, sum.l2);
    sum.r2 = Term::add(xr, c2, sum.r2);
    sum.l3 = Term::add(xl, c3, sum.l3);
    sum.r3 = Term::add(xr, c3, sum.r3);
  }
}

/// Adds all features to the scores' start, in pieces of kSummed.
template <class Term>
HWY_ATTR inline void add_all(const AssignArguments& in, int i, const float* const rows[4],
                             Scores& sum) {
  const float* x = in.block + i;
  add_features<Term>(x, rows, 0, std::min(in.d, kSummed), sum);
  for (int from = kSummed; from < in.d; from += kSummed) {
    const auto zero = hn::Zero(FloatTag());
    Scores part{zero, zero, zero, zero, zero, zero, zero, zero};
    add_features<Term>(x, rows, from, std::min(in.d, from + kSummed), part);
    sum.l0 = hn::Add(sum.l0, part.l0);
    sum.r0 = hn::Add(sum.r0, part.r0);
    sum.l1 = hn::Add(sum.l1, part.l1);
    sum.r1 = hn::Add(sum.r1, part.r1);
    sum.l2 = hn::Add(sum.l2, part.l2);
    sum.r2 = hn::Add(sum.r2, part.r2);
    sum.l3 = hn::Add(sum.l3, part.l3);
    sum.r3 = hn::Add(sum.r3, part.r3);
  }
}

/// Two vectors of points against centroids `first` to `last` (at most a group), four at a time; of
/// the last four some may repeat, and are not counted twice.
HWY_ATTR inline void meet_centroids(const AssignArguments& in, int i, int first, int last,
                                    IndexVector high, Front& left, Front& right) {
  const FloatTag df;
  for (int c = first; c < last; c += 4) {
    const float* rows[4];
    FloatVector half[4];
    for (int r = 0; r < 4; ++r) {
      const std::int64_t at = std::min(c + r, last - 1);
      rows[r] = in.centroids + at * in.d;
      half[r] = hn::Set(df, in.half[at]);
    }
    Scores s{half[0], half[1], half[2], half[3], half[0], half[1], half[2], half[3]};
    add_all<Products>(in, i, rows, s);
    const int at = c - first;
    if (c + 4 <= last) {
      meet(tagged(s.l0, at, high), tagged(s.l1, at + 1, high), tagged(s.l2, at + 2, high),
           tagged(s.l3, at + 3, high), left);
      meet(tagged(s.r0, at, high), tagged(s.r1, at + 1, high), tagged(s.r2, at + 2, high),
           tagged(s.r3, at + 3, high), right);
      continue;
    }
    meet(tagged(s.l0, at, high), left);
    meet(tagged(s.r0, at, high), right);
    if (c + 1 < last) {
      meet(tagged(s.l1, at + 1, high), left);
      meet(tagged(s.r1, at + 1, high), right);
    }
    if (c + 2 < last) {
      meet(tagged(s.l2, at + 2, high), left);
      meet(tagged(s.r2, at + 2, high), right);
    }
  }
}

HWY_ATTR int wide_by_products(const AssignArguments& in, std::int32_t* nearest,
                              std::uint16_t* uncertain) {
  const FloatTag df;
  const IndexTag di;
  const int lanes = static_cast<int>(hn::Lanes(df));
  const int bits = tag_bits(in.k);
  const auto high = hn::Set(di, -(1 << bits));
  const TaggedBound bound = tagged_bound(summed_terms(in.d), bits);
  const auto infinity = hn::Set(df, 3.0e38F);
  // Of many features the second cache holds the next vectors at best, of few the next block.
  const bool long_columns = in.d > 64;
  int count = 0;
  for (int i = 0; i < kBlock; i += 2 * lanes) {
    const int next = i + 2 * lanes;
    for (int side = 0; side < 2 * lanes; side += lanes) {
      if (long_columns && next < kBlock)
        fetch(in.block + next + side, in.d);
      else
        fetch_ahead(in, (long_columns ? 0 : i) + side);
    }
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

/// The nearest and the second nearest so far, by differences.
struct TopTwo {
  FloatVector best, second;
  IndexVector nearest;

  HWY_ATTR void meet(FloatVector distance, int position) {
    const IndexTag di;
    const auto closer = hn::RebindMask(di, hn::Lt(distance, best));
    second = hn::Min(second, hn::Max(best, distance));
    best = hn::Min(best, distance);
    nearest = hn::IfThenElse(closer, hn::Set(di, position), nearest);
  }
};

/// Only where products leave much open.
HWY_ATTR int by_differences(const AssignArguments& in, std::int32_t* nearest,
                            std::uint16_t* uncertain) {
  const FloatTag df;
  const IndexTag di;
  const int lanes = static_cast<int>(hn::Lanes(df));
  const auto infinity = hn::Set(df, 3.0e38F), zero = hn::Zero(df);
  int count = 0;
  for (int i = 0; i < kBlock; i += 2 * lanes) {
    TopTwo left{infinity, infinity, hn::Zero(di)}, right = left;
    for (int c = 0; c < in.k; c += 4) {
      const float* rows[4];
      for (int r = 0; r < 4; ++r)
        rows[r] = in.centroids + static_cast<std::int64_t>(std::min(c + r, in.k - 1)) * in.d;
      Scores s{zero, zero, zero, zero, zero, zero, zero, zero};
      add_all<Differences>(in, i, rows, s);
      left.meet(s.l0, c);
      right.meet(s.r0, c);
      if (c + 1 >= in.k) break;
      left.meet(s.l1, c + 1);
      right.meet(s.r1, c + 1);
      if (c + 2 >= in.k) break;
      left.meet(s.l2, c + 2);
      right.meet(s.r2, c + 2);
      if (c + 3 >= in.k) break;
      left.meet(s.l3, c + 3);
      right.meet(s.r3, c + 3);
    }
    for (const auto& [top, at] : {std::pair(&left, i), std::pair(&right, i + lanes)}) {
      hn::Store(top->nearest, di, nearest + at);
      if (!in.certify || in.k == 1) continue;
      const auto gap = hn::Mul(hn::Set(df, difference_bound(summed_terms(in.d))), top->second);
      const auto sure = hn::Gt(hn::Sub(top->second, top->best), gap);
      count += append_unset(df, sure, at, in.points, uncertain + count);
    }
  }
  return count;
}

}  // namespace HWY_NAMESPACE
}  // namespace covey::internal
HWY_AFTER_NAMESPACE();

#endif
