// Stands in for the screen where its kernels are not part of the build: the same interface by exact
// distances to every centroid, a thread a point. For tests of what is built upon it; slow.
#include <cmath>

#include "covey/half_screen.h"
#include "distance.cuh"
#include "kernel.h"
#include "launch.h"
#include "screen.h"
#include "update.cuh"

namespace covey::cuda {
namespace {

__global__ void write_rows(ScreenPointsView view, std::uint16_t* high, std::int16_t* low) {
  const PointsView& points = view.points;
  for (std::int64_t e = first_item(); e < points.count * points.d; e += item_stride()) {
    const std::int64_t i = e % points.count;
    const int f = static_cast<int>(e / points.count);
    const std::int32_t v = static_cast<int>(points.q[f * points.stride + i]) - view.origin[f];
    const std::int64_t place = view.place(i, f);
    high[place] = half_of_grid(v);
    low[place] = static_cast<std::int16_t>(v - grid_of_half(high[place]));
  }
}

/// The least distance and the next, and whose the least is.
struct Nearest {
  std::int64_t least = INT64_MAX, second = INT64_MAX;
  int cluster = 0;
};

__device__ inline Nearest nearest_of(const PointsView& points, std::int64_t i,
                                     const std::int32_t* centroids, int k) {
  const auto row = [&](int j) { return centroids + static_cast<std::int64_t>(j) * points.d; };
  Nearest nearest;
  for (int j = 0; j < k; ++j) {
    const std::int64_t distance = exact_distance(points, i, row(j));
    if (distance < nearest.least ||
        (distance == nearest.least && wins_tie(row(j), row(nearest.cluster), points.d, false))) {
      nearest.second = nearest.least;
      nearest.least = distance;
      nearest.cluster = j;
    } else if (distance < nearest.second) {
      nearest.second = distance;
    }
  }
  return nearest;
}

/// sqrt(second) - sqrt(least), rounded down: the difference of the squares is exact.
__device__ inline float slack_of(const Nearest& nearest) {
  if (nearest.second == INT64_MAX) return 0x1p30F;  // a single cluster
  const auto gap = static_cast<double>(nearest.second - nearest.least);
  if (gap == 0) return 0;
  return static_cast<float>(
      gap / (sqrt(static_cast<double>(nearest.second)) + sqrt(static_cast<double>(nearest.least))) *
      (1 - 0x1p-22));
}

__global__ void label_exactly(ScreenPass pass, PointsView points) {
  if (pass.model != nullptr && !ActiveModels::is_active(pass.model->phase)) return;
  if (pass.choice != nullptr && *pass.choice != pass.chosen) return;
  const std::int64_t count = pass.list == nullptr ? points.count : *pass.list_count;
  for (std::int64_t t = first_item(); t < count; t += item_stride()) {
    const std::int64_t i = pass.list == nullptr ? t : pass.list[t];
    const Nearest nearest = nearest_of(points, i, pass.centroids, pass.k);
    pass.label[i] = nearest.cluster;
    if (pass.slack != nullptr) pass.slack[i] = slack_of(nearest);
  }
}

}  // namespace

bool ScreenPoints::fits(const Device& device, const PointsView& points) {
  const std::int64_t slabs = (points.d + kScreenSlab - 1) / kScreenSlab;
  const std::int64_t tiles = (points.count + kScreenTile - 1) / kScreenTile;
  return static_cast<std::size_t>(tiles * slabs * kScreenTile * kScreenSlab * 4) <=
         device.free_bytes() / 2;
}

ScreenPoints::ScreenPoints(const Device& device, const PointsView& points) : origin_(points.d) {
  view_.points = points;
  view_.slabs = (points.d + kScreenSlab - 1) / kScreenSlab;
  const std::int64_t size =
      (points.count + kScreenTile - 1) / kScreenTile * view_.slabs * kScreenTile * kScreenSlab;
  high_ = Buffer<std::uint16_t>(size);
  low_ = Buffer<std::int16_t>(size);
  high_.fill_bytes(0);
  low_.fill_bytes(0);
  origin_.fill_bytes(0);
  view_.high = high_.data();
  view_.low = low_.data();
  view_.origin = origin_.data();
  launch(write_rows, spread(device, points.count * points.d), view_, high_.data(), low_.data());
}

Screen::Screen(const Device& device, const ScreenPointsView& view, int largest_k)
    : device_(device), view_(view) {
  (void)largest_k;
}

void Screen::label(const ScreenPass& pass) {
  launch(label_exactly, spread(device_, view_.points.count), pass, view_.points);
}

}  // namespace covey::cuda
