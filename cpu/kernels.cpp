// Compiled once for every SIMD target by Highway; kernels_for() picks a table at run time.
#include "kernels.h"

#include <hwy/cache_control.h>

#include <array>

#include "blocks.h"
#include "covey/backend.h"
#include "covey/error.h"
#include "covey/screen.h"
#include "int8_screen.h"

#define HWY_DISABLED_TARGETS HWY_SSSE3
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace covey::internal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVector = hn::Vec<FloatTag>;
using IndexTag = hn::RebindToSigned<FloatTag>;
using IndexVector = hn::Vec<IndexTag>;

/// The nearest and the second nearest so far, for one vector of points.
struct TopTwo {
  FloatVector best, second;
  IndexVector nearest;
};

HWY_ATTR inline void rank(FloatVector distance, IndexVector position, TopTwo& top) {
  const auto closer = hn::Lt(distance, top.best);
  top.second = hn::Min(top.second, hn::Max(top.best, distance));
  top.best = hn::Min(top.best, distance);
  top.nearest = hn::IfThenElse(hn::RebindMask(IndexTag(), closer), position, top.nearest);
}

/// How a score grows by one feature: squared differences, or (from half_norm on) less a product.
struct Differences {
  static HWY_ATTR FloatVector start(const AssignArguments&, int) { return hn::Zero(FloatTag()); }
  static HWY_ATTR FloatVector add(FloatVector x, float c, FloatVector sum) {
    const auto difference = hn::Sub(x, hn::Set(FloatTag(), c));
    return hn::MulAdd(difference, difference, sum);
  }
};
struct Products {
  static HWY_ATTR FloatVector start(const AssignArguments& in, int c) {
    return hn::Set(FloatTag(), in.half[c]);
  }
  static HWY_ATTR FloatVector add(FloatVector x, float c, FloatVector sum) {
    return hn::NegMulAdd(x, hn::Set(FloatTag(), c), sum);
  }
};

/// Two vectors of points against centroids four at a time; kD = 0 reads the number of features at
/// run time.
template <class Score, int kD>
HWY_ATTR inline void rank_centroids(const AssignArguments& in, int i, TopTwo& left, TopTwo& right) {
  const FloatTag df;
  const IndexTag di;
  const int lanes = static_cast<int>(hn::Lanes(df));
  const int d = kD > 0 ? kD : in.d;
  int c = 0;
  for (; c + 4 <= in.k; c += 4) {
    const float* row = in.centroids + static_cast<std::int64_t>(c) * d;
    FloatVector l0 = Score::start(in, c), l1 = Score::start(in, c + 1);
    FloatVector l2 = Score::start(in, c + 2), l3 = Score::start(in, c + 3);
    FloatVector r0 = l0, r1 = l1, r2 = l2, r3 = l3;
    for (int f = 0; f < d; ++f) {
      const float* x = in.block + static_cast<std::int64_t>(f) * kBlock + i;
      const auto xl = hn::Load(df, x), xr = hn::Load(df, x + lanes);
      l0 = Score::add(xl, row[f], l0);
      r0 = Score::add(xr, row[f], r0);
      l1 = Score::add(xl, row[d + f], l1);
      r1 = Score::add(xr, row[d + f], r1);
      l2 = Score::add(xl, row[2 * d + f], l2);
      r2 = Score::add(xr, row[2 * d + f], r2);
      l3 = Score::add(xl, row[3 * d + f], l3);
      r3 = Score::add(xr, row[3 * d + f], r3);
    }
    rank(l0, hn::Set(di, c), left);
    rank(r0, hn::Set(di, c), right);
    rank(l1, hn::Set(di, c + 1), left);
    rank(r1, hn::Set(di, c + 1), right);
    rank(l2, hn::Set(di, c + 2), left);
    rank(r2, hn::Set(di, c + 2), right);
    rank(l3, hn::Set(di, c + 3), left);
    rank(r3, hn::Set(di, c + 3), right);
  }
  for (; c < in.k; ++c) {
    const float* row = in.centroids + static_cast<std::int64_t>(c) * d;
    FloatVector l = Score::start(in, c), r = l;
    for (int f = 0; f < d; ++f) {
      const float* x = in.block + static_cast<std::int64_t>(f) * kBlock + i;
      l = Score::add(hn::Load(df, x), row[f], l);
      r = Score::add(hn::Load(df, x + lanes), row[f], r);
    }
    rank(l, hn::Set(di, c), left);
    rank(r, hn::Set(di, c), right);
  }
}

/// The gap that certifies each of a vector of points (covey/screen.h).
HWY_ATTR inline FloatVector bound_of(Differences, const AssignArguments& in, int,
                                     const TopTwo& top) {
  return hn::Mul(hn::Set(FloatTag(), difference_bound(in.d)), top.second);
}
HWY_ATTR inline FloatVector bound_of(Products, const AssignArguments& in, int i,
                                     const TopTwo& top) {
  const FloatTag df;
  auto square = hn::Zero(df);
  for (int f = 0; f < in.d; ++f) {
    const auto x = hn::Load(df, in.block + static_cast<std::int64_t>(f) * kBlock + i);
    square = hn::MulAdd(x, x, square);
  }
  const auto size = hn::MulAdd(hn::Set(df, 8.0F), top.best, hn::Mul(hn::Set(df, 9.0F), square));
  return hn::Mul(hn::Set(df, product_unit(in.d)), size);
}

/// Appends `first` + lane for each lane of a vector where the mask is not set, below `points`.
template <class Tag, class Mask>
HWY_ATTR inline int append_unset(Tag tag, Mask mask, int first, int points, std::uint16_t* list) {
  if (hn::AllTrue(tag, mask)) return 0;
  std::uint8_t bits[64] = {};
  hn::StoreMaskBits(tag, mask, bits);
  int found = 0;
  for (int lane = 0; lane < static_cast<int>(hn::Lanes(tag)) && first + lane < points; ++lane) {
    if ((bits[lane / 8] >> (lane % 8) & 1) == 0)
      list[found++] = static_cast<std::uint16_t>(first + lane);
  }
  return found;
}

template <class Score>
HWY_ATTR inline int append_uncertain(const AssignArguments& in, int i, const TopTwo& top,
                                     std::uint16_t* uncertain) {
  const auto sure = hn::Gt(hn::Sub(top.second, top.best), bound_of(Score(), in, i, top));
  return append_unset(FloatTag(), sure, i, in.points, uncertain);
}

/// Two vectors of the block after this one on their way into the cache: columns of 1 KiB are too
/// short for the hardware to see the next one coming.
HWY_ATTR inline void fetch_ahead(const AssignArguments& in, int i) {
  constexpr int kLongest = 64;  // beyond it the arithmetic takes long enough
  if (in.d > kLongest) return;
  const float* next = in.block + static_cast<std::int64_t>(in.d) * kBlock + i;
  const int lanes = static_cast<int>(hn::Lanes(FloatTag()));
  for (std::int64_t f = 0; f < in.d; ++f) {
    hwy::Prefetch(next + f * kBlock);
    hwy::Prefetch(next + f * kBlock + lanes);
  }
}

template <class Score, int kD>
HWY_ATTR int assign_block(const AssignArguments& in, std::int32_t* nearest,
                          std::uint16_t* uncertain) {
  const FloatTag df;
  const IndexTag di;
  const int lanes = static_cast<int>(hn::Lanes(df));
  const auto infinity = hn::Set(df, 3.0e38F);
  int count = 0;
  for (int i = 0; i < kBlock; i += 2 * lanes) {
    TopTwo left{infinity, infinity, hn::Zero(di)};
    TopTwo right = left;
    fetch_ahead(in, i);
    rank_centroids<Score, kD>(in, i, left, right);
    hn::Store(left.nearest, di, nearest + i);
    hn::Store(right.nearest, di, nearest + i + lanes);
    if (in.certify && in.k > 1) {
      count += append_uncertain<Score>(in, i, left, uncertain + count);
      count += append_uncertain<Score>(in, i + lanes, right, uncertain + count);
    }
  }
  return count;
}

HWY_ATTR int by_products(const AssignArguments& in, std::int32_t* nearest,
                         std::uint16_t* uncertain) {
  switch (in.d) {
    case 2:
      return assign_block<Products, 2>(in, nearest, uncertain);
    case 3:
      return assign_block<Products, 3>(in, nearest, uncertain);
    case 4:
      return assign_block<Products, 4>(in, nearest, uncertain);
    case 8:
      return assign_block<Products, 8>(in, nearest, uncertain);
    case 16:
      return assign_block<Products, 16>(in, nearest, uncertain);
    default:
      return assign_block<Products, 0>(in, nearest, uncertain);
  }
}

HWY_ATTR int by_differences(const AssignArguments& in, std::int32_t* nearest,
                            std::uint16_t* uncertain) {
  return assign_block<Differences, 0>(in, nearest, uncertain);
}

HWY_ATTR int relabel(const std::int32_t* nearest, const std::int32_t* cluster,
                     const std::int32_t* before, int points, std::int32_t* label,
                     std::uint16_t* changed) {
  const IndexTag di;
  const int lanes = static_cast<int>(hn::Lanes(di));
  int count = 0;
  for (int i = 0; i < kBlock; i += lanes) {
    auto now = hn::Load(di, nearest + i);
    if (cluster != nullptr) now = hn::GatherIndex(di, cluster, now);
    hn::StoreU(now, di, label + i);
    count += append_unset(di, hn::Eq(now, hn::LoadU(di, before + i)), i, points, changed + count);
  }
  return count;
}

/// Squares of up to 48 bits; 32 of them stay below 2^53, so doubles add them exactly.
HWY_ATTR void distances(const float* block, int d, const float* centroid, std::int64_t* distance) {
  constexpr int kExactTerms = 32;
  const hn::ScalableTag<double> dd;
  const hn::Rebind<float, decltype(dd)> df;
  const hn::RebindToSigned<decltype(dd)> di;
  const int lanes = static_cast<int>(hn::Lanes(dd));
  for (int i = 0; i < kBlock; i += lanes) {
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
    hn::Store(total, di, distance + i);
  }
}

HWY_ATTR void draws(const std::uint64_t* hashes, const DrawKey& key, std::uint32_t pair,
                    double* even, double* odd) {
  for (int i = 0; i < kBlock; ++i) {
    const auto u = draw_pair(key, pair, hashes[i]);
    even[i] = u[0];
    odd[i] = u[1];
  }
}

/// Plain multiply and add, in feature order: the bits of the reference.
HWY_ATTR void project(const float* block, int d, const double* mean, const double* loadings,
                      double cell, double* score) {
  const hn::ScalableTag<double> dd;
  const hn::Rebind<float, decltype(dd)> df;
  const int lanes = static_cast<int>(hn::Lanes(dd));
  for (int i = 0; i < kBlock; i += lanes) {
    auto sum = hn::Zero(dd);
    for (int f = 0; f < d; ++f) {
      const auto x =
          hn::PromoteTo(dd, hn::Load(df, block + static_cast<std::int64_t>(f) * kBlock + i));
      const auto centred = hn::Sub(x, hn::Set(dd, mean[f]));
      sum = hn::Add(sum, hn::Mul(centred, hn::Set(dd, loadings[f])));
    }
    hn::StoreU(hn::Mul(sum, hn::Set(dd, cell)), dd, score + i);
  }
}

HWY_ATTR double exact_dot(const double* a, const double* b, int count) {
  const hn::ScalableTag<double> dd;
  const int lanes = static_cast<int>(hn::Lanes(dd));
  auto sum = hn::Zero(dd);
  int i = 0;
  for (; i + lanes <= count; i += lanes)
    sum = hn::MulAdd(hn::LoadU(dd, a + i), hn::LoadU(dd, b + i), sum);
  double total = hn::GetLane(hn::SumOfLanes(dd, sum));
  for (; i < count; ++i) total += a[i] * b[i];
  return total;
}

}  // namespace HWY_NAMESPACE
}  // namespace covey::internal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace covey {
namespace internal {
namespace {

struct Target {
  std::int64_t bit;
  Kernels kernels;
};

/// Best first, as Highway numbers them.
#define COVEY_TARGET(bit, space, name, int8)                                                   \
  Target {                                                                                     \
    bit, {                                                                                     \
      name, int8, space::by_products, space::by_differences, space::relabel, space::distances, \
          space::draws, space::project, space::exact_dot                                       \
    }                                                                                          \
  }
#define COVEY_STATIC_TARGET                                                                        \
  Target {                                                                                         \
    HWY_STATIC_TARGET, {                                                                           \
      "baseline", false, HWY_STATIC_DISPATCH(by_products), HWY_STATIC_DISPATCH(by_differences),    \
          HWY_STATIC_DISPATCH(relabel), HWY_STATIC_DISPATCH(distances),                            \
          HWY_STATIC_DISPATCH(draws), HWY_STATIC_DISPATCH(project), HWY_STATIC_DISPATCH(exact_dot) \
    }                                                                                              \
  }

const std::vector<Target>& targets() {
  static const std::vector<Target> all = {
#if HWY_TARGETS & HWY_AVX3
    COVEY_TARGET(HWY_AVX3, N_AVX3, "AVX3_VNNI", true),
    COVEY_TARGET(HWY_AVX3, N_AVX3, "AVX3", false),
#endif
#if HWY_TARGETS & HWY_AVX2
    COVEY_TARGET(HWY_AVX2, N_AVX2, "AVX2", false),
#endif
#if HWY_TARGETS & HWY_SSE4
    COVEY_TARGET(HWY_SSE4, N_SSE4, "SSE4", false),
#endif
    COVEY_STATIC_TARGET,
  };
  return all;
}

#undef COVEY_TARGET
#undef COVEY_STATIC_TARGET

bool runs_here(const Target& target) {
  if (target.kernels.int8 && !int8_runs_here()) return false;
  return target.bit == HWY_STATIC_TARGET || (hwy::SupportedTargets() & target.bit) != 0;
}

}  // namespace

const Kernels& kernels_for(const std::string& target) {
  for (const Target& candidate : targets()) {
    if (runs_here(candidate) && (target.empty() || target == candidate.kernels.target))
      return candidate.kernels;
  }
  throw Error(ErrorKind::kUsage, "no SIMD target '" + target + "' on this machine", "simd_target",
              "use one of simd_targets()");
}

}  // namespace internal

std::vector<std::string> simd_targets() {
  std::vector<std::string> names;
  for (const internal::Target& target : internal::targets()) {
    if (internal::runs_here(target)) names.emplace_back(target.kernels.target);
  }
  return names;
}

}  // namespace covey
#endif  // HWY_ONCE
