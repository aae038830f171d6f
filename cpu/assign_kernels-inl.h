// Kernels of assignment: labels of a block by products or differences, what changed, and which
// centroids a box of points has to look at. Included once a SIMD target.
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

HWY_ATTR int relabel(const std::int32_t* nearest, const std::int32_t* cluster, int k,
                     const std::int32_t* before, int points, std::int32_t* label,
                     std::uint16_t* changed) {
  const IndexTag di;
  const int lanes = static_cast<int>(hn::Lanes(di));
  alignas(64) std::int32_t first[64] = {};
  if (cluster != nullptr && k <= lanes) std::copy_n(cluster, k, first);
  const auto table = hn::Load(di, first);
  int count = 0;
  for (int i = 0; i < kBlock; i += lanes) {
    auto now = hn::Load(di, nearest + i);
    if (cluster != nullptr)  // a table in a register, or in memory
      now = k <= lanes ? hn::TableLookupLanes(table, hn::IndicesFromVec(di, now))
                       : hn::GatherIndex(di, cluster, now);
    hn::StoreU(now, di, label + i);
    count += append_unset(di, hn::Eq(now, hn::LoadU(di, before + i)), i, points, changed + count);
  }
  return count;
}

HWY_ATTR void move_row(const std::int32_t* point, int d, std::int64_t* to, std::int64_t* from) {
  const hn::ScalableTag<std::int64_t> d64;
  const hn::Rebind<std::int32_t, decltype(d64)> d32;
  const int lanes = static_cast<int>(hn::Lanes(d64));
  int f = 0;
  for (; f + lanes <= d; f += lanes) {
    const auto x = hn::PromoteTo(d64, hn::LoadU(d32, point + f));
    hn::StoreU(hn::Add(hn::LoadU(d64, to + f), x), d64, to + f);
    if (from != nullptr) hn::StoreU(hn::Sub(hn::LoadU(d64, from + f), x), d64, from + f);
  }
  for (; f < d; ++f) {
    to[f] += point[f];
    if (from != nullptr) from[f] -= point[f];
  }
}

HWY_ATTR void widen(const std::uint8_t* bytes, std::int32_t* words) {
  const IndexTag di;
  const hn::Rebind<std::uint8_t, IndexTag> d8;
  for (int i = 0; i < kBlock; i += static_cast<int>(hn::Lanes(di)))
    hn::StoreU(hn::PromoteTo(di, hn::LoadU(d8, bytes + i)), di, words + i);
}

/// Doubles that hold integers below 2^53 all along, for up to 16 features: nothing is rounded.
HWY_ATTR int candidates(const BoxArguments& in, double* score, std::int32_t* list) {
  const hn::ScalableTag<double> dd;
  const int lanes = static_cast<int>(hn::Lanes(dd));
  auto least = hn::Set(dd, 1e300);
  for (int c = 0; c < in.k; c += lanes) {
    auto sum = hn::Load(dd, in.squares + c);
    for (int f = 0; f < in.d; ++f)
      sum = hn::NegMulAdd(hn::Set(dd, in.ends[f]),
                          hn::Load(dd, in.columns + static_cast<std::int64_t>(f) * in.stride + c),
                          sum);
    hn::Store(sum, dd, score + c);
    least = hn::Min(least, sum);
  }
  const double best_score = hn::GetLane(hn::MinOfLanes(dd, least));
  int best = 0;
  while (score[best] != best_score) ++best;
  int found = 0;
  for (int c = 0; c < in.k; c += lanes) {
    auto slack = hn::Set(dd, best_score);
    for (int f = 0; f < in.d; ++f) {
      const double* column = in.columns + static_cast<std::int64_t>(f) * in.stride;
      const auto apart = hn::Abs(hn::Sub(hn::Load(dd, column + c), hn::Set(dd, column[best])));
      slack = hn::MulAdd(hn::Set(dd, in.widths[f]), apart, slack);
    }
    std::uint8_t bits[8] = {};
    hn::StoreMaskBits(dd, hn::Le(hn::Load(dd, score + c), slack), bits);
    for (unsigned left = bits[0]; left != 0; left &= left - 1)
      list[found++] = c + std::countr_zero(left);
  }
  return found;
}

}  // namespace HWY_NAMESPACE
}  // namespace covey::internal
HWY_AFTER_NAMESPACE();

#endif
