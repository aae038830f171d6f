// Squared distances to the means of all clusters, for the silhouette.
#if defined(COVEY_VALIDITY_KERNELS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef COVEY_VALIDITY_KERNELS_INL_H
#undef COVEY_VALIDITY_KERNELS_INL_H
#else
#define COVEY_VALIDITY_KERNELS_INL_H
#endif

#include <hwy/highway.h>

#include <limits>

#include "blocks.h"
#include "kernels.h"

HWY_BEFORE_NAMESPACE();
namespace covey::internal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Four vectors of points at a time, turned into doubles once for all clusters. Plain multiply and
/// add, in feature order: the bits of the reference.
HWY_ATTR void mean_distances(const MeanArguments& in, const std::int32_t* label, double* room,
                             double* own, double* other) {
  const hn::ScalableTag<double> dd;
  const hn::Rebind<float, decltype(dd)> df;
  const hn::Rebind<std::int32_t, decltype(dd)> d32;
  using Vector = hn::Vec<decltype(dd)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(dd));
  const auto none = hn::Set(dd, std::numeric_limits<double>::infinity());
  for (std::int64_t i = 0; i < kBlock; i += 4 * lanes) {
    for (int f = 0; f < in.d; ++f) {
      const float* from = in.block + static_cast<std::int64_t>(f) * kBlock + i;
      for (std::int64_t j = 0; j < 4; ++j)
        hn::Store(hn::PromoteTo(dd, hn::Load(df, from + j * lanes)), dd,
                  room + (4 * static_cast<std::int64_t>(f) + j) * lanes);
    }
    const Vector label0 = hn::PromoteTo(dd, hn::LoadU(d32, label + i));
    const Vector label1 = hn::PromoteTo(dd, hn::LoadU(d32, label + i + lanes));
    const Vector label2 = hn::PromoteTo(dd, hn::LoadU(d32, label + i + 2 * lanes));
    const Vector label3 = hn::PromoteTo(dd, hn::LoadU(d32, label + i + 3 * lanes));
    Vector own0 = hn::Zero(dd), own1 = own0, own2 = own0, own3 = own0;
    Vector other0 = none, other1 = none, other2 = none, other3 = none;
    for (int c = 0; c < in.k; ++c) {
      const double* mean = in.means + static_cast<std::int64_t>(c) * in.d;
      Vector sum0 = hn::Zero(dd), sum1 = sum0, sum2 = sum0, sum3 = sum0;
      const double* x = room;
      for (int f = 0; f < in.d; ++f, x += 4 * lanes) {
        const Vector middle = hn::Set(dd, mean[f]);
        const Vector apart0 = hn::Sub(hn::Load(dd, x), middle);
        const Vector apart1 = hn::Sub(hn::Load(dd, x + lanes), middle);
        const Vector apart2 = hn::Sub(hn::Load(dd, x + 2 * lanes), middle);
        const Vector apart3 = hn::Sub(hn::Load(dd, x + 3 * lanes), middle);
        sum0 = hn::Add(sum0, hn::Mul(apart0, apart0));
        sum1 = hn::Add(sum1, hn::Mul(apart1, apart1));
        sum2 = hn::Add(sum2, hn::Mul(apart2, apart2));
        sum3 = hn::Add(sum3, hn::Mul(apart3, apart3));
      }
      const Vector cluster = hn::Set(dd, static_cast<double>(c));
      const Vector scatter = hn::Set(dd, in.spreads[c].as_other);
      const auto take = [&](Vector of, Vector sum, Vector& nearest, Vector& least) HWY_ATTR {
        const auto is_own = hn::Eq(of, cluster);
        nearest = hn::IfThenElse(is_own, sum, nearest);
        least = hn::Min(least, hn::IfThenElse(is_own, none, hn::Add(scatter, sum)));
      };
      take(label0, sum0, own0, other0);
      take(label1, sum1, own1, other1);
      take(label2, sum2, own2, other2);
      take(label3, sum3, own3, other3);
    }
    const auto keep = [&](std::int64_t j, Vector nearest, Vector least) HWY_ATTR {
      hn::StoreU(nearest, dd, own + i + j * lanes);
      hn::StoreU(least, dd, other + i + j * lanes);
    };
    keep(0, own0, other0);
    keep(1, own1, other1);
    keep(2, own2, other2);
    keep(3, own3, other3);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace covey::internal
HWY_AFTER_NAMESPACE();

#endif
