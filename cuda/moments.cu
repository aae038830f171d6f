// Steps 1 and 2 of the contract over columns: ranges with the refusal of bad cells, and moments.
#include <limits>

#include "columns.h"
#include "points.h"
#include "range.cuh"
#include "values.h"

namespace covey::cuda {
namespace {

constexpr std::uint64_t kNoCell = std::numeric_limits<std::uint64_t>::max();

/// Cells by row, then feature: row * 4096 + feature.
constexpr int kFeatureBits = 12;
static_assert(kMaxDimensions <= 1 << kFeatureBits);

__global__ void __launch_bounds__(kThreads)
    range_kernel(ColumnChunk chunk, const std::uint8_t* log1p, std::uint64_t* low,
                 std::uint64_t* high, std::uint64_t* bad_cell) {
  const int f = own_feature(chunk.d);
  const bool log = log1p[f] != 0;
  const double least = internal::least_value(log);
  Range range;
  std::uint64_t bad = kNoCell;
  for (std::int64_t i = first_row(chunk.d); i < chunk.rows; i += row_stride(chunk.d)) {
    const double x = chunk.value(f, i);
    if (x >= least && x <= kMaxValue) {
      range.include(internal::transformed(x, log));
    } else {
      const std::uint64_t cell = static_cast<std::uint64_t>(chunk.first + i) << kFeatureBits |
                                 static_cast<std::uint64_t>(f);
      if (cell < bad) bad = cell;
    }
  }
  add_block_range(range, low + f, high + f);
  take_block_min(bad, bad_cell);
}

/// sums: sum_v, sum_r, square_low, square_high of each feature, in this order.
__global__ void __launch_bounds__(kThreads)
    moments_kernel(ColumnChunk chunk, const std::uint8_t* log1p, const FixedPoint* fixed,
                   std::int64_t* sums) {
  const int f = own_feature(chunk.d);
  const bool log = log1p[f] != 0;
  const FixedPoint point = fixed[f];
  Moments own;
  for (std::int64_t i = first_row(chunk.d); i < chunk.rows; i += row_stride(chunk.d))
    own.add(point.split(internal::transformed(chunk.value(f, i), log)), chunk.weight(i));
  add_block_sum(own.sum_v, sums + 4 * f);
  add_block_sum(own.sum_r, sums + 4 * f + 1);
  add_block_sum(own.square_low, sums + 4 * f + 2);
  add_block_sum(own.square_high, sums + 4 * f + 3);
}

/// One flag a feature; log1p may be empty.
Buffer<std::uint8_t> flags(const std::vector<bool>& log1p, int d) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(d), 0);
  for (std::size_t f = 0; f < log1p.size(); ++f) bytes[f] = log1p[f] ? 1 : 0;
  return uploaded(bytes);
}

[[noreturn]] void refuse_cell(std::span<const Columns> batches, const std::vector<bool>& log1p,
                              std::uint64_t cell) {
  const auto row = static_cast<std::int64_t>(cell >> kFeatureBits);
  const std::size_t f = cell & ((1U << kFeatureBits) - 1);
  std::int64_t first = 0;
  std::size_t b = 0;
  while (row >= first + batches[b].rows) first += batches[b++].rows;
  internal::refuse_value(batches[b].features[f][row - first], f < log1p.size() && log1p[f], row,
                         static_cast<int>(f));
}

}  // namespace

std::vector<Range> ranges_of(const Device& device, std::span<const Columns> batches,
                             const std::vector<bool>& log1p) {
  const int d = batches.front().dimensions();
  const Buffer<std::uint8_t> logs = flags(log1p, d);
  RangeBits bits(d);
  Buffer<std::uint64_t> bad(1);
  bad.fill_bytes(0xFF);
  for_chunks(device, batches, [&](const ColumnChunk& chunk) {
    launch(range_kernel, feature_blocks(device, d, chunk.rows), chunk, logs.data(), bits.low.data(),
           bits.high.data(), bad.data());
  });
  const std::uint64_t cell = downloaded(bad.data(), 1)[0];
  if (cell != kNoCell) refuse_cell(batches, log1p, cell);
  return bits.ranges();
}

std::vector<Moments> moments_of(const Device& device, std::span<const Columns> batches,
                                const std::vector<bool>& log1p, std::span<const FixedPoint> fixed) {
  const auto d = static_cast<int>(fixed.size());
  const Buffer<std::uint8_t> logs = flags(log1p, d);
  const Buffer<FixedPoint> points = uploaded(fixed);
  Buffer<std::int64_t> sums(4 * static_cast<std::int64_t>(d));
  sums.fill_bytes(0);
  for_chunks(device, batches, [&](const ColumnChunk& chunk) {
    launch(moments_kernel, feature_blocks(device, d, chunk.rows), chunk, logs.data(), points.data(),
           sums.data());
  });
  const std::vector<std::int64_t> totals = downloaded(sums.data(), sums.size());
  std::vector<Moments> moments;
  for (std::size_t f = 0; f < fixed.size(); ++f)
    moments.push_back({totals[4 * f], totals[4 * f + 1], totals[4 * f + 2], totals[4 * f + 3]});
  return moments;
}

}  // namespace covey::cuda
