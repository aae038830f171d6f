// Exact sums of coordinates, squares and products. A square or product is at most 2^46; times a
// multiplicity and summed it would not fit 64 bits, so it is split at bit 23: with W < 2^32 both
// sums stay below 2^56.
#include <algorithm>

#include "covey/pca.h"
#include "kernel.h"
#include "launch.h"
#include "limbs.h"
#include "points.h"

namespace covey::cuda {
namespace {

constexpr int kSplit = 23;
constexpr std::int64_t kLowBits = (1LL << kSplit) - 1;
constexpr int kRows = kThreads;  // points that a block of the product kernel stages at a time

/// Sums in global memory, split at kSplit.
struct SplitSums {
  std::int64_t* low;
  std::int64_t* high;
};

Int128 joined(std::int64_t low, std::int64_t high) {
  return static_cast<Int128>(high) * (1LL << kSplit) + low;
}

__device__ std::int64_t weight_of(const PointsView& points, std::int64_t i) {
  return points.multiplicity == nullptr ? 1 : static_cast<std::int64_t>(points.multiplicity[i]);
}

/// Blocks by feature, then by part of the points.
__global__ void __launch_bounds__(kThreads)
    feature_sums_kernel(PointsView points, std::int64_t* sums, SplitSums squares) {
  const int f = static_cast<int>(blockIdx.x) % points.d;
  const auto part = static_cast<std::int64_t>(static_cast<int>(blockIdx.x) / points.d);
  const std::int64_t stride =
      static_cast<std::int64_t>(static_cast<int>(gridDim.x) / points.d) * kThreads;
  std::int64_t sum = 0, low = 0, high = 0;
  for (std::int64_t i = part * kThreads + threadIdx.x; i < points.count; i += stride) {
    const auto q = static_cast<std::int64_t>(points.q[f * points.stride + i]);
    const std::int64_t m = weight_of(points, i);
    sum += m * q;
    low += m * (q * q & kLowBits);
    high += m * (q * q >> kSplit);
  }
  add_block_sum(sum, sums + f);
  add_block_sum(low, squares.low + f);
  add_block_sum(high, squares.high + f);
}

/// A block sums the products of kSide features with kSide features over its part of the points. A
/// thread owns one product and one of kLanes interleaved shares of the points.
template <int kSide, bool kWeighted>
__global__ void __launch_bounds__(kThreads)
    products_kernel(PointsView points, int tiles, SplitSums products) {
  constexpr int kLanes = kThreads / (kSide * kSide);
  constexpr int kPitch = kSide + 1;  // words from one staged point to the next
  auto* left = reinterpret_cast<std::int32_t*>(shared_memory());
  std::int32_t* right = left + kRows * kPitch;
  auto* weights = reinterpret_cast<std::uint32_t*>(right + kRows * kPitch);

  const int pairs = tiles * (tiles + 1) / 2;
  int tile_f = 0, tile_g = static_cast<int>(blockIdx.x) % pairs;
  for (; tile_g >= tiles - tile_f; ++tile_f) tile_g -= tiles - tile_f;
  tile_g += tile_f;
  const int f = tile_f * kSide + static_cast<int>(threadIdx.x) / kSide % kSide;
  const int g = tile_g * kSide + static_cast<int>(threadIdx.x) % kSide;
  const std::int32_t* own_left = left + static_cast<int>(threadIdx.x) / kSide % kSide;
  const std::int32_t* own_right = right + static_cast<int>(threadIdx.x) % kSide;
  const int lane = static_cast<int>(threadIdx.x) / (kSide * kSide);

  const std::int64_t parts = static_cast<int>(gridDim.x) / pairs;
  std::int64_t low = 0, high = 0;
  for (std::int64_t first = static_cast<int>(blockIdx.x) / pairs * std::int64_t{kRows};
       first < points.count; first += parts * kRows) {
    const std::int64_t i = first + threadIdx.x;
    const int at = static_cast<int>(threadIdx.x) * kPitch;
    for (int c = 0; c < kSide; ++c) {
      const int from_f = tile_f * kSide + c, from_g = tile_g * kSide + c;
      const bool here = i < points.count;
      left[at + c] = here && from_f < points.d
                         ? static_cast<std::int32_t>(points.q[from_f * points.stride + i])
                         : 0;
      right[at + c] = here && from_g < points.d
                          ? static_cast<std::int32_t>(points.q[from_g * points.stride + i])
                          : 0;
    }
    if (kWeighted) weights[threadIdx.x] = i < points.count ? points.multiplicity[i] : 0;
    __syncthreads();
    std::int64_t sum = 0;  // of 256 products at most: below 2^55
    for (int r = lane; r < kRows; r += kLanes) {
      const std::int64_t product =
          static_cast<std::int64_t>(own_left[r * kPitch]) * own_right[r * kPitch];
      if constexpr (kWeighted) {
        const auto m = static_cast<std::int64_t>(weights[r]);
        low += m * (product & kLowBits);
        high += m * (product >> kSplit);
      } else {
        sum += product;
      }
    }
    low += sum & kLowBits;
    high += sum >> kSplit;
    __syncthreads();
  }
  if (f < points.d && g < points.d && f <= g) {
    const std::int64_t cell = static_cast<std::int64_t>(f) * points.d + g;
    atomic_add(products.low + cell, low);
    atomic_add(products.high + cell, high);
  }
}

template <int kSide>
void launch_products(const Device& device, const PointsView& points, SplitSums products) {
  const int tiles = (points.d + kSide - 1) / kSide;
  const std::int64_t pairs = static_cast<std::int64_t>(tiles) * (tiles + 1) / 2;
  const std::int64_t most = std::max<std::int64_t>(1, device.multiprocessors * 6 / pairs);
  Shape shape;
  shape.blocks = pairs * std::min(most, (points.count + kRows - 1) / kRows);
  shape.shared_bytes = kRows * (2 * (kSide + 1) + 1) * sizeof(std::int32_t);
  launch(
      points.multiplicity == nullptr ? products_kernel<kSide, false> : products_kernel<kSide, true>,
      shape, points, tiles, products);
}

/// Upper triangle of the sums of m q_f q_g, by multiplication and addition.
std::vector<Int128> direct_products(const Device& device, const PointsView& points) {
  const std::int64_t cells = static_cast<std::int64_t>(points.d) * points.d;
  Buffer<std::int64_t> sums(2 * cells);
  sums.fill_bytes(0);
  const SplitSums split{sums.data(), sums.data() + cells};
  if (points.d <= 4)
    launch_products<4>(device, points, split);
  else if (points.d <= 8)
    launch_products<8>(device, points, split);
  else
    launch_products<16>(device, points, split);
  const std::vector<std::int64_t> parts = downloaded(sums.data(), sums.size());
  std::vector<Int128> products;
  for (std::int64_t at = 0; at < cells; ++at)
    products.push_back(
        joined(parts[static_cast<std::size_t>(at)], parts[static_cast<std::size_t>(cells + at)]));
  return products;
}

}  // namespace

FeatureSums feature_sums(const Device& device, const PointsView& points) {
  const std::int64_t d = points.d;
  Buffer<std::int64_t> totals(3 * d);
  totals.fill_bytes(0);
  const std::int64_t most = std::max<std::int64_t>(1, device.multiprocessors * 16 / d);
  const Shape shape{d * std::min(most, (points.count + kThreads - 1) / kThreads)};
  launch(feature_sums_kernel, shape, points, totals.data(),
         SplitSums{totals.data() + d, totals.data() + 2 * d});
  const std::vector<std::int64_t> parts = downloaded(totals.data(), totals.size());
  FeatureSums found;
  found.sums.assign(parts.begin(), parts.begin() + d);
  for (std::int64_t f = 0; f < d; ++f)
    found.squares.push_back(
        joined(parts[static_cast<std::size_t>(d + f)], parts[static_cast<std::size_t>(2 * d + f)]));
  return found;
}

std::vector<Int128> products_of(const Device& device, const PointsView& points) {
  // Points with multiplicities are multiplied directly whatever d is: a product with m does not fit
  // three limbs, and the eigen-solver, whose time grows with d^3, takes longer than this anyway.
  constexpr int kSmallestForLimbs = 64;
  const bool by_limbs = points.d >= kSmallestForLimbs && points.multiplicity == nullptr;
  std::vector<Int128> products =
      by_limbs ? products_by_limbs(device, points) : direct_products(device, points);
  const auto d = static_cast<std::size_t>(points.d);
  for (std::size_t f = 0; f < d; ++f) {
    for (std::size_t g = 0; g < f; ++g) products[f * d + g] = products[g * d + f];
  }
  return products;
}

}  // namespace covey::cuda
