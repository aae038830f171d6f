// Compiled once for every SIMD target by Highway; kernels_for() picks a table at run time.
#include "kernels.h"

#include <array>

#include "blocks.h"
#include "covey/backend.h"
#include "covey/error.h"

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

HWY_ATTR inline void add_square(FloatVector x, float c, FloatVector& sum) {
  const auto difference = hn::Sub(x, hn::Set(FloatTag(), c));
  sum = hn::MulAdd(difference, difference, sum);
}

/// Two vectors of points against centroids four at a time; kD = 0 reads the number of features at
/// run time.
template <int kD>
HWY_ATTR inline void rank_centroids(const AssignArguments& in, int i, TopTwo& left, TopTwo& right) {
  const FloatTag df;
  const IndexTag di;
  const int lanes = static_cast<int>(hn::Lanes(df));
  const int d = kD > 0 ? kD : in.d;
  const auto zero = hn::Zero(df);
  int c = 0;
  for (; c + 4 <= in.k; c += 4) {
    const float* row = in.centroids + static_cast<std::int64_t>(c) * d;
    FloatVector l0 = zero, l1 = zero, l2 = zero, l3 = zero;
    FloatVector r0 = zero, r1 = zero, r2 = zero, r3 = zero;
    for (int f = 0; f < d; ++f) {
      const float* x = in.block + static_cast<std::int64_t>(f) * kBlock + i;
      const auto xl = hn::Load(df, x), xr = hn::Load(df, x + lanes);
      add_square(xl, row[f], l0);
      add_square(xr, row[f], r0);
      add_square(xl, row[d + f], l1);
      add_square(xr, row[d + f], r1);
      add_square(xl, row[2 * d + f], l2);
      add_square(xr, row[2 * d + f], r2);
      add_square(xl, row[3 * d + f], l3);
      add_square(xr, row[3 * d + f], r3);
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
    FloatVector l = zero, r = zero;
    for (int f = 0; f < d; ++f) {
      const float* x = in.block + static_cast<std::int64_t>(f) * kBlock + i;
      add_square(hn::Load(df, x), row[f], l);
      add_square(hn::Load(df, x + lanes), row[f], r);
    }
    rank(l, hn::Set(di, c), left);
    rank(r, hn::Set(di, c), right);
  }
}

/// Certify iff second - best > (2 d + 8) 2^-24 second: each distance errs by at most (d + 2) 2^-24
/// of itself, and the gap has the error of both (docs/design.md). Points that fail are appended to
/// `uncertain`.
HWY_ATTR inline int collect_uncertain(const TopTwo& top, FloatVector bound, int first, int points,
                                      std::uint16_t* uncertain) {
  const FloatTag df;
  const auto sure = hn::Gt(hn::Sub(top.second, top.best), hn::Mul(bound, top.second));
  if (hn::AllTrue(df, sure)) return 0;
  std::uint8_t bits[64] = {};
  hn::StoreMaskBits(df, sure, bits);
  int found = 0;
  for (int lane = 0; lane < static_cast<int>(hn::Lanes(df)) && first + lane < points; ++lane) {
    if ((bits[lane / 8] >> (lane % 8) & 1) == 0)
      uncertain[found++] = static_cast<std::uint16_t>(first + lane);
  }
  return found;
}

template <int kD>
HWY_ATTR int assign_block(const AssignArguments& in, std::int32_t* nearest,
                          std::uint16_t* uncertain) {
  const FloatTag df;
  const IndexTag di;
  const int lanes = static_cast<int>(hn::Lanes(df));
  const auto infinity = hn::Set(df, 3.0e38F);
  const auto bound = hn::Set(df, static_cast<float>(2 * in.d + 8) * 0x1p-24F);
  int count = 0;
  for (int i = 0; i < kBlock; i += 2 * lanes) {
    TopTwo left{infinity, infinity, hn::Zero(di)};
    TopTwo right = left;
    rank_centroids<kD>(in, i, left, right);
    hn::Store(left.nearest, di, nearest + i);
    hn::Store(right.nearest, di, nearest + i + lanes);
    if (in.certify && in.k > 1) {
      count += collect_uncertain(left, bound, i, in.points, uncertain + count);
      count += collect_uncertain(right, bound, i + lanes, in.points, uncertain + count);
    }
  }
  return count;
}

HWY_ATTR int assign(const AssignArguments& in, std::int32_t* nearest, std::uint16_t* uncertain) {
  switch (in.d) {
    case 2:
      return assign_block<2>(in, nearest, uncertain);
    case 3:
      return assign_block<3>(in, nearest, uncertain);
    case 4:
      return assign_block<4>(in, nearest, uncertain);
    default:
      return assign_block<0>(in, nearest, uncertain);
  }
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
#define COVEY_TARGET(bit, space, name)                                                             \
  Target {                                                                                         \
    bit, { name, space::assign, space::distances, space::draws, space::project, space::exact_dot } \
  }
#define COVEY_STATIC_TARGET                                                                        \
  Target {                                                                                         \
    HWY_STATIC_TARGET, {                                                                           \
      "baseline", HWY_STATIC_DISPATCH(assign), HWY_STATIC_DISPATCH(distances),                     \
          HWY_STATIC_DISPATCH(draws), HWY_STATIC_DISPATCH(project), HWY_STATIC_DISPATCH(exact_dot) \
    }                                                                                              \
  }

const std::vector<Target>& targets() {
  static const std::vector<Target> all = {
#if HWY_TARGETS & HWY_AVX3
    COVEY_TARGET(HWY_AVX3, N_AVX3, "AVX3"),
#endif
#if HWY_TARGETS & HWY_AVX2
    COVEY_TARGET(HWY_AVX2, N_AVX2, "AVX2"),
#endif
#if HWY_TARGETS & HWY_SSE4
    COVEY_TARGET(HWY_SSE4, N_SSE4, "SSE4"),
#endif
    COVEY_STATIC_TARGET,
  };
  return all;
}

#undef COVEY_TARGET
#undef COVEY_STATIC_TARGET

bool runs_here(const Target& target) {
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
