// Exact sums of products. Within a segment of points whose sum of m times the largest |q|^2 stays
// below 2^53, doubles add the products exactly in any order; segments are then added as 128-bit
// integers.
#include <algorithm>
#include <cmath>

#include "cpu_points.h"

namespace covey::internal {
namespace {

constexpr double kExact = 0x1p53;

/// Upper triangle, row by row, of the sums of one worker.
struct Triangle {
  std::vector<std::int64_t> sums;
  std::vector<Int128> products;
};

struct BlockCopy {
  std::vector<double> q;         // d x 256
  std::vector<double> weighted;  // 256: m q_f of one feature
};

double largest_magnitude(const Blocks& points, std::int64_t b) {
  float largest = 0;
  const float* q = points.block(b);
  for (int i = 0; i < points.d * kBlock; ++i) largest = std::max(largest, std::abs(q[i]));
  return static_cast<double>(largest);
}

/// One point whose own products may not fit a double.
void add_point(const Blocks& points, std::int64_t i, Triangle& into) {
  std::vector<std::int32_t> q(static_cast<std::size_t>(points.d));
  points.point(i, q.data());
  const std::int64_t m = points.weight(i);
  std::size_t at = 0;
  for (std::size_t f = 0; f < q.size(); ++f) {
    into.sums[f] += m * q[f];
    for (std::size_t g = f; g < q.size(); ++g)
      into.products[at++] += static_cast<Int128>(m * q[f]) * q[g];
  }
}

void add_segment(const Kernels& kernels, const Blocks& points, std::int64_t b, int first, int last,
                 BlockCopy& copy, Triangle& into) {
  const std::uint32_t* weights = points.weights(b);
  std::size_t at = 0;
  for (int f = 0; f < points.d; ++f) {
    const double* q = copy.q.data() + static_cast<std::int64_t>(f) * kBlock;
    double sum = 0;
    for (int i = first; i < last; ++i) {
      const double weighted = static_cast<double>(weights[i]) * q[i];
      copy.weighted[static_cast<std::size_t>(i)] = weighted;
      sum += weighted;
    }
    into.sums[static_cast<std::size_t>(f)] += static_cast<std::int64_t>(sum);
    for (int g = f; g < points.d; ++g)
      into.products[at++] += static_cast<std::int64_t>(kernels.exact_dot(
          copy.weighted.data() + first,
          copy.q.data() + static_cast<std::int64_t>(g) * kBlock + first, last - first));
  }
}

void add_block(const Kernels& kernels, const Blocks& points, std::int64_t b, BlockCopy& copy,
               Triangle& into) {
  const float* q = points.block(b);
  std::copy_n(q, points.d * kBlock, copy.q.begin());
  const double largest = std::max(1.0, largest_magnitude(points, b));
  const double budget = kExact / (largest * largest);
  const std::uint32_t* weights = points.weights(b);
  const int filled = points.filled(b);
  for (int first = 0; first < filled;) {
    double mass = weights[first];
    int last = first + 1;
    while (last < filled && mass + weights[last] <= budget) mass += weights[last++];
    if (mass > budget)
      add_point(points, b * kBlock + first, into);
    else
      add_segment(kernels, points, b, first, last, copy, into);
    first = last;
  }
}

}  // namespace

Gram CpuPoints::gram() {
  const Blocks& points = distinct_.points;
  const auto d = static_cast<std::size_t>(points.d);
  std::vector<Triangle> parts(static_cast<std::size_t>(threads_->count()));
  std::vector<BlockCopy> copies(parts.size());
  threads_->for_each(points.blocks(), [&](std::int64_t b, int worker) {
    Triangle& part = parts[static_cast<std::size_t>(worker)];
    BlockCopy& copy = copies[static_cast<std::size_t>(worker)];
    if (part.sums.empty()) {
      part = {std::vector<std::int64_t>(d, 0), std::vector<Int128>(d * (d + 1) / 2, 0)};
      copy = {std::vector<double>(d * kBlock), std::vector<double>(kBlock)};
    }
    add_block(kernels_, points, b, copy, part);
  });
  Gram gram{points.d, weight_, std::vector<std::int64_t>(d, 0), std::vector<Int128>(d * d, 0)};
  for (const Triangle& part : parts) {
    if (part.sums.empty()) continue;
    std::size_t at = 0;
    for (std::size_t f = 0; f < d; ++f) {
      gram.sums[f] += part.sums[f];
      for (std::size_t g = f; g < d; ++g) gram.products[f * d + g] += part.products[at++];
    }
  }
  for (std::size_t f = 0; f < d; ++f) {
    for (std::size_t g = 0; g < f; ++g) gram.products[f * d + g] = gram.products[g * d + f];
  }
  return gram;
}

}  // namespace covey::internal
