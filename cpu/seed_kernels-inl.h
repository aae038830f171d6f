// Kernels of seeding: exact distances to a centre, draws, races and potentials. Included once a
// SIMD target.
#if defined(COVEY_SEED_KERNELS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef COVEY_SEED_KERNELS_INL_H
#undef COVEY_SEED_KERNELS_INL_H
#else
#define COVEY_SEED_KERNELS_INL_H
#endif

#include <hwy/highway.h>

#include <bit>

#include "blocks.h"
#include "kernels.h"

HWY_BEFORE_NAMESPACE();
namespace covey::internal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DoubleTag = hn::ScalableTag<double>;
using WideTag = hn::RebindToSigned<DoubleTag>;
using WordTag = hn::RebindToUnsigned<DoubleTag>;
using Words = hn::Vec<WordTag>;

/// Products of the low halves of each lane.
HWY_ATTR inline Words low_product(Words a, Words b) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(WordTag(), std::uint64_t{static_cast<std::uint32_t>(a.raw)} *
                                static_cast<std::uint32_t>(b.raw));
#else
  const hn::RepartitionToNarrow<WordTag> halves;
  return hn::MulEven(hn::BitCast(halves, a), hn::BitCast(halves, b));
#endif
}

/// Exact squared distances of a vector of points. Squares of up to 48 bits; 32 of them stay below
/// 2^53, so doubles add them exactly.
HWY_ATTR inline hn::Vec<WideTag> distances_at(const float* block, int d, const float* centroid,
                                              int i) {
  constexpr int kExactTerms = 32;
  const DoubleTag dd;
  const hn::Rebind<float, DoubleTag> df;
  const WideTag di;
  auto total = hn::Zero(di);
  for (int first = 0; first < d; first += kExactTerms) {
    const int last = first + kExactTerms < d ? first + kExactTerms : d;
    auto sum = hn::Zero(dd);
    for (int f = first; f < last; ++f) {
      const auto x =
          hn::PromoteTo(dd, hn::Load(df, block + static_cast<std::int64_t>(f) * kBlock + i));
      const auto difference = hn::Sub(x, hn::Set(dd, static_cast<double>(centroid[f])));
      sum = hn::MulAdd(difference, difference, sum);
    }
    total = hn::Add(total, hn::ConvertTo(di, sum));
  }
  return total;
}

HWY_ATTR void distances(const float* block, int d, const float* centroid, std::int64_t* distance) {
  const WideTag di;
  for (int i = 0; i < kBlock; i += static_cast<int>(hn::Lanes(di)))
    hn::Store(distances_at(block, d, centroid, i), di, distance + i);
}

HWY_ATTR std::int64_t approach(const float* block, int d, const float* centre,
                               std::int64_t* distance) {
  const WideTag di;
  auto largest = hn::Zero(di);
  for (int i = 0; i < kBlock; i += static_cast<int>(hn::Lanes(di))) {
    const auto nearer = hn::Min(hn::Load(di, distance + i), distances_at(block, d, centre, i));
    hn::Store(nearer, di, distance + i);
    largest = hn::Max(largest, nearer);
  }
  return hn::GetLane(hn::MaxOfLanes(di, largest));
}

/// A product of 32 and 24 bits stays below 2^56: 256 of them in 64 bits.
HWY_ATTR UInt128 potential(const float* block, int d, const float* centre,
                           const std::uint32_t* weights, const std::int64_t* distance) {
  const WideTag di;
  const WordTag du;
  const hn::Rebind<std::uint32_t, WordTag> d32;
  const auto limb = hn::Set(du, (1ULL << 24) - 1);
  auto low = hn::Zero(du), middle = low, high = low;
  for (int i = 0; i < kBlock; i += static_cast<int>(hn::Lanes(di))) {
    const auto least =
        hn::BitCast(du, hn::Min(hn::Load(di, distance + i), distances_at(block, d, centre, i)));
    const auto weight = hn::PromoteTo(du, hn::Load(d32, weights + i));
    low = hn::Add(low, low_product(weight, hn::And(least, limb)));
    middle = hn::Add(middle, low_product(weight, hn::And(hn::ShiftRight<24>(least), limb)));
    high = hn::Add(high, low_product(weight, hn::ShiftRight<48>(least)));
  }
  const auto sum = [&](Words part) HWY_ATTR {
    return static_cast<UInt128>(hn::GetLane(hn::SumOfLanes(du, part)));
  };
  return sum(low) + (sum(middle) << 24) + (sum(high) << 48);
}

/// philox4x32 (covey/random.h) with a word of the counter in the low half of each lane; what is
/// left in the high halves is never read.
HWY_ATTR inline void philox(Words counter[4], std::uint32_t key0, std::uint32_t key1) {
  const WordTag du;
  for (int round = 0; round < 10; ++round) {
    const auto product0 = low_product(counter[0], hn::Set(du, 0xD2511F53ULL));
    const auto product1 = low_product(counter[2], hn::Set(du, 0xCD9E8D57ULL));
    counter[0] = hn::Xor(hn::Xor(hn::ShiftRight<32>(product1), counter[1]),
                         hn::Set(du, std::uint64_t{key0}));
    counter[1] = product1;
    counter[2] = hn::Xor(hn::Xor(hn::ShiftRight<32>(product0), counter[3]),
                         hn::Set(du, std::uint64_t{key1}));
    counter[3] = product0;
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
}

/// unit_interval (covey/random.h): 2^52 + bits is a double's pattern, and every step is exact.
HWY_ATTR inline hn::Vec<DoubleTag> unit_intervals(Words high, Words low) {
  const DoubleTag dd;
  const WordTag du;
  const auto words = hn::Or(hn::ShiftLeft<32>(high), hn::And(low, hn::Set(du, 0xFFFFFFFFULL)));
  const auto bits = hn::Or(hn::ShiftRight<12>(words), hn::Set(du, 0x4330000000000000ULL));
  const auto whole = hn::Sub(hn::BitCast(dd, bits), hn::Set(dd, 0x1p52));
  return hn::Mul(hn::Add(whole, hn::Set(dd, 0.5)), hn::Set(dd, 0x1p-52));
}

HWY_ATTR void draws(const std::uint64_t* hashes, const DrawKey& key, std::uint32_t pair,
                    double* even, double* odd) {
  const DoubleTag dd;
  const WordTag du;
  const int lanes = static_cast<int>(hn::Lanes(du));
  const auto step = hn::Set(du, std::uint64_t{key.step});
  const auto stream = hn::Set(du, std::uint64_t{(key.restart << 8) | pair});
  for (int i = 0; i < kBlock; i += 2 * lanes) {  // two at a time hide the latency of products
    const auto a = hn::LoadU(du, hashes + i), b = hn::LoadU(du, hashes + i + lanes);
    Words left[4] = {a, hn::ShiftRight<32>(a), step, stream};
    Words right[4] = {b, hn::ShiftRight<32>(b), step, stream};
    const auto key0 = static_cast<std::uint32_t>(key.seed);
    const auto key1 = static_cast<std::uint32_t>(key.seed >> 32);
    philox(left, key0, key1);
    philox(right, key0, key1);
    hn::StoreU(unit_intervals(left[0], left[1]), dd, even + i);
    hn::StoreU(unit_intervals(left[2], left[3]), dd, odd + i);
    hn::StoreU(unit_intervals(right[0], right[1]), dd, even + i + lanes);
    hn::StoreU(unit_intervals(right[2], right[3]), dd, odd + i + lanes);
  }
}

/// -ln u >= 1 - u, so most points are out of the race before a logarithm is taken; the margin of
/// 2^-39 covers the rounding of both sides.
HWY_ATTR int contenders(const double* u, const std::uint32_t* weights, const std::int64_t* distance,
                        double time, std::uint16_t* list) {
  constexpr double kMargin = 1.0 + 0x1p-39;
  const DoubleTag dd;
  const WideTag di;
  const WordTag du;
  const hn::Rebind<std::uint32_t, DoubleTag> d32;
  int found = 0;
  for (int i = 0; i < kBlock; i += static_cast<int>(hn::Lanes(dd))) {
    const auto m =
        hn::ConvertTo(dd, hn::BitCast(di, hn::PromoteTo(du, hn::Load(d32, weights + i))));
    const auto weight = hn::Mul(m, hn::ConvertTo(dd, hn::Load(di, distance + i)));
    const auto reach = hn::Mul(weight, hn::Set(dd, time * kMargin));
    const auto out = hn::Gt(hn::Sub(hn::Set(dd, 1.0), hn::LoadU(dd, u + i)), reach);
    std::uint8_t bits[8] = {};
    hn::StoreMaskBits(dd, hn::AndNot(out, hn::Gt(weight, hn::Zero(dd))), bits);
    for (unsigned left = bits[0]; left != 0; left &= left - 1)
      list[found++] = static_cast<std::uint16_t>(i + std::countr_zero(left));
  }
  return found;
}

}  // namespace HWY_NAMESPACE
}  // namespace covey::internal
HWY_AFTER_NAMESPACE();

#endif
