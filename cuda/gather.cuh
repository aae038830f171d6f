// Figures of distinct points become figures of rows; chosen points become rows of coordinates.
#pragma once

#include <vector>

#include "kernel.h"
#include "launch.h"
#include "points.h"

namespace covey::cuda {

template <class T>
__global__ void gather_by_source(const T* of_point, const std::uint32_t* source, std::int64_t rows,
                                 T* of_row) {
  for (std::int64_t i = first_item(); i < rows; i += item_stride()) of_row[i] = of_point[source[i]];
}

/// of_row[i] = of_point[source[i]], on the host.
template <class T>
std::vector<T> by_row(const Device& device, const Buffer<T>& of_point,
                      const Buffer<std::uint32_t>& source) {
  Buffer<T> of_row(source.size());
  launch(gather_by_source<T>, spread(device, source.size()), of_point.data(), source.data(),
         source.size(), of_row.data());
  return downloaded(of_row.data(), of_row.size());
}

/// Coordinates of the chosen points, row-major, on the host.
std::vector<std::int32_t> rows_of(const Device& device, const PointsView& points,
                                  const Buffer<std::uint32_t>& chosen);

}  // namespace covey::cuda
