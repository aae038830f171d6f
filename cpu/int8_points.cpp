// Points and centroids as bytes, with what the rounding cut off.
#include <algorithm>
#include <cmath>

#include "int8_screen.h"

namespace covey::internal {
namespace {

constexpr int kLanes = kInt8Lanes;

int padded_to(int count, int multiple) { return (count + multiple - 1) / multiple * multiple; }

/// A float not below x >= 0, which comes from a few operations of doubles.
float rounded_up(double x) { return static_cast<float>(x * (1.0 + 0x1p-20)); }

void set_row(const std::int32_t* q, int c, const Int8Points& points, Int8Centroids& out) {
  constexpr double kUnit = 0x1p-24;
  const auto from_origin = [&](int f) {
    return static_cast<double>(q[f]) -
           static_cast<double>(points.origin[static_cast<std::size_t>(f)]);
  };
  double most = 0;
  for (int f = 0; f < points.d; ++f) most = std::max(most, std::abs(from_origin(f)));
  const auto at = static_cast<std::size_t>(c);
  const float scale = static_cast<float>(most) / 127.0F;
  const double inverse = most > 0 ? 1.0 / static_cast<double>(scale) : 0.0;
  std::int8_t* bytes = out.bytes.data() + static_cast<std::int64_t>(c) * points.quads * 4;
  double square = 0, rest_square = 0;
  std::int32_t sum = 0;
  for (int f = 0; f < points.d; ++f) {
    const double x = from_origin(f);
    const double byte = std::clamp(std::nearbyint(x * inverse), -127.0, 127.0);
    const double rest = x - static_cast<double>(scale) * byte;
    bytes[f] = static_cast<std::int8_t>(byte);
    sum += static_cast<std::int32_t>(byte);
    square += x * x;
    rest_square += rest * rest;
  }
  const double norm = std::sqrt(square), rest_norm = std::sqrt(rest_square);
  out.bias[at] = -128 * sum;
  out.scale[at] = scale;
  out.half[at] = static_cast<float>(square / 2);
  out.norm[at] = rounded_up(norm);
  out.rest_norm[at] = rounded_up(rest_norm + 6 * kUnit * (norm + rest_norm));
  out.rounding[at] = rounded_up(6 * kUnit * (square / 2));
}

template <class T>
void grow(AlignedVector<T>& vector, std::size_t size) {
  if (vector.size() < size) vector.resize(size);
}

}  // namespace

bool int8_pays(int d) {
  constexpr int kLeastDimensions = 16;
  return d >= kLeastDimensions;
}

int int8_saving(int k, int d) {
  // 16 points share a vector of 16 floats, or of 16 times four bytes; a ranking takes 5 or 8, and a
  // group has its bounds to make and its candidates to count.
  const double by_floats = 2 * k * (d + 5.0), by_bytes = 2 * k * (d / 4.0 + 8.0) + k / 2.0 + 120;
  constexpr double kWorthIt = 1.15;
  return by_floats > by_bytes * kWorthIt ? static_cast<int>(by_floats - by_bytes) : 0;
}

std::int64_t int8_second_look(std::int64_t points, std::int64_t candidates, int d) {
  // A point is gathered, and measured against its candidates four at a time.
  return points * (d + 40) + candidates * (d / 8 + 10);
}

Int8Points int8_points(const Threads& threads, const Blocks& blocks,
                       std::span<const std::int32_t> mean) {
  Int8Points points;
  points.d = blocks.d;
  points.quads = (blocks.d + 3) / 4;
  points.origin.assign(mean.begin(), mean.end());
  points.origin.resize(static_cast<std::size_t>(padded_to(blocks.d, kLanes)), 0.0F);
  const auto padded = static_cast<std::size_t>(blocks.blocks()) * kBlock;
  points.bytes.resize(padded * static_cast<std::size_t>(points.quads) * 4);
  points.scale.resize(padded);
  points.norm.assign(padded / kInt8Group, 0.0F);
  points.rest_norm.assign(padded / kInt8Group, 0.0F);
  constexpr std::int64_t kBlocksATask = 16;
  threads.for_each(Piece::count(kBlocksATask, blocks.blocks()), [&](std::int64_t task, int) {
    const Piece piece(task, kBlocksATask, blocks.blocks());
    for (std::int64_t b = piece.begin; b < piece.end; ++b) fill_int8_block(blocks, b, points);
  });
  return points;
}

Int8Centroids int8_centroids(std::span<const std::int32_t> q, int k, const Int8Points& points,
                             int saving) {
  constexpr float kFar = 3e38F;
  Int8Centroids centroids;
  centroids.saving = saving;
  centroids.trials = std::make_shared<Int8Trials>();
  centroids.k = k;
  centroids.rows = padded_to(k, 4);
  const auto padded = static_cast<std::size_t>(padded_to(k, kLanes));
  centroids.bytes.assign(padded * static_cast<std::size_t>(points.quads) * 4, 0);
  centroids.bias.assign(padded, 0);
  centroids.half.assign(padded, kFar);
  for (auto* zeros : {&centroids.scale, &centroids.norm, &centroids.rest_norm, &centroids.rounding})
    zeros->assign(padded, 0.0F);
  centroids.padded_d = padded_to(points.d, kLanes);
  centroids.coordinates.assign(padded * static_cast<std::size_t>(centroids.padded_d), 0);
  for (int c = 0; c < k; ++c) {
    const std::int32_t* row = q.data() + static_cast<std::int64_t>(c) * points.d;
    set_row(row, c, points, centroids);
    std::copy_n(
        row, points.d,
        centroids.coordinates.begin() + static_cast<std::ptrdiff_t>(c) * centroids.padded_d);
  }
  return centroids;
}

void Int8Scratch::reserve(const Int8Points& points, const Int8Centroids& centroids) {
  const int kept = int8_keeps_scores(centroids) ? centroids.rows : kInt8Chunk;
  const auto bits = static_cast<std::size_t>(padded_to(centroids.rows, 32));
  grow(scores, static_cast<std::size_t>(padded_to(kept, kLanes)) * kInt8Group);
  grow(start, kInt8Chunk);
  grow(twice_bound, kInt8Chunk);
  grow(candidates, bits / 32 * kInt8Group);
  grow(rows, static_cast<std::size_t>(kLanes) * static_cast<std::size_t>(centroids.padded_d));
  grow(bytes, static_cast<std::size_t>(points.quads) * kInt8Group * 4);
  grow(scale, kInt8Group);
  if (list.size() < bits + 4) list.resize(bits + 4);
}

}  // namespace covey::internal
