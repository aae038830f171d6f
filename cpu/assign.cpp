#include "assign.h"

#include <algorithm>
#include <numeric>

#include "covey/screen.h"

namespace covey::internal {
namespace {

/// The exact squared distance, or, once it is sure to exceed `limit`, some part of it that does.
std::int64_t distance_up_to(const std::int32_t* a, const std::int32_t* b, int d,
                            std::int64_t limit) {
  constexpr int kStep = 16;
  std::int64_t sum = 0;
  for (int f = 0; f < d && sum <= limit; f += kStep)
    sum += squared_distance(a + f, b + f, std::min(kStep, d - f));
  return sum;
}

/// The nearest centroid of all or of the shortlist, by its number there; of equally near ones the
/// lexicographically first. `guess` is where floats saw the nearest: with its distance known, most
/// others are out after a few features.
std::int32_t nearest_exactly(const std::int32_t* point, const DistinctCentroids& centroids,
                             const Shortlist* shortlist, std::int32_t guess) {
  const auto row = [&](std::int32_t c) {
    const std::int32_t at = shortlist == nullptr ? c : shortlist->position(c);
    return centroids.q.data() + static_cast<std::int64_t>(at) * centroids.d;
  };
  const std::int32_t k = shortlist == nullptr ? centroids.k : shortlist->size();
  std::int32_t best = guess;
  std::int64_t least = squared_distance(point, row(guess), centroids.d);
  for (std::int32_t c = 0; c < k; ++c) {
    const std::int64_t distance = distance_up_to(point, row(c), centroids.d, least);
    if (distance < least ||
        (distance == least && compare_points(row(c), row(best), centroids.d) < 0)) {
      least = distance;
      best = c;
    }
  }
  return best;
}

}  // namespace

DistinctCentroids::DistinctCentroids(const Centroids& centroids, const Blocks& points)
    : d(centroids.d) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(centroids.k));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    const int side = compare_points(centroids.row(a), centroids.row(b), d);
    return side != 0 ? side < 0 : a < b;
  });
  const auto repeats = [&](std::int32_t a, std::int32_t b) {
    return compare_points(centroids.row(a), centroids.row(b), d) == 0;
  };
  order.erase(std::unique(order.begin(), order.end(), repeats), order.end());
  std::sort(order.begin(), order.end());
  for (const std::int32_t j : order) q.insert(q.end(), centroids.row(j), centroids.row(j) + d);
  k = static_cast<int>(order.size());
  if (k < centroids.k) cluster = std::move(order);
  f.assign(q.begin(), q.end());
  const int saving = points.int8 != nullptr ? int8_saving(k, d) : 0;
  if (saving > 0) int8 = int8_centroids(q, k, *points.int8, saving);
  for (std::int64_t c = 0; c < k; ++c)
    half.push_back(half_norm(square_of(q.data() + c * d, d), summed_terms(d)));
  if (d > kMaxBoxDimensions) return;
  constexpr int kWidest = 8;  // doubles of a vector
  stride = (k + kWidest - 1) / kWidest * kWidest;
  columns.assign(static_cast<std::size_t>(d) * static_cast<std::size_t>(stride), 0.0);
  squares.assign(static_cast<std::size_t>(stride), 1e300);
  for (std::int64_t c = 0; c < k; ++c) {
    squares[static_cast<std::size_t>(c)] = static_cast<double>(square_of(q.data() + c * d, d));
    for (std::int64_t j = 0; j < d; ++j)
      columns[static_cast<std::size_t>(j * stride + c)] = f[static_cast<std::size_t>(c * d + j)];
  }
}

int Shortlist::look(const Kernels& kernels, const Boxes& boxes, std::int64_t b,
                    const DistinctCentroids& centroids) {
  const auto room = static_cast<std::size_t>(centroids.stride);
  if (score_.size() < room) {
    score_.resize(room);
    positions_.resize(room);
  }
  const BoxArguments arguments{boxes.ends.data() + b * boxes.d,
                               boxes.widths.data() + b * boxes.d,
                               centroids.columns.data(),
                               centroids.squares.data(),
                               centroids.d,
                               centroids.k,
                               centroids.stride};
  size_ = kernels.candidates(arguments, score_.data(), positions_.data());
  return size_;
}

std::int32_t Shortlist::central() const {
  const auto score = [&](std::int32_t i) { return score_[static_cast<std::size_t>(position(i))]; };
  std::int32_t least = 0;
  for (std::int32_t i = 1; i < size_; ++i)
    if (score(i) < score(least)) least = i;
  return least;
}

const Shortlist::Packed& Shortlist::pack(const DistinctCentroids& centroids) {
  const auto d = static_cast<std::size_t>(centroids.d);
  const auto size = static_cast<std::size_t>(size_);
  packed_.f.resize(std::max(packed_.f.size(), size * d));
  packed_.half.resize(std::max(packed_.half.size(), size));
  packed_.cluster.resize(packed_.half.size());
  for (std::size_t i = 0; i < size; ++i) {
    const auto at = static_cast<std::size_t>(positions_[i]);
    std::copy_n(centroids.f.data() + at * d, d, packed_.f.data() + i * d);
    packed_.half[i] = centroids.half[at];
    packed_.cluster[i] = cluster(centroids, static_cast<std::int32_t>(i));
  }
  return packed_;
}

namespace {

/// The nearest centroid of each point of block b by float32, its number in the shortlist where
/// there is one; returns how many were recomputed. `point` is room to work in.
int nearest_by_floats(const Kernels& kernels, const Blocks& blocks, std::int64_t b,
                      const DistinctCentroids& centroids, const Shortlist* shortlist,
                      const AssignArguments& arguments, std::vector<std::int32_t>& point,
                      std::int32_t* nearest) {
  // Where products leave more open than this, as far from the origin, differences have a look.
  constexpr int kMany = kBlock / 16;
  std::uint16_t uncertain[kBlock];
  int rechecked = kernels.by_products(arguments, nearest, uncertain);
  if (rechecked > kMany) rechecked = kernels.by_differences(arguments, nearest, uncertain);
  if (point.size() < static_cast<std::size_t>(blocks.d))
    point.resize(static_cast<std::size_t>(blocks.d));
  for (int i = 0; i < rechecked; ++i) {
    blocks.point(b * kBlock + uncertain[i], point.data());
    std::int32_t& at = nearest[uncertain[i]];
    at = nearest_exactly(point.data(), centroids, shortlist, at);
  }
  return rechecked;
}

}  // namespace

void assign_block(const Kernels& kernels, const Blocks& blocks, const Boxes& boxes, std::int64_t b,
                  const DistinctCentroids& centroids, bool certify, const std::int32_t* before,
                  AssignScratch& scratch, bool shortlisted, BlockLabels& labels,
                  LabelBounds bounds) {
  const int filled = blocks.filled(b);
  AssignArguments arguments{blocks.block(b),
                            filled,
                            blocks.d,
                            centroids.f.data(),
                            centroids.half.data(),
                            centroids.k,
                            certify,
                            boxes.largest_square[static_cast<std::size_t>(b)]};
  const std::int32_t* cluster = centroids.cluster.empty() ? nullptr : centroids.cluster.data();
  const Shortlist* shortlist = nullptr;
  if (shortlisted && scratch.shortlist.size() < centroids.k) {
    shortlist = &scratch.shortlist;
    const Shortlist::Packed& packed = scratch.shortlist.pack(centroids);
    arguments.centroids = packed.f.data();
    arguments.half = packed.half.data();
    arguments.k = shortlist->size();
    cluster = packed.cluster.data();
  }
  alignas(64) std::int32_t nearest[kBlock];
  labels.rechecked = -1;
  // Where centroids repeat, the second nearest may be as near as the nearest.
  const bool remembered = bounds.slack != nullptr && certify && centroids.cluster.empty();
  if (shortlist == nullptr && !centroids.int8.empty() && centroids.int8.trials->worth_another())
    labels.rechecked = int8_nearest(blocks, *blocks.int8, b, centroids.int8, certify, before,
                                    remembered ? bounds : LabelBounds(), nearest, scratch.int8);
  if (bounds.slack != nullptr && (labels.rechecked < 0 || !remembered))
    std::fill_n(bounds.slack, filled, 0.0F);
  if (labels.rechecked < 0)
    labels.rechecked = nearest_by_floats(kernels, blocks, b, centroids, shortlist, arguments,
                                         scratch.rows, nearest);
  labels.changes =
      kernels.relabel(nearest, cluster, arguments.k, before, filled, labels.label, labels.changed);
}

}  // namespace covey::internal
