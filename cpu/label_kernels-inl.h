// Kernels around assignment: which labels changed, what that adds to sums, and which centroids a
// box of points leaves.
// Included once a SIMD target.
#if defined(COVEY_LABEL_KERNELS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef COVEY_LABEL_KERNELS_INL_H
#undef COVEY_LABEL_KERNELS_INL_H
#else
#define COVEY_LABEL_KERNELS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "blocks.h"
#include "kernels.h"
#include "rank_kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace covey::internal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

HWY_ATTR int relabel(const std::int32_t* nearest, const std::int32_t* cluster, int k,
                     const std::int32_t* before, int points, std::int32_t* label,
                     std::uint16_t* changed) {
  const IndexTag di;
  const int lanes = static_cast<int>(hn::Lanes(di));
  alignas(64) std::int32_t first[64] = {};
  if (cluster != nullptr && k <= lanes) std::copy_n(cluster, k, first);
  const auto table = hn::Load(di, first);
  // A bit a point, read back once all are there: a load that meets a shorter store has to wait.
  alignas(8) std::uint8_t bits[kBlock / 8];
  int count = 0;
  for (int i = 0; i < kBlock; i += lanes) {
    auto now = hn::Load(di, nearest + i);
    if (cluster != nullptr)  // a table in a register, or in memory
      now = k <= lanes ? hn::TableLookupLanes(table, hn::IndicesFromVec(di, now))
                       : hn::GatherIndex(di, cluster, now);
    hn::StoreU(now, di, label + i);
    const auto old = hn::LoadU(di, before + i);
    if (lanes >= 8)
      hn::StoreMaskBits(di, hn::Ne(now, old), bits + i / 8);
    else
      count += append_unset(di, hn::Eq(now, old), i, points, changed + count);
  }
  for (int i = 0; lanes >= 8 && i < points; i += 64) {
    std::uint64_t differ;
    std::memcpy(&differ, bits + i / 8, sizeof differ);
    if (points - i < 64) differ &= (std::uint64_t{1} << (points - i)) - 1;
    for (; differ != 0; differ &= differ - 1)
      changed[count++] = static_cast<std::uint16_t>(i + std::countr_zero(differ));
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
