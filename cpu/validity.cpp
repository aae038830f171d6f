#include "covey/validity.h"

#include <limits>

namespace covey {

double total_scatter(const Gram& gram) {
  double total = 0;
  for (int f = 0; f < gram.d; ++f) {
    const std::int64_t sum = gram.sums[static_cast<std::size_t>(f)];
    const Int128 scatter =
        static_cast<Int128>(gram.weight) * gram.at(f, f) - static_cast<Int128>(sum) * sum;
    total += static_cast<double>(scatter) / static_cast<double>(gram.weight);
  }
  return total;
}

double calinski_harabasz(double total_scatter, Int128 inertia, int k, std::int64_t weight) {
  if (k < 2 || weight <= k) return 0;
  const double within = static_cast<double>(inertia);
  const double between = total_scatter - within;
  if (within == 0) return between > 0 ? std::numeric_limits<double>::infinity() : 0;
  return (between / static_cast<double>(k - 1)) / (within / static_cast<double>(weight - k));
}

}  // namespace covey
