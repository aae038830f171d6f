// Thresholds that people can read: the shortest decimals that do what the exact values would.
#pragma once

namespace covey::driver {

/// The double of the fewest decimal digits in (below, value]; of several, one near the middle.
/// Finite, below < value.
double decimal_at_most(double below, double value);

/// The same in [value, above).
double decimal_at_least(double value, double above);

}  // namespace covey::driver
