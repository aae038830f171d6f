// Sampling: the check of the arguments, the order of a sample, and the thinning of the cpu back
// end.
#include "covey/sample.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "covey/error.h"
#include "cpu_points.h"
#include "sample_rules.h"

namespace covey {

PointSample sample_sessions(Points& points, std::int64_t sessions, std::uint64_t seed) {
  if (sessions < 1)
    throw Error(ErrorKind::kUsage, "a sample of " + std::to_string(sessions) + " sessions",
                "sample", "ask for at least 1");
  return points.sample(sessions, seed);
}

namespace internal {

PointSample sorted_sample(int d, std::span<const std::int32_t> rows,
                          std::span<const std::uint32_t> kept) {
  std::vector<std::int64_t> order(kept.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return compare_points(rows.data() + a * d, rows.data() + b * d, d) < 0;
  });
  PointSample sample{d, {}, {}};
  sample.q.reserve(rows.size());
  sample.multiplicity.reserve(kept.size());
  for (const std::int64_t i : order) {
    const std::int32_t* row = rows.data() + i * d;
    sample.q.insert(sample.q.end(), row, row + d);
    sample.multiplicity.push_back(kept[static_cast<std::size_t>(i)]);
  }
  return sample;
}

namespace {

/// hash_point of each of 256 points: the test hook's mask must not change a sample.
void hash_block(const float* block, int d, std::uint64_t* hash) {
  std::fill_n(hash, kBlock, kHashStart);
  for (int f = 0; f < d; ++f) {
    const float* q = block + static_cast<std::int64_t>(f) * kBlock;
    for (int i = 0; i < kBlock; ++i) hash[i] = hash_step(hash[i], static_cast<std::int32_t>(q[i]));
  }
  for (int i = 0; i < kBlock; ++i) hash[i] = hash_end(hash[i]);
}

/// What a worker kept.
struct Kept {
  std::vector<std::int32_t> rows;
  std::vector<std::uint32_t> count;

  void add(const Blocks& points, std::int64_t i, std::uint32_t times) {
    rows.resize(rows.size() + static_cast<std::size_t>(points.d));
    points.point(i, rows.data() + rows.size() - static_cast<std::size_t>(points.d));
    count.push_back(times);
  }
};

void thin_block(const Kernels& kernels, const Blocks& points, std::int64_t b,
                const Thinning& thinning, Kept& kept) {
  std::uint64_t hash[kBlock];
  double first[kBlock], second[kBlock];
  hash_block(points.block(b), points.d, hash);
  kernels.draws(hash, DrawKey{thinning.seed, 0, kThinningStep}, 0, first, second);
  for (int i = 0; i < points.filled(b); ++i) {
    const std::uint32_t m = points.weights(b)[i];
    if (none_kept(thinning, first[i], m)) continue;
    const std::uint32_t times = thinned(thinning, hash[i], m);
    if (times > 0) kept.add(points, b * kBlock + i, times);
  }
}

}  // namespace

PointSample CpuPoints::sample(std::int64_t sessions, std::uint64_t seed) {
  const Blocks& points = distinct_.points;
  const bool all = sessions >= weight_;
  const Thinning thinning = all ? Thinning{} : Thinning::of(seed, sessions, weight_);
  std::vector<Kept> parts(static_cast<std::size_t>(threads_->count()));
  const std::int64_t grain = blocks_a_task(points.blocks());
  threads_->for_each(Piece::count(grain, points.blocks()), [&](std::int64_t task, int worker) {
    Kept& part = parts[static_cast<std::size_t>(worker)];
    const Piece piece(task, grain, points.blocks());
    for (std::int64_t b = piece.begin; b < piece.end; ++b) {
      if (!all) {
        thin_block(kernels_, points, b, thinning, part);
        continue;
      }
      for (int i = 0; i < points.filled(b); ++i)
        part.add(points, b * kBlock + i, points.weights(b)[i]);
    }
  });
  Kept kept;
  for (const Kept& part : parts) {
    kept.rows.insert(kept.rows.end(), part.rows.begin(), part.rows.end());
    kept.count.insert(kept.count.end(), part.count.begin(), part.count.end());
  }
  return sorted_sample(points.d, kept.rows, kept.count);
}

}  // namespace internal
}  // namespace covey
