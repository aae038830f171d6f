#include "seed.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "sweep_starts.h"

namespace covey::internal {
namespace {

constexpr std::int64_t kBlocksATask = 16;

/// The points that seeds are drawn from, with their hashes (padded to whole blocks).
struct Sketch {
  const Blocks* points;
  const std::vector<std::uint64_t>* hash;
  Blocks own_points;
  std::vector<std::uint64_t> own_hash;
};

/// Lexicographic order of two points of the blocks.
bool before(const Blocks& points, std::int64_t a, std::int64_t b) {
  std::vector<std::int32_t> left(static_cast<std::size_t>(points.d)), right(left);
  points.point(a, left.data());
  points.point(b, right.data());
  return compare_points(left.data(), right.data(), points.d) < 0;
}

void fill_sketch(const Collapsed& distinct, std::int64_t size, Sketch& sketch) {
  const std::int64_t n = distinct.points.points;
  sketch.points = &distinct.points;
  sketch.hash = &distinct.hash;
  if (n <= size) return;
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::nth_element(order.begin(), order.begin() + size, order.end(),
                   [&](std::int64_t a, std::int64_t b) {
                     const std::uint64_t hash_a = distinct.hash[static_cast<std::size_t>(a)];
                     const std::uint64_t hash_b = distinct.hash[static_cast<std::size_t>(b)];
                     return hash_a != hash_b ? hash_a < hash_b : before(distinct.points, a, b);
                   });
  sketch.own_points = Blocks(distinct.points.d, size);
  sketch.own_hash.assign(static_cast<std::size_t>(sketch.own_points.blocks()) * kBlock, 0);
  std::vector<std::int32_t> point(static_cast<std::size_t>(distinct.points.d));
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t from = order[static_cast<std::size_t>(i)];
    distinct.points.point(from, point.data());
    sketch.own_points.set(i, point.data(), distinct.points.weight(from));
    sketch.own_hash[static_cast<std::size_t>(i)] = distinct.hash[static_cast<std::size_t>(from)];
  }
  sketch.points = &sketch.own_points;
  sketch.hash = &sketch.own_hash;
}

/// The front of one candidate's race.
struct Runner {
  double time = std::numeric_limits<double>::infinity();
  std::int64_t point = -1;

  void meet(double other_time, std::int64_t other, const Blocks& points) {
    if (other_time < time || (other_time == time && point >= 0 && before(points, other, point))) {
      time = other_time;
      point = other;
    }
  }
};

/// One restart's seeding.
class Seeding {
 public:
  Seeding(const Threads& threads, const Kernels& kernels, const Sketch& sketch, const FitPlan& plan,
          int restart)
      : threads_(threads),
        kernels_(kernels),
        points_(*sketch.points),
        hash_(*sketch.hash),
        plan_(plan),
        restart_(static_cast<std::uint32_t>(restart)),
        tasks_(Piece::count(kBlocksATask, points_.blocks())) {}

  Centroids run(int k) {
    Centroids seeds{k, points_.d, {}};
    for (const std::int64_t i : plan_.start == Start::kRandom ? random(k) : plus_plus(k)) {
      seeds.q.resize(seeds.q.size() + static_cast<std::size_t>(points_.d));
      points_.point(i, seeds.q.data() + seeds.q.size() - static_cast<std::size_t>(points_.d));
    }
    return seeds;
  }

 private:
  DrawKey key(int step) const { return {plan_.seed, restart_, static_cast<std::uint32_t>(step)}; }

  template <class Visit>  // visit(block, worker)
  void for_blocks(const Visit& visit) const {
    threads_.for_each(tasks_, [&](std::int64_t task, int worker) {
      const Piece piece(task, kBlocksATask, points_.blocks());
      for (std::int64_t b = piece.begin; b < piece.end; ++b) visit(b, worker);
    });
  }

  AlignedVector<float> coordinates(std::int64_t i) const {
    std::vector<std::int32_t> point(static_cast<std::size_t>(points_.d));
    points_.point(i, point.data());
    return {point.begin(), point.end()};
  }

  std::vector<std::int64_t> random(int k) const {
    std::vector<double> time(static_cast<std::size_t>(points_.blocks()) * kBlock);
    for_blocks([&](std::int64_t b, int) {
      double even[kBlock], odd[kBlock];
      kernels_.draws(hash_.data() + b * kBlock, key(0), 0, even, odd);
      for (int i = 0; i < points_.filled(b); ++i)
        time[static_cast<std::size_t>(b * kBlock + i)] =
            race_time(even[i], race_weight(points_.weights(b)[i], 1));
    });
    std::vector<std::int64_t> order(static_cast<std::size_t>(points_.points));
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + k, order.end(),
                      [&](std::int64_t a, std::int64_t b) {
                        const double at_a = time[static_cast<std::size_t>(a)];
                        const double at_b = time[static_cast<std::size_t>(b)];
                        return at_a != at_b ? at_a < at_b : before(points_, a, b);
                      });
    order.resize(static_cast<std::size_t>(k));
    return order;
  }

  std::vector<std::int64_t> plus_plus(int k) {
    distance_.assign(static_cast<std::size_t>(points_.blocks()) * kBlock, 1);
    std::vector<std::int64_t> chosen;
    for (int step = 0; step < k; ++step) {
      const std::vector<std::int64_t> drawn =
          draw(step, chosen.empty() ? AlignedVector<float>() : coordinates(chosen.back()));
      chosen.push_back(drawn.size() == 1 ? drawn.front() : lowest_potential(drawn));
    }
    return chosen;
  }

  /// The winner of each candidate's race, after taking in the distance to the newest centre (empty
  /// at step 0).
  std::vector<std::int64_t> draw(int step, const AlignedVector<float>& newest) {
    const auto candidates = static_cast<std::size_t>(candidates_at_step(step));
    std::vector<std::vector<Runner>> runners(static_cast<std::size_t>(threads_.count()),
                                             std::vector<Runner>(candidates));
    for_blocks([&](std::int64_t b, int worker) {
      std::int64_t* distance = distance_.data() + b * kBlock;
      if (!newest.empty()) {
        alignas(64) std::int64_t to_newest[kBlock];
        kernels_.distances(points_.block(b), points_.d, newest.data(), to_newest);
        for (int i = 0; i < kBlock; ++i)
          distance[i] = step == 1 ? to_newest[i] : std::min(distance[i], to_newest[i]);
      }
      double u[2][kBlock];
      for (std::size_t c = 0; c < candidates; ++c) {
        if (c % 2 == 0)
          kernels_.draws(hash_.data() + b * kBlock, key(step), static_cast<std::uint32_t>(c / 2),
                         u[0], u[1]);
        race(b, u[c % 2], runners[static_cast<std::size_t>(worker)][c]);
      }
    });
    std::vector<std::int64_t> winners;
    for (std::size_t c = 0; c < candidates; ++c) {
      Runner first;
      for (const auto& of_worker : runners) {
        if (of_worker[c].point >= 0) first.meet(of_worker[c].time, of_worker[c].point, points_);
      }
      winners.push_back(first.point);
    }
    return winners;
  }

  /// -ln u >= 1 - u, so most points are out of the race before a logarithm is taken; the margin of
  /// 2^-39 covers the rounding of both sides.
  void race(std::int64_t b, const double* u, Runner& runner) const {
    constexpr double kMargin = 1.0 + 0x1p-39;
    const std::uint32_t* weights = points_.weights(b);
    const std::int64_t* distance = distance_.data() + b * kBlock;
    for (int i = 0; i < points_.filled(b); ++i) {
      if (distance[i] == 0) continue;
      const double weight = race_weight(weights[i], distance[i]);
      if (1.0 - u[i] > runner.time * weight * kMargin) continue;
      runner.meet(race_time(u[i], weight), b * kBlock + i, points_);
    }
  }

  /// The candidate that leaves the lowest sum of m * D^2; the first of equals.
  std::int64_t lowest_potential(const std::vector<std::int64_t>& candidates) const {
    std::vector<AlignedVector<float>> centres;
    for (const std::int64_t i : candidates) centres.push_back(coordinates(i));
    std::vector<std::vector<UInt128>> potentials(static_cast<std::size_t>(threads_.count()),
                                                 std::vector<UInt128>(candidates.size(), 0));
    for_blocks([&](std::int64_t b, int worker) {
      alignas(64) std::int64_t to_centre[kBlock];
      const std::uint32_t* weights = points_.weights(b);
      const std::int64_t* distance = distance_.data() + b * kBlock;
      for (std::size_t c = 0; c < centres.size(); ++c) {
        kernels_.distances(points_.block(b), points_.d, centres[c].data(), to_centre);
        UInt128 sum = 0;
        for (int i = 0; i < points_.filled(b); ++i)
          sum += static_cast<UInt128>(weights[i]) *
                 static_cast<std::uint64_t>(std::min(distance[i], to_centre[i]));
        potentials[static_cast<std::size_t>(worker)][c] += sum;
      }
    });
    std::size_t best = 0;
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      for (std::size_t w = 1; w < potentials.size(); ++w) potentials[0][c] += potentials[w][c];
      if (potentials[0][c] < potentials[0][best]) best = c;
    }
    return candidates[best];
  }

  const Threads& threads_;
  const Kernels& kernels_;
  const Blocks& points_;
  const std::vector<std::uint64_t>& hash_;
  const FitPlan& plan_;
  std::uint32_t restart_;
  std::int64_t tasks_;
  std::vector<std::int64_t> distance_;
};

}  // namespace

std::vector<Centroids> seed_starts(const Threads& threads, const Kernels& kernels,
                                   const Collapsed& distinct, const FitPlan& plan) {
  return sweep_starts(plan, [&](std::int64_t size, int k) {
    Sketch sketch{};
    fill_sketch(distinct, size, sketch);
    std::vector<Centroids> seeds;
    for (int restart = 0; restart < plan.restarts; ++restart)
      seeds.push_back(Seeding(threads, kernels, sketch, plan, restart).run(k));
    return seeds;
  });
}

}  // namespace covey::internal
