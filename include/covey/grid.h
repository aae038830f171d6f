// The integer grid: how a data set of doubles becomes points of integers, once, the same way
// everywhere. Two steps. Each feature first becomes a fixed-point integer v (exact for integer
// columns), from which the moments are summed without rounding; then offset and scale of the chosen
// scaling, and one power of two for all features, give the grid coordinate q that k-means and PCA
// work on.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "covey/arithmetic.h"

namespace covey {

/// Smallest and largest value of one feature. Merges by min and max.
struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  COVEY_HOST_DEVICE void include(double x) {
    x += 0.0;  // -0 becomes +0
    if (x < low) low = x;
    if (x > high) high = x;
  }
  COVEY_HOST_DEVICE void include(const Range& other) {
    if (other.low < low) low = other.low;
    if (other.high > high) high = other.high;
  }
};

/// x = middle + step (v + r 2^-31) with |v| <= 2^30 and |r| <= 2^30; step is a power of two.
/// Integer columns of a range below 2^31 have r = 0 and lose nothing.
struct FixedPoint {
  double middle = 0;
  double step = 1;
  double inverse_step = 1;

  struct Limbs {
    std::int32_t v;
    std::int32_t r;
  };
  COVEY_HOST_DEVICE Limbs split(double x) const {
    const double t = (x - middle) * inverse_step;
    const double v = round_half_even(t);
    const double r = round_half_even((t - v) * 0x1p31);
    return {static_cast<std::int32_t>(v), static_cast<std::int32_t>(r)};
  }
  /// Mean in the feature's own unit of W values with these sums of limbs: correctly rounded where
  /// the sum fits a double (whole numbers do), else within 1 ulp, of middle where that dwarfs step.
  double mean(std::int64_t sum_v, std::int64_t sum_r, std::int64_t weight) const {
    const double units = middle * inverse_step;  // a whole number of steps
    if (units > 0x1p60 || units < -0x1p60) {
      const double total = static_cast<double>(sum_v) + static_cast<double>(sum_r) * 0x1p-31;
      return middle + step * (total / static_cast<double>(weight));
    }
    const Int128 total = (static_cast<Int128>(units) * weight + sum_v) * (1LL << 31) + sum_r;
    return static_cast<double>(total) / static_cast<double>(weight) * (step * 0x1p-31);
  }
};

/// Largest magnitude of a value; beyond it a value is refused, so that no difference or square
/// overflows.
inline constexpr double kMaxValue = 1e300;

/// The fixed point of a feature with this range (low <= high, magnitudes up to kMaxValue).
FixedPoint fixed_point(const Range& range);

/// Integer sums of one feature. Merges by addition. sum of v^2 = square_high 2^30 + square_low.
struct Moments {
  std::int64_t sum_v = 0;
  std::int64_t sum_r = 0;
  std::int64_t square_low = 0;
  std::int64_t square_high = 0;

  COVEY_HOST_DEVICE void add(FixedPoint::Limbs x, std::int64_t multiplicity) {
    const std::int64_t square = static_cast<std::int64_t>(x.v) * x.v;
    sum_v += multiplicity * x.v;
    sum_r += multiplicity * x.r;
    square_low += multiplicity * (square & ((1LL << 30) - 1));
    square_high += multiplicity * (square >> 30);
  }
  COVEY_HOST_DEVICE void add(const Moments& other) {
    sum_v += other.sum_v;
    sum_r += other.sum_r;
    square_low += other.square_low;
    square_high += other.square_high;
  }
};

/// Population standard deviation (divisor W) in the feature's own unit.
double standard_deviation(const FixedPoint& fixed, const Moments& moments, std::int64_t weight);

enum class Scaling {
  kStandard,  ///< (x - mean) / population standard deviation
  kMinMax,    ///< (x - min) / (max - min)
  kRobust,    ///< (x - median) / interquartile range, or / standard deviation where that range is 0
  kNone       ///< x - middle of the range
};

/// The name in files and on the command line: "standard", "min-max", "robust", "none".
const char* scaling_name(Scaling scaling);
/// The scaling of that name; throws Error (usage) for any other.
Scaling scaling_from_name(const std::string& name);

/// One feature's map to the grid. q = rint((t(x) - offset) (2^p / scale)), t = log1p where asked,
/// else identity.
struct GridFeature {
  double offset = 0;
  double scale = 1;
  bool constant =
      false;  ///< all values equal when fitted, or their spread below 2^-900: q = 0 always
  bool log1p = false;
};

/// The grid of a data set, and of every model fitted on it. One p for all features: the largest
/// that keeps |q| <= kGridLimit, but at least 12 where the scaling is not kNone: beyond that values
/// saturate.
struct Grid {
  int p = 0;
  Scaling scaling = Scaling::kStandard;
  std::vector<GridFeature> features;

  int dimensions() const { return static_cast<int>(features.size()); }
  /// 2^p / scale of feature f, 0 where it is constant.
  double factor(int f) const;
  /// Side of a grid cell in scaled units, 2^-p.
  double cell() const;
  /// x after log1p where asked. Throws Error (data) where log1p is asked of x <= -1.
  double transformed(double x, int f) const;
  /// The grid coordinate of a transformed value; sets `saturated` where it was cut at +-kGridLimit.
  COVEY_HOST_DEVICE static std::int32_t quantise(double transformed_x, double offset, double factor,
                                                 bool& saturated) {
    double t = (transformed_x - offset) * factor;
    saturated = t >= kGridLimit + 0.5 || t <= -kGridLimit - 0.5;
    t = t > kGridLimit ? static_cast<double>(kGridLimit) : t;
    t = t < -kGridLimit ? -static_cast<double>(kGridLimit) : t;
    return static_cast<std::int32_t>(round_half_even(t));
  }
  /// The value in the feature's own unit (log1p undone) at grid coordinate q; q may lie between
  /// cells.
  double value(double q, int f) const;
};

/// What is known of a data set before its grid is chosen. One entry a feature.
struct Summary {
  std::int64_t rows = 0;
  std::int64_t weight = 0;    ///< W, the sum of multiplicities
  std::vector<Range> ranges;  ///< after log1p where asked
  std::vector<FixedPoint> fixed;
  std::vector<Moments> moments;
  /// Quartiles in the feature's own unit (linear between order statistics of v): only for kRobust.
  std::vector<double> lower_quartile, median, upper_quartile;
};

/// The grid that the summary and the scaling ask for. `log1p`: one flag a feature, or empty.
Grid make_grid(const Summary& summary, Scaling scaling, const std::vector<bool>& log1p = {});

}  // namespace covey
