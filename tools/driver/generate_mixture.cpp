#include "generate_mixture.h"

#include <cstddef>

namespace covey::driver {

CountTable::CountTable(const CountLaw& law) {
  // p(c + 1) / p(c) = q (c + shape) / (c + 1), q = mean / (mean + shape); p(0) = 1 until the sum is
  // known.
  const double q = law.mean / (law.mean + law.shape);
  std::vector<double> cumulative;
  double term = 1.0;
  double sum = 0.0;
  for (int count = 0; count <= law.mean || term > sum * 0x1p-40; ++count) {
    sum += term;
    cumulative.push_back(sum);
    term *= q * (count + law.shape) / (count + 1);
  }
  end_.reserve(cumulative.size());
  for (const double value : cumulative) {
    end_.push_back(static_cast<std::uint64_t>(value / sum * 0x1p32));
  }
  end_.back() = std::uint64_t{1} << 32;

  first_.resize(std::size_t{1} << (32 - kShift));
  std::size_t count = 0;
  for (std::size_t block = 0; block < first_.size(); ++block) {
    while (end_[count] <= (static_cast<std::uint64_t>(block) << kShift)) ++count;
    first_[block] = static_cast<std::uint16_t>(count);
  }
}

double CountTable::mean() const {
  double sum = 0.0;
  std::uint64_t begin = 0;
  for (std::size_t count = 0; count < end_.size(); ++count) {
    sum += static_cast<double>(count) * (static_cast<double>(end_[count] - begin) * 0x1p-32);
    begin = end_[count];
  }
  return sum;
}

}  // namespace covey::driver
