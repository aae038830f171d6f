// Tails of the distributions that tests refer to, and their non-centrality turned round. Boost.Math
// under a policy that never throws.
#pragma once

namespace covey::driver {

/// P(Z > z) of the standard normal; 0 where it is too small for a double.
double normal_upper(double z);

/// z with P(Z < z) = p, p in (0, 1).
double normal_quantile(double p);

/// P(X > x) of chi-square with this many degrees of freedom > 0; x >= 0, infinity allowed.
double chi_square_upper(double x, double degrees);

/// P(F > f) of Fisher's F with these degrees of freedom > 0; f >= 0, infinity allowed.
double f_upper(double f, double between, double within);

struct Noncentrality {
  double low = 0, high = 0;
};

/// 95 % interval of the non-centrality of chi-square from one observation x >= 0: low and high are
/// the values under which P(X >= x) and P(X <= x) are 0.025, low 0 where it would be negative. high
/// is never below that of the median of the central distribution: an observation that is small by
/// luck (0 where rates are equal by chance) does not prove that there is no effect (Cowan, Cranmer,
/// Gross and Vitells 2011).
Noncentrality chi_square_noncentrality(double x, double degrees);

/// The same of F from one observation f >= 0.
Noncentrality f_noncentrality(double f, double between, double within);

}  // namespace covey::driver
