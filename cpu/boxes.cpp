#include "boxes.h"

#include <limits>

namespace covey::internal {
namespace {

struct FeatureOfBlock {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
  std::int64_t sum = 0;                          // m q
  std::int64_t square_low = 0, square_high = 0;  // m q^2 = square_high 2^23 + square_low
};

/// q^2 is at most 2^46 and the sum of m below 2^32: either part of the sum stays below 2^55.
FeatureOfBlock feature_of_block(const float* q, const std::uint32_t* weights, int filled) {
  FeatureOfBlock of;
  for (int i = 0; i < filled; ++i) {
    of.low = std::min(of.low, q[i]);
    of.high = std::max(of.high, q[i]);
  }
  for (int i = 0; i < filled; ++i) {
    const std::int64_t coordinate = static_cast<std::int32_t>(q[i]);
    const std::int64_t m = weights[i], square = coordinate * coordinate;
    of.sum += m * coordinate;
    of.square_low += m * (square & ((1 << 23) - 1));
    of.square_high += m * (square >> 23);
  }
  return of;
}

}  // namespace

Boxes::Boxes(const Threads& threads, const Blocks& points) : d(points.d) {
  const auto blocks = static_cast<std::size_t>(points.blocks());
  const auto cells = blocks * static_cast<std::size_t>(d);
  ends.resize(cells);
  widths.resize(cells);
  sums.resize(cells);
  weights.resize(blocks);
  largest_square.resize(blocks);
  std::vector<std::vector<Int128>> squares(static_cast<std::size_t>(threads.count()),
                                           std::vector<Int128>(static_cast<std::size_t>(d), 0));
  constexpr std::int64_t kBlocksATask = 64;
  threads.for_each(Piece::count(kBlocksATask, points.blocks()), [&](std::int64_t t, int worker) {
    std::vector<Int128>& own = squares[static_cast<std::size_t>(worker)];
    const Piece piece(t, kBlocksATask, points.blocks());
    for (std::int64_t b = piece.begin; b < piece.end; ++b) {
      const std::uint32_t* m = points.weights(b);
      double farthest = 0;
      for (int f = 0; f < d; ++f) {
        const auto at = static_cast<std::size_t>(b * d + f);
        const FeatureOfBlock of = feature_of_block(
            points.block(b) + static_cast<std::int64_t>(f) * kBlock, m, points.filled(b));
        const double low = of.low, high = of.high;
        ends[at] = low + high;
        widths[at] = high - low;
        farthest += std::max(low * low, high * high);
        sums[at] = of.sum;
        own[static_cast<std::size_t>(f)] +=
            static_cast<Int128>(of.square_high) * (1 << 23) + of.square_low;
      }
      // Rounded up: 2^-22 of it is more than half a place of a float.
      largest_square[static_cast<std::size_t>(b)] = static_cast<float>(farthest * (1 + 0x1p-22));
      for (int i = 0; i < points.filled(b); ++i) weights[static_cast<std::size_t>(b)] += m[i];
    }
  });
  feature_squares.assign(static_cast<std::size_t>(d), 0);
  for (const auto& own : squares)
    for (std::size_t f = 0; f < own.size(); ++f) feature_squares[f] += own[f];
}

}  // namespace covey::internal
