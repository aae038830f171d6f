// Steps 2 and 3 of the contract: fixed point, moments, and the choice of the grid. Host code for
// every back end.
#include "covey/grid.h"

#include <algorithm>
#include <cmath>

#include "covey/error.h"

namespace covey {
namespace {

constexpr int kSmallestP = 12;   // of scalings whose unit is a spread: beyond it values saturate
constexpr int kLargestP = 1000;  // keeps 2^p finite where the unit is the user's own
constexpr double kSmallestScale = 0x1p-900;

/// e^y - 1 within a few ulp, without libm, whose last bit differs between CPUs. y = n ln 2 + r, |r|
/// <= 0.35, and the Taylor series of e^r - 1 up to r^17 (the next term is below 2^-70).
double expm1_exactly(double y) {
  constexpr double kLn2High = 0x1.62e42fefa38p-1;
  constexpr double kLn2Low = 0x1.ef35793c7673p-45;
  if (y < -45.0) return -1.0;
  const double n = round_half_even(y * 1.4426950408889634);
  const double r = (y - n * kLn2High) - n * kLn2Low;
  double series = 1.0;
  for (int i = 17; i >= 2; --i) series = 1.0 + series * r / static_cast<double>(i);
  const double small = series * r;
  if (n == 0.0) return small;
  const double power = std::ldexp(1.0, static_cast<int>(n));
  return power * small + (power - 1.0);
}

/// Whether both ends of the range stay on the grid with this p.
bool fits(const Range& range, const GridFeature& feature, int p) {
  const double factor = std::ldexp(1.0, p) / feature.scale;
  const double low = std::nearbyint((range.low - feature.offset) * factor);
  const double high = std::nearbyint((range.high - feature.offset) * factor);
  return low >= -kGridLimit && high <= kGridLimit && high >= -kGridLimit && low <= kGridLimit;
}

/// Largest p that keeps this feature's range on the grid.
int largest_p(const Range& range, const GridFeature& feature) {
  const double reach =
      std::max(std::abs(range.low - feature.offset), std::abs(range.high - feature.offset)) /
      feature.scale;
  int p = std::min(kLargestP, std::ilogb(static_cast<double>(kGridLimit)) - std::ilogb(reach) + 2);
  while (!fits(range, feature, p)) --p;
  return p;
}

GridFeature scaled_feature(const Summary& summary, Scaling scaling, std::size_t f) {
  const Range& range = summary.ranges[f];
  const FixedPoint& fixed = summary.fixed[f];
  const Moments& moments = summary.moments[f];
  GridFeature feature;
  switch (scaling) {
    case Scaling::kStandard:
      feature.offset = fixed.mean(moments.sum_v, moments.sum_r, summary.weight);
      feature.scale = standard_deviation(fixed, moments, summary.weight);
      break;
    case Scaling::kMinMax:
      feature.offset = range.low;
      feature.scale = range.high - range.low;
      break;
    case Scaling::kRobust:
      feature.offset = summary.median[f];
      feature.scale = summary.upper_quartile[f] - summary.lower_quartile[f];
      if (feature.scale == 0) feature.scale = standard_deviation(fixed, moments, summary.weight);
      break;
    case Scaling::kNone:
      feature.offset = fixed.middle;
      feature.scale = 1;
      break;
  }
  feature.constant = range.low == range.high || feature.scale < kSmallestScale;
  if (feature.constant) {
    feature.offset = range.low;
    feature.scale = 1;
  }
  return feature;
}

}  // namespace

FixedPoint fixed_point(const Range& range) {
  FixedPoint fixed;
  fixed.middle = range.low;
  const double width = range.high - range.low;
  if (width == 0) return fixed;
  int exponent = 0;
  (void)std::frexp(width, &exponent);  // width < 2^exponent
  exponent = std::max(exponent - 31, -1000);
  fixed.step = std::ldexp(1.0, exponent);
  fixed.inverse_step = std::ldexp(1.0, -exponent);
  // On a multiple of the step, so that integers minus the middle are whole steps.
  const double centre = range.low + width * 0.5;
  fixed.middle = std::nearbyint(centre * fixed.inverse_step) * fixed.step;
  return fixed;
}

double standard_deviation(const FixedPoint& fixed, const Moments& moments, std::int64_t weight) {
  const Int128 squares = (static_cast<Int128>(moments.square_high) << 30) + moments.square_low;
  const Int128 scatter =
      static_cast<Int128>(weight) * squares - static_cast<Int128>(moments.sum_v) * moments.sum_v;
  return std::sqrt(static_cast<double>(scatter)) / static_cast<double>(weight) * fixed.step;
}

const char* scaling_name(Scaling scaling) {
  switch (scaling) {
    case Scaling::kStandard:
      return "standard";
    case Scaling::kMinMax:
      return "min-max";
    case Scaling::kRobust:
      return "robust";
    case Scaling::kNone:
      return "none";
  }
  return "?";
}

Scaling scaling_from_name(const std::string& name) {
  for (const Scaling scaling :
       {Scaling::kStandard, Scaling::kMinMax, Scaling::kRobust, Scaling::kNone}) {
    if (name == scaling_name(scaling)) return scaling;
  }
  throw Error(ErrorKind::kUsage, "unknown scaling '" + name + "'", "scaling",
              "use standard, min-max, robust or none");
}

double Grid::factor(int f) const {
  const GridFeature& feature = features[static_cast<std::size_t>(f)];
  return feature.constant ? 0.0 : std::ldexp(1.0, p) / feature.scale;
}

double Grid::cell() const { return std::ldexp(1.0, -p); }

double Grid::transformed(double x, int f) const {
  if (!features[static_cast<std::size_t>(f)].log1p) return x;
  if (!(x > -1.0)) {
    throw Error(ErrorKind::kData, "log1p needs values above -1, found " + std::to_string(x),
                "feature " + std::to_string(f), "leave this feature out of log1p");
  }
  return log1p_exactly(x);
}

double Grid::value(double q, int f) const {
  const GridFeature& feature = features[static_cast<std::size_t>(f)];
  const double x =
      feature.constant ? feature.offset : feature.offset + (q * cell()) * feature.scale;
  return feature.log1p ? expm1_exactly(x) : x;
}

Grid make_grid(const Summary& summary, Scaling scaling, const std::vector<bool>& log1p) {
  Grid grid;
  grid.scaling = scaling;
  grid.p = kLargestP;
  bool any = false;
  for (std::size_t f = 0; f < summary.ranges.size(); ++f) {
    GridFeature feature = scaled_feature(summary, scaling, f);
    feature.log1p = f < log1p.size() && log1p[f];
    if (!feature.constant) {
      grid.p = std::min(grid.p, largest_p(summary.ranges[f], feature));
      any = true;
    }
    grid.features.push_back(feature);
  }
  if (!any) grid.p = 0;
  if (any && scaling != Scaling::kNone) grid.p = std::max(grid.p, kSmallestP);
  return grid;
}

}  // namespace covey
