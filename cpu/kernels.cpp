// Compiled once for every SIMD target by Highway; kernels_for() picks a table at run time.
#include "kernels.h"

#include "blocks.h"
#include "covey/backend.h"
#include "covey/error.h"
#include "covey/grid.h"
#include "int8_screen.h"

#define HWY_DISABLED_TARGETS HWY_SSSE3
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "assign_kernels-inl.h"
#include "label_kernels-inl.h"
#include "seed_kernels-inl.h"
#include "validity_kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace covey::internal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The operations of Grid::quantise, in its order.
HWY_ATTR bool quantise(const double* x, double offset, double factor, std::int32_t* q) {
  const hn::ScalableTag<double> dd;
  const hn::Rebind<std::int32_t, decltype(dd)> d32;
  const auto limit = hn::Set(dd, static_cast<double>(kGridLimit));
  const auto shift = hn::Set(dd, 6755399441055744.0);  // round_half_even
  auto largest = hn::Zero(dd);
  for (int i = 0; i < kBlock; i += static_cast<int>(hn::Lanes(dd))) {
    auto t = hn::Mul(hn::Sub(hn::Load(dd, x + i), hn::Set(dd, offset)), hn::Set(dd, factor));
    largest = hn::Max(largest, hn::Abs(t));
    t = hn::Max(hn::Min(t, limit), hn::Neg(limit));
    hn::Store(hn::DemoteTo(d32, hn::Sub(hn::Add(t, shift), shift)), d32, q + i);
  }
  return hn::GetLane(hn::MaxOfLanes(dd, largest)) >= kGridLimit + 0.5;
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
#define COVEY_KERNELS(name, int8, kernel)                                                          \
  {                                                                                                \
    name, int8, kernel(by_products), kernel(by_differences), kernel(relabel), kernel(move_row),    \
        kernel(widen), kernel(candidates), kernel(distances), kernel(approach), kernel(potential), \
        kernel(draws), kernel(contenders), kernel(quantise), kernel(project),                      \
        kernel(mean_distances), kernel(exact_dot)                                                  \
  }
#define COVEY_OF_AVX3(kernel) N_AVX3::kernel
#define COVEY_OF_AVX2(kernel) N_AVX2::kernel
#define COVEY_OF_SSE4(kernel) N_SSE4::kernel

const std::vector<Target>& targets() {
  static const std::vector<Target> all = {
#if HWY_TARGETS & HWY_AVX3
    {HWY_AVX3, COVEY_KERNELS("AVX3_VNNI", true, COVEY_OF_AVX3)},
    {HWY_AVX3, COVEY_KERNELS("AVX3", false, COVEY_OF_AVX3)},
#endif
#if HWY_TARGETS & HWY_AVX2
    {HWY_AVX2, COVEY_KERNELS("AVX2", false, COVEY_OF_AVX2)},
#endif
#if HWY_TARGETS & HWY_SSE4
    {HWY_SSE4, COVEY_KERNELS("SSE4", false, COVEY_OF_SSE4)},
#endif
    {HWY_STATIC_TARGET, COVEY_KERNELS("baseline", false, HWY_STATIC_DISPATCH)},
  };
  return all;
}

#undef COVEY_KERNELS
#undef COVEY_OF_AVX3
#undef COVEY_OF_AVX2
#undef COVEY_OF_SSE4

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
