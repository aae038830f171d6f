// Scores on principal components, and the picture of all rows: counts by cluster over the plane of
// the first two.
#include "covey/pca.h"
#include "launch.h"
#include "points.h"
#include "range.cuh"

namespace covey::cuda {
namespace {

/// One component in device memory.
struct ComponentView {
  const double* mean;      // d, grid units
  const double* loadings;  // d; null: no such component, all scores are 0
  double cell;
};

/// Step 10: plain multiply and add in feature order.
__device__ double score_of(const PointsView& points, std::int64_t i,
                           const ComponentView& component) {
  if (component.loadings == nullptr) return 0;
  double sum = 0;
  for (int f = 0; f < points.d; ++f)
    sum = sum + (static_cast<double>(points.q[f * points.stride + i]) - component.mean[f]) *
                    component.loadings[f];
  return sum * component.cell;
}

__global__ void __launch_bounds__(kThreads)
    score_kernel(PointsView points, ComponentView component, double* scores) {
  for (std::int64_t i = first_item(); i < points.count; i += item_stride())
    scores[i] = score_of(points, i, component);
}

__global__ void __launch_bounds__(kThreads)
    score_range_kernel(PointsView points, ComponentView component, std::uint64_t* low,
                       std::uint64_t* high) {
  Range range;
  for (std::int64_t i = first_item(); i < points.count; i += item_stride())
    range.include(score_of(points, i, component));
  add_block_range(range, low, high);
}

struct Plane {
  ComponentView component[2];
  Range range[2];
  int width, height;
};

__global__ void __launch_bounds__(kThreads)
    histogram_kernel(PointsView points, const std::int32_t* label, Plane plane,
                     std::int64_t* counts) {
  for (std::int64_t i = first_item(); i < points.count; i += item_stride()) {
    const int x =
        histogram_cell(score_of(points, i, plane.component[0]), plane.range[0], plane.width);
    const int y =
        histogram_cell(score_of(points, i, plane.component[1]), plane.range[1], plane.height);
    const std::int64_t row = static_cast<std::int64_t>(label[i]) * plane.height + y;
    atomic_add(
        counts + row * plane.width + x,
        points.multiplicity == nullptr ? 1 : static_cast<std::int64_t>(points.multiplicity[i]));
  }
}

/// Mean and loadings of all components in device memory.
struct Components {
  Buffer<double> mean, loadings;
  int d, count;
  double cell;

  Components(const Pca& pca, double grid_cell)
      : mean(uploaded(pca.mean)),
        loadings(uploaded(pca.loadings)),
        d(pca.d),
        count(pca.components),
        cell(grid_cell) {}
  ComponentView view(int c) const {
    const std::int64_t from = static_cast<std::int64_t>(c) * d;
    return {mean.data(), c < count ? loadings.data() + from : nullptr, cell};
  }
};

}  // namespace

Buffer<double> scores_of(const Device& device, const PointsView& points, const Pca& pca, int c,
                         double cell) {
  const Components components(pca, cell);
  Buffer<double> scores(points.count);
  launch(score_kernel, spread(device, points.count), points, components.view(c), scores.data());
  return scores;
}

void add_score_range(const Device& device, const PointsView& points, const Pca& pca, double cell,
                     ScoreHistogram& picture) {
  const Components components(pca, cell);
  RangeBits bits(2);
  for (int c = 0; c < 2; ++c)
    launch(score_range_kernel, spread(device, points.count), points, components.view(c),
           bits.low.data() + c, bits.high.data() + c);
  const std::vector<Range> ranges = bits.ranges();
  picture.x.include(ranges[0]);
  picture.y.include(ranges[1]);
}

void add_to_histogram(const Device& device, const PointsView& points,
                      const Buffer<std::int32_t>& label, const Pca& pca, double cell,
                      ScoreHistogram& picture) {
  const Components components(pca, cell);
  Buffer<std::int64_t> counts(static_cast<std::int64_t>(picture.counts.size()));
  counts.fill_bytes(0);
  const Plane plane{{components.view(0), components.view(1)},
                    {picture.x, picture.y},
                    picture.width,
                    picture.height};
  launch(histogram_kernel, spread(device, points.count), points, label.data(), plane,
         counts.data());
  const std::vector<std::int64_t> more = downloaded(counts.data(), counts.size());
  for (std::size_t i = 0; i < more.size(); ++i) picture.counts[i] += more[i];
}

}  // namespace covey::cuda
