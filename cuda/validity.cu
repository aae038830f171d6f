// Validity of a labelling: exact sums of squared norms by cluster, then one pass over the distinct
// points.
#include "covey/validity.h"

#include <algorithm>

#include "cuda_points.h"
#include "kernel.h"
#include "launch.h"
#include "validity_rules.h"

namespace covey::cuda {
namespace {

constexpr int kSplit = 30;    // of a squared norm below 2^58
constexpr int kNormSums = 2;  // its low and high part
constexpr int kTile = 4;      // clusters whose distances are summed at a time
using internal::kPointSums;

/// kSums sums of each of k clusters: in the block's shared memory as two words a sum, else by
/// global atomics.
template <int kSums, bool kShared>
class SumsByCluster {
 public:
  /// All threads of the block call.
  __device__ SumsByCluster(int k, std::int64_t* totals) : count_(kSums * k), totals_(totals) {
    if constexpr (kShared) {
      for (int a = static_cast<int>(threadIdx.x); a < 2 * count_; a += kThreads) low()[a] = 0;
      __syncthreads();
    }
  }
  __device__ void add(int cluster, int which, std::int64_t value) {
    const std::int64_t at = static_cast<std::int64_t>(cluster) * kSums + which;
    if constexpr (kShared)
      add_in_words(low() + at, low() + count_ + at, value);
    else
      atomic_add(totals_ + at, value);
  }
  /// All threads of the block call, once.
  __device__ void finish() {
    if constexpr (kShared) {
      __syncthreads();
      for (int a = static_cast<int>(threadIdx.x); a < count_; a += kThreads) {
        const std::int64_t sum = from_words(low()[a], low()[count_ + a]);
        if (sum != 0) atomic_add(totals_ + a, sum);
      }
    }
  }

 private:
  __device__ static std::uint32_t* low() {
    return reinterpret_cast<std::uint32_t*>(shared_memory());
  }

  int count_;
  std::int64_t* totals_;
};

__device__ std::int64_t weight_of(const PointsView& points, std::int64_t i) {
  return points.multiplicity == nullptr ? 1 : static_cast<std::int64_t>(points.multiplicity[i]);
}

template <bool kShared>
__global__ void __launch_bounds__(kThreads)
    norm_sums_kernel(PointsView points, const std::int32_t* label, int k, std::int64_t* totals) {
  SumsByCluster<kNormSums, kShared> sums(k, totals);
  for (std::int64_t i = first_item(); i < points.count; i += item_stride()) {
    std::int64_t square = 0;
    for (int f = 0; f < points.d; ++f) {
      const auto q = static_cast<std::int64_t>(points.q[f * points.stride + i]);
      square += q * q;
    }
    const std::int64_t m = weight_of(points, i);
    sums.add(label[i], 0, m * (square & ((1LL << kSplit) - 1)));
    sums.add(label[i], 1, m * (square >> kSplit));
  }
  sums.finish();
}

/// Means and spreads of k clusters. Means lie in tiles: kTile clusters by feature, the last tile
/// filled up with clusters that are infinitely far.
struct MeansView {
  const double* means;
  const ClusterSpread* spreads;
  int k;
};

/// Plain multiply and add, in feature order.
template <bool kShared>
__global__ void __launch_bounds__(kThreads)
    validity_kernel(PointsView points, const std::int32_t* label, MeansView clusters,
                    std::int64_t* totals) {
  SumsByCluster<kPointSums, kShared> sums(clusters.k, totals);
  for (std::int64_t i = first_item(); i < points.count; i += item_stride()) {
    const int cluster = label[i];
    double own = 0, other = std::numeric_limits<double>::infinity();
    const double* mean = clusters.means;
    for (int first = 0; first < clusters.k; first += kTile) {
      double square[kTile] = {};
      for (int f = 0; f < points.d; ++f, mean += kTile) {
        const auto x = static_cast<double>(points.q[f * points.stride + i]);
#pragma unroll
        for (int c = 0; c < kTile; ++c) {
          const double apart = x - mean[c];
          square[c] = square[c] + apart * apart;
        }
      }
#pragma unroll
      for (int c = 0; c < kTile; ++c) {
        const double beyond = clusters.spreads[first + c].as_other + square[c];
        if (first + c == cluster)
          own = square[c];
        else if (beyond < other)
          other = beyond;
      }
    }
    const PointValidity point = point_validity(own, other, clusters.spreads[cluster]);
    std::int64_t share[kPointSums] = {};
    internal::add_point(point, weight_of(points, i), share);
#pragma unroll
    for (int s = 0; s < kPointSums; ++s) sums.add(cluster, s, share[s]);
  }
  sums.finish();
}

/// Means as the kernel reads them.
std::vector<double> tiled(const ValiditySums& of) {
  const int tiles = (of.k + kTile - 1) / kTile;
  std::vector<double> means(static_cast<std::size_t>(tiles) * kTile *
                            static_cast<std::size_t>(of.d));
  for (std::int64_t c = 0; c < of.k; ++c)
    for (std::int64_t f = 0; f < of.d; ++f)
      means[static_cast<std::size_t>((c / kTile * of.d + f) * kTile + c % kTile)] =
          of.means[static_cast<std::size_t>(c * of.d + f)];
  return means;
}

std::vector<ClusterSpread> filled_up(std::vector<ClusterSpread> spreads) {
  const ClusterSpread far = {0, 1, std::numeric_limits<double>::infinity()};
  spreads.resize((spreads.size() + kTile - 1) / kTile * kTile, far);
  return spreads;
}

/// A launch over the points with this many sums by cluster; whether they fit shared memory.
struct SumsShape {
  Shape shape;
  bool shared;

  SumsShape(const Device& device, std::int64_t points, int k, int sums)
      : shape(spread(device, points)) {
    const std::size_t bytes =
        static_cast<std::size_t>(k) * static_cast<std::size_t>(sums) * 2 * sizeof(std::uint32_t);
    shared = bytes <= std::min(kPlainSharedBytes, device.shared_bytes);
    if (shared) shape.shared_bytes = bytes;
  }
};

std::vector<Int128> squares_by_cluster(const Device& device, const PointsView& points,
                                       const Buffer<std::int32_t>& label, int k) {
  Buffer<std::int64_t> totals(static_cast<std::int64_t>(k) * kNormSums);
  totals.fill_bytes(0);
  const SumsShape sums(device, points.count, k, kNormSums);
  launch(sums.shared ? norm_sums_kernel<true> : norm_sums_kernel<false>, sums.shape, points,
         label.data(), k, totals.data());
  const std::vector<std::int64_t> parts = downloaded(totals.data(), totals.size());
  std::vector<Int128> squares;
  for (std::size_t at = 0; at < parts.size(); at += kNormSums)
    squares.push_back(static_cast<Int128>(parts[at + 1]) * (1LL << kSplit) + parts[at]);
  return squares;
}

/// Adds the sums of one part's points to `totals`.
void add_point_sums(const PartInPlace& part, const Buffer<std::int32_t>& label,
                    const std::vector<double>& host_means,
                    const std::vector<ClusterSpread>& host_spreads,
                    std::vector<std::int64_t>& totals) {
  const Buffer<double> means = uploaded(host_means);
  const Buffer<ClusterSpread> spreads = uploaded(host_spreads);
  Buffer<std::int64_t> own(static_cast<std::int64_t>(totals.size()));
  own.fill_bytes(0);
  const int k = static_cast<int>(totals.size()) / kPointSums;
  const SumsShape sums(part.device, part.points.count, k, kPointSums);
  launch(sums.shared ? validity_kernel<true> : validity_kernel<false>, sums.shape, part.points,
         label.data(), MeansView{means.data(), spreads.data(), k}, own.data());
  const std::vector<std::int64_t> more = downloaded(own.data(), own.size());
  for (std::size_t i = 0; i < totals.size(); ++i) totals[i] += more[i];
}

}  // namespace

ValiditySums CudaPoints::validity(const Centroids& centroids) {
  internal::ClusterSums by_cluster(centroids.k, centroids.d);
  std::vector<Int128> squares(static_cast<std::size_t>(centroids.k), 0);
  std::vector<Buffer<std::int32_t>> labels(static_cast<std::size_t>(parts_->size()));
  parts_->for_each([&](const PartInPlace& part) {
    Labelled labelled = this->labelled(part, centroids);
    const auto more = squares_by_cluster(part.device, part.points, labelled.label, centroids.k);
    for (std::size_t c = 0; c < squares.size(); ++c) squares[c] += more[c];
    internal::add_and_clear(by_cluster, labelled.sums);
    // Parts that stay keep their labels for the second pass; others are labelled anew.
    if (part.resident != nullptr)
      labels[static_cast<std::size_t>(part.number)] = std::move(labelled.label);
  });
  ValiditySums result = internal::means_and_scatters(by_cluster, squares, centroids.d);

  const std::vector<double> means = tiled(result);
  const std::vector<ClusterSpread> spreads = filled_up(internal::cluster_spreads(result));
  std::vector<std::int64_t> totals(static_cast<std::size_t>(centroids.k) * kPointSums, 0);
  parts_->for_each([&](const PartInPlace& part) {
    Buffer<std::int32_t>& label = labels[static_cast<std::size_t>(part.number)];
    if (label.empty()) label = std::move(labelled(part, centroids).label);
    add_point_sums(part, label, means, spreads, totals);
    label = Buffer<std::int32_t>();
  });
  internal::set_point_sums(totals, result);
  return result;
}

}  // namespace covey::cuda
