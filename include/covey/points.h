// Points as users hold them: columns of doubles, with integer multiplicities. A view; nothing is
// copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace covey {

/// One feature of n rows, `stride` doubles apart (1 for a column, d inside a row-major matrix).
struct Column {
  const double* data = nullptr;
  std::int64_t stride = 1;

  double operator[](std::int64_t row) const { return data[row * stride]; }
};

/// n rows of d features, 1 <= d <= 4096. Values must be finite. Several of these are a data set in
/// batches.
struct Columns {
  std::int64_t rows = 0;
  std::vector<Column> features;
  /// How often each row counts, >= 1; empty: once. The sum over a data set must be below 2^32.
  std::span<const std::uint32_t> multiplicity = {};

  int dimensions() const { return static_cast<int>(features.size()); }
  std::uint32_t weight(std::int64_t row) const {
    return multiplicity.empty() ? 1U : multiplicity[static_cast<std::size_t>(row)];
  }

  /// View of a row-major matrix of rows x dimensions doubles.
  static Columns row_major(std::span<const double> values, int dimensions) {
    Columns view;
    view.rows = static_cast<std::int64_t>(values.size()) / dimensions;
    for (int f = 0; f < dimensions; ++f) view.features.push_back({values.data() + f, dimensions});
    return view;
  }
};

inline constexpr int kMaxDimensions = 4096;

}  // namespace covey
