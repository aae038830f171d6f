// Points in device memory, as the kernels read them, and the steps that make them: columns of
// doubles -> grid points with hashes -> distinct points with multiplicities.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "covey/backend.h"
#include "device.h"

namespace covey::cuda {

/// Grid points, feature by feature: coordinate f of point i is q[f * stride + i], a whole number in
/// float32. The stride is a multiple of kPadding; padding is 0.
struct PointsView {
  const float* q = nullptr;
  const std::uint32_t* multiplicity = nullptr;  ///< null: all 1
  std::int64_t count = 0;
  std::int64_t stride = 0;
  int d = 0;
};

inline constexpr std::int64_t kPadding = 128;
constexpr std::int64_t padded(std::int64_t count) {
  return (count + kPadding - 1) / kPadding * kPadding;
}

struct DevicePoints {
  int d = 0;
  std::int64_t count = 0;
  std::int64_t stride = 0;
  Buffer<float> q;                     ///< d * stride
  Buffer<std::uint32_t> multiplicity;  ///< empty: all 1; else `count`
  Buffer<std::uint64_t> hash;          ///< hash_point of each, masked by the test hook; `count`

  DevicePoints() = default;
  /// Coordinates all 0, no multiplicities.
  DevicePoints(int dimensions, std::int64_t points)
      : d(dimensions), count(points), stride(padded(points)), q(stride * dimensions), hash(points) {
    q.fill_bytes(0);
  }

  PointsView view() const { return {q.data(), multiplicity.data(), count, stride, d}; }
};

/// The rows of a data set on the grid.
struct QuantisedRows {
  DevicePoints points;  ///< multiplicities only where a batch has some
  std::vector<std::int64_t> saturated;
  std::int64_t weight = 0;
};

/// On the current device, which is `device`.
QuantisedRows quantise_rows(const Device& device, std::span<const Columns> batches,
                            const Grid& grid, std::uint64_t hash_mask);

/// Distinct points with their multiplicities and hashes; row i is point source[i].
struct Collapsed {
  DevicePoints points;  ///< multiplicities left empty where all are 1
  Buffer<std::uint32_t> source;
};

/// Where all rows are distinct they become the result themselves, and `rows` is left empty.
/// `by_hash`: the points are in the order of their hashes (never the rows themselves).
Collapsed collapse_rows(const Device& device, DevicePoints& rows, bool by_hash = false);

/// hash_point of each point, masked by the test hook.
void hash_points(const Device& device, const PointsView& points, std::uint64_t hash_mask,
                 std::uint64_t* hash);

/// sums[f] = sum m q_f, squares[f] = sum m q_f^2.
struct FeatureSums {
  std::vector<std::int64_t> sums;
  std::vector<Int128> squares;
};
FeatureSums feature_sums(const Device& device, const PointsView& points);

/// sum m q_f q_g at [f * d + g].
std::vector<Int128> products_of(const Device& device, const PointsView& points);

/// Scores of component c of every point, in device memory: `count` doubles.
Buffer<double> scores_of(const Device& device, const PointsView& points, const Pca& pca, int c,
                         double cell);

/// Widens x and y of the picture by the scores of these points. See Points::histogram.
void add_score_range(const Device& device, const PointsView& points, const Pca& pca, double cell,
                     ScoreHistogram& picture);
/// Counts these points in the picture, whose ranges are complete; label[i] in [0, clusters) of
/// each.
void add_to_histogram(const Device& device, const PointsView& points,
                      const Buffer<std::int32_t>& label, const Pca& pca, double cell,
                      ScoreHistogram& picture);

// What Backend asks of columns; see there.
std::vector<Range> ranges_of(const Device& device, std::span<const Columns> batches,
                             const std::vector<bool>& log1p);
std::vector<Moments> moments_of(const Device& device, std::span<const Columns> batches,
                                const std::vector<bool>& log1p, std::span<const FixedPoint> fixed);
/// `in_parts`: without all values in device memory, as where they do not fit.
std::vector<std::int32_t> order_statistics_of(const Device& device,
                                              std::span<const Columns> batches, int feature,
                                              bool log1p, const FixedPoint& fixed,
                                              std::span<const std::int64_t> ranks, bool in_parts);
GroupSums group_sums_of(const Device& device, std::span<const Columns> batches,
                        std::span<const FixedPoint> fixed, std::span<const std::int32_t> group,
                        int groups);

}  // namespace covey::cuda
