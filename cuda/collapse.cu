// Equal grid points become one with the sum of their multiplicities: rows are sorted by hash, so
// that equal ones lie side by side. Where different points share a hash they are told apart by a
// second sort that looks at coordinates.
#include <utility>

#include "kernel.h"
#include "launch.h"
#include "points.h"
#include "sort.h"

namespace covey::cuda {
namespace {

__global__ void __launch_bounds__(kThreads)
    count_up_kernel(std::uint32_t* values, std::int64_t count) {
  for (std::int64_t i = first_item(); i < count; i += item_stride())
    values[i] = static_cast<std::uint32_t>(i);
}

__device__ bool same_point(const PointsView& points, std::uint32_t a, std::uint32_t b) {
  for (int f = 0; f < points.d; ++f) {
    const float* q = points.q + f * points.stride;
    if (q[a] != q[b]) return false;
  }
  return true;
}

/// head[i] = 1 where the i-th row in order differs from the one before. Sets *collision where
/// neighbours of one hash differ.
__global__ void __launch_bounds__(kThreads)
    mark_heads_kernel(PointsView rows, const std::uint64_t* hash, const std::uint32_t* order,
                      std::uint32_t* head, std::uint32_t* collision) {
  for (std::int64_t i = first_item(); i < rows.count; i += item_stride()) {
    bool first = true;
    if (i > 0 && hash[order[i]] == hash[order[i - 1]]) {
      first = !same_point(rows, order[i], order[i - 1]);
      if (first) *collision = 1;
    }
    head[i] = first ? 1 : 0;
  }
}

/// Where the rows of the distinct points lie in the order.
struct Runs {
  std::uint32_t* source;  // of each row
  std::uint32_t* row;     // one row of each distinct point
  std::uint32_t* last;    // place in the order of its last row
};

/// number[i]: how many distinct points the rows up to the i-th in order make.
__global__ void __launch_bounds__(kThreads)
    number_rows_kernel(const std::uint32_t* order, const std::uint32_t* number, std::int64_t count,
                       Runs runs) {
  for (std::int64_t i = first_item(); i < count; i += item_stride()) {
    const std::uint32_t point = number[i] - 1;
    runs.source[order[i]] = point;
    if (i == count - 1 || number[i + 1] != number[i]) {
      runs.row[point] = order[i];
      runs.last[point] = static_cast<std::uint32_t>(i);
    }
  }
}

__global__ void __launch_bounds__(kThreads)
    gather_weights_kernel(const std::uint32_t* multiplicity, const std::uint32_t* order,
                          std::int64_t count, std::uint32_t* weights) {
  for (std::int64_t i = first_item(); i < count; i += item_stride())
    weights[i] = multiplicity[order[i]];
}

/// up_to[i]: multiplicities of the rows up to the i-th in order; null: all 1.
__global__ void __launch_bounds__(kThreads)
    multiplicity_kernel(const std::uint32_t* last, const std::uint32_t* up_to, std::int64_t count,
                        std::uint32_t* multiplicity) {
  for (std::int64_t j = first_item(); j < count; j += item_stride()) {
    const std::uint32_t end = up_to == nullptr ? last[j] + 1 : up_to[last[j]];
    std::uint32_t begin = 0;
    if (j > 0) begin = up_to == nullptr ? last[j - 1] + 1 : up_to[last[j - 1]];
    multiplicity[j] = end - begin;
  }
}

__global__ void __launch_bounds__(kThreads)
    gather_points_kernel(PointsView rows, const std::uint64_t* row_hash, const std::uint32_t* row,
                         PointsView points, float* q, std::uint64_t* hash) {
  for (std::int64_t j = first_item(); j < points.count; j += item_stride()) {
    const std::int64_t from = row[j];
    for (int f = 0; f < rows.d; ++f) q[f * points.stride + j] = rows.q[f * rows.stride + from];
    hash[j] = row_hash[from];
  }
}

__global__ void __launch_bounds__(kThreads)
    find_heavy_kernel(const std::uint32_t* multiplicity, std::int64_t count, std::uint32_t* found) {
  for (std::int64_t i = first_item(); i < count; i += item_stride()) {
    if (multiplicity[i] > 1) *found = 1;
  }
}

/// Rows in an order in which equal ones are neighbours, and the number of the distinct point that
/// each of them is, counted from 1.
struct Ordered {
  Buffer<std::uint32_t> order, number;
};

Ordered order_rows(const Device& device, const DevicePoints& rows) {
  const std::int64_t n = rows.count;
  const Shape shape = spread(device, n);
  Ordered ordered{Buffer<std::uint32_t>(n), Buffer<std::uint32_t>(n)};
  std::uint32_t* order = ordered.order.data();
  launch(count_up_kernel, shape, order, n);
  {
    Buffer<std::uint64_t> keys(n);
    COVEY_CUDA(cudaMemcpyAsync(keys.data(), rows.hash.data(),
                               static_cast<std::size_t>(n) * sizeof(std::uint64_t),
                               cudaMemcpyDeviceToDevice));
    sort_pairs(keys.data(), order, n);
  }
  Buffer<std::uint32_t> collision(1);
  collision.fill_bytes(0);
  const auto mark_heads = [&] {
    launch(mark_heads_kernel, shape, rows.view(), rows.hash.data(), order, ordered.number.data(),
           collision.data());
  };
  mark_heads();
  if (downloaded(collision.data(), 1)[0] != 0) {
    sort_points(order, rows.view(), rows.hash.data(), n);
    mark_heads();
  }
  running_sums(ordered.number.data(), n);
  return ordered;
}

/// Leaves multiplicities out where all are 1.
void drop_ones(const Device& device, DevicePoints& points) {
  if (points.multiplicity.empty()) return;
  Buffer<std::uint32_t> heavy(1);
  heavy.fill_bytes(0);
  launch(find_heavy_kernel, spread(device, points.count), points.multiplicity.data(), points.count,
         heavy.data());
  if (downloaded(heavy.data(), 1)[0] == 0) points.multiplicity = Buffer<std::uint32_t>();
}

/// All rows are distinct: they are the points as they stand.
Collapsed take_rows(const Device& device, DevicePoints& rows) {
  Collapsed collapsed;
  collapsed.source = Buffer<std::uint32_t>(rows.count);
  launch(count_up_kernel, spread(device, rows.count), collapsed.source.data(), rows.count);
  drop_ones(device, rows);
  collapsed.points = std::exchange(rows, DevicePoints());
  return collapsed;
}

}  // namespace

Collapsed collapse_rows(const Device& device, DevicePoints& rows, bool by_hash) {
  const std::int64_t n = rows.count;
  Ordered ordered = order_rows(device, rows);
  const std::int64_t distinct = downloaded(ordered.number.data() + (n - 1), 1)[0];
  if (distinct == n && !by_hash) {
    ordered = Ordered();
    return take_rows(device, rows);
  }
  Collapsed collapsed;
  collapsed.source = Buffer<std::uint32_t>(n);
  Buffer<std::uint32_t> row(distinct), last(distinct), multiplicity(distinct);
  launch(number_rows_kernel, spread(device, n), ordered.order.data(), ordered.number.data(), n,
         Runs{collapsed.source.data(), row.data(), last.data()});
  const bool weighted = !rows.multiplicity.empty();
  std::uint32_t* up_to = weighted ? ordered.number.data() : nullptr;  // numbers are done with
  if (weighted) {
    launch(gather_weights_kernel, spread(device, n), rows.multiplicity.data(), ordered.order.data(),
           n, up_to);
    running_sums(up_to, n);  // below 2^32
  }
  launch(multiplicity_kernel, spread(device, distinct), last.data(), up_to, distinct,
         multiplicity.data());
  ordered = Ordered();
  last = Buffer<std::uint32_t>();

  collapsed.points = DevicePoints(rows.d, distinct);
  DevicePoints& points = collapsed.points;
  launch(gather_points_kernel, spread(device, distinct), rows.view(), rows.hash.data(), row.data(),
         points.view(), points.q.data(), points.hash.data());
  points.multiplicity = std::move(multiplicity);
  if (distinct == n) drop_ones(device, points);
  return collapsed;
}

}  // namespace covey::cuda
