// Figures of distinct points become figures of rows; chosen points become rows of coordinates.
#pragma once

#include <vector>

#include "kernel.h"
#include "launch.h"
#include "part_load.h"
#include "parts.h"
#include "points.h"
#include "threads.h"

namespace covey::cuda {

template <class T>
__global__ void gather_by_source(const T* of_point, const std::uint32_t* source, std::int64_t rows,
                                 T* of_row) {
  for (std::int64_t i = first_item(); i < rows; i += item_stride()) of_row[i] = of_point[source[i]];
}

/// One figure of every point, taken part by part, and then of every row. Where one part has all
/// points the device gathers, else the host.
template <class T>
class RowFigures {
 public:
  RowFigures(const Parts& parts, const RowMap& map)
      : host_threads_(parts.shards().first().host_threads), points_(parts.count()), map_(map) {}

  void take(const PartInPlace& part, const Buffer<T>& of_point) {
    const Buffer<std::uint32_t>* source = map_.on_device();
    if (source == nullptr) {
      of_point_.resize(static_cast<std::size_t>(points_));  // gigabytes: not before they are wanted
      download(of_point_.data() + part.first, of_point.data(), of_point.size());
      return;
    }
    Buffer<T> of_row(source->size());
    launch(gather_by_source<T>, spread(part.device, source->size()), of_point.data(),
           source->data(), source->size(), of_row.data());
    of_row_ = downloaded(of_row.data(), of_row.size());
  }

  std::vector<T> rows() {
    if (map_.on_device() != nullptr) return std::move(of_row_);
    constexpr std::int64_t kGrain = 1 << 16;
    std::vector<T> of_row(static_cast<std::size_t>(map_.rows()));
    const std::vector<std::uint32_t>& source = map_.on_host();
    const internal::Threads threads(host_threads_);
    threads.for_each(internal::Piece::count(kGrain, map_.rows()), [&](std::int64_t task, int) {
      const internal::Piece piece(task, kGrain, map_.rows());
      for (auto i = static_cast<std::size_t>(piece.begin); i < static_cast<std::size_t>(piece.end);
           ++i)
        of_row[i] = of_point_[source[i]];
    });
    return of_row;
  }

 private:
  int host_threads_;
  std::int64_t points_;
  const RowMap& map_;
  std::vector<T> of_point_, of_row_;
};

/// Coordinates of the chosen points, row-major, on the host.
std::vector<std::int32_t> rows_of(const Device& device, const PointsView& points,
                                  const Buffer<std::uint32_t>& chosen);

}  // namespace covey::cuda
