#include "seed.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "sweep_starts.h"

namespace covey::internal {
namespace {

/// The points that seeds are drawn from, with their hashes (padded to whole blocks).
struct Sketch {
  const Blocks* points;
  const Boxes* boxes;
  const AlignedVector<std::uint64_t>* hash;
  Blocks own_points;
  Boxes own_boxes;
  AlignedVector<std::uint64_t> own_hash;
};

/// Lexicographic order of two points of the blocks.
bool before(const Blocks& points, std::int64_t a, std::int64_t b) {
  std::vector<std::int32_t> left(static_cast<std::size_t>(points.d)), right(left);
  points.point(a, left.data());
  points.point(b, right.data());
  return compare_points(left.data(), right.data(), points.d) < 0;
}

/// Numbers of the `size` points with the smallest hash (then coordinates), in their order.
std::vector<std::int64_t> smallest_hashes(const Collapsed& distinct, std::int64_t size) {
  // Only points that share the top bits of the last one taken are sorted.
  constexpr int kTop = 16;
  const std::int64_t n = distinct.points.points;
  std::vector<std::int64_t> count(std::size_t{1} << kTop, 0);
  for (std::int64_t i = 0; i < n; ++i)
    ++count[distinct.hash[static_cast<std::size_t>(i)] >> (64 - kTop)];
  std::uint64_t last = 0;
  std::int64_t below = 0;
  while (below + count[last] < size) below += count[last++];
  std::vector<std::int64_t> taken, open;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint64_t top = distinct.hash[static_cast<std::size_t>(i)] >> (64 - kTop);
    if (top < last) taken.push_back(i);
    if (top == last) open.push_back(i);
  }
  const auto rest = static_cast<std::ptrdiff_t>(size - below);
  std::nth_element(open.begin(), open.begin() + rest - 1, open.end(),
                   [&](std::int64_t a, std::int64_t b) {
                     const std::uint64_t hash_a = distinct.hash[static_cast<std::size_t>(a)];
                     const std::uint64_t hash_b = distinct.hash[static_cast<std::size_t>(b)];
                     return hash_a != hash_b ? hash_a < hash_b : before(distinct.points, a, b);
                   });
  open.resize(static_cast<std::size_t>(rest));
  std::sort(open.begin(), open.end());
  std::vector<std::int64_t> all(static_cast<std::size_t>(size));
  std::merge(taken.begin(), taken.end(), open.begin(), open.end(), all.begin());
  return all;
}

void fill_sketch(const Threads& threads, const Collapsed& distinct, const Boxes& boxes,
                 std::int64_t size, Sketch& sketch) {
  sketch.points = &distinct.points;
  sketch.boxes = &boxes;
  sketch.hash = &distinct.hash;
  if (distinct.points.points <= size) return;
  const std::vector<std::int64_t> numbers = smallest_hashes(distinct, size);
  sketch.own_points = Blocks(distinct.points.d, size);
  sketch.own_hash.assign(static_cast<std::size_t>(sketch.own_points.blocks()) * kBlock, 0);
  constexpr std::int64_t kGrain = 16'384;
  threads.for_each(Piece::count(kGrain, size), [&](std::int64_t task, int) {
    std::vector<std::int32_t> point(static_cast<std::size_t>(distinct.points.d));
    const Piece piece(task, kGrain, size);
    for (std::int64_t i = piece.begin; i < piece.end; ++i) {
      const std::int64_t from = numbers[static_cast<std::size_t>(i)];
      distinct.points.point(from, point.data());
      sketch.own_points.set(i, point.data(), distinct.points.weight(from));
      sketch.own_hash[static_cast<std::size_t>(i)] = distinct.hash[static_cast<std::size_t>(from)];
    }
  });
  sketch.own_boxes = Boxes(threads, sketch.own_points);
  sketch.points = &sketch.own_points;
  sketch.boxes = &sketch.own_boxes;
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
        boxes_(*sketch.boxes),
        hash_(*sketch.hash),
        plan_(plan),
        restart_(static_cast<std::uint32_t>(restart)),
        grain_(blocks_a_task(points_.blocks())) {}

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
    threads_.for_each(Piece::count(grain_, points_.blocks()), [&](std::int64_t task, int worker) {
      const Piece piece(task, grain_, points_.blocks());
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
    const auto blocks = static_cast<std::size_t>(points_.blocks());
    distance_.assign(blocks * kBlock, 1);
    farthest_.assign(blocks, std::numeric_limits<std::int64_t>::max());
    potential_.assign(blocks, 0);
    std::vector<std::int64_t> chosen;
    for (int step = 0; step < k; ++step) {
      const std::vector<std::int64_t> drawn =
          draw(step, chosen.empty() ? AlignedVector<float>() : coordinates(chosen.back()));
      chosen.push_back(drawn.size() == 1 ? drawn.front() : lowest_potential(drawn));
    }
    return chosen;
  }

  /// Whether the centre is nearest to no point of block b: its box lies too far away.
  bool out_of_reach(std::int64_t b, const AlignedVector<float>& centre) const {
    if (!boxes_.narrow()) return false;
    double least = 0;  // squared distance to the box, a whole number below 2^53
    for (int f = 0; f < points_.d; ++f) {
      const auto at = static_cast<std::size_t>(b * points_.d + f);
      const double to_middle =
          std::abs(2.0 * centre[static_cast<std::size_t>(f)] - boxes_.ends[at]);
      const double gap = std::max(0.0, to_middle - boxes_.widths[at]) * 0.5;
      least += gap * gap;
    }
    return static_cast<std::int64_t>(least) >= farthest_[static_cast<std::size_t>(b)];
  }

  /// The winner of each candidate's race, after taking in the distance to the newest centre (empty
  /// at step 0).
  std::vector<std::int64_t> draw(int step, const AlignedVector<float>& newest) {
    const auto candidates = static_cast<std::size_t>(candidates_at_step(step));
    std::vector<std::vector<Runner>> runners(static_cast<std::size_t>(threads_.count()),
                                             std::vector<Runner>(candidates));
    for_blocks([&](std::int64_t b, int worker) {
      std::int64_t* distance = distance_.data() + b * kBlock;
      if (!newest.empty() && !out_of_reach(b, newest)) {
        if (step == 1) std::fill_n(distance, kBlock, std::numeric_limits<std::int64_t>::max());
        farthest_[static_cast<std::size_t>(b)] =
            kernels_.approach(points_.block(b), points_.d, newest.data(), distance);
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

  void race(std::int64_t b, const double* u, Runner& runner) const {
    const std::uint32_t* weights = points_.weights(b);
    const std::int64_t* distance = distance_.data() + b * kBlock;
    std::uint16_t list[kBlock];
    const int count = kernels_.contenders(u, weights, distance, runner.time, list);
    for (int j = 0; j < count; ++j) {
      const int i = list[j];
      runner.meet(race_time(u[i], race_weight(weights[i], distance[i])), b * kBlock + i, points_);
    }
  }

  /// The candidate that leaves the lowest sum of m * D^2; the first of equals.
  std::int64_t lowest_potential(const std::vector<std::int64_t>& candidates) {
    std::vector<AlignedVector<float>> centres;
    for (const std::int64_t i : candidates) centres.push_back(coordinates(i));
    std::vector<std::vector<UInt128>> left(candidates.size(),
                                           std::vector<UInt128>(potential_.size()));
    for_blocks([&](std::int64_t b, int) {
      const auto at = static_cast<std::size_t>(b);
      for (std::size_t c = 0; c < centres.size(); ++c)
        left[c][at] = potential_known_ && out_of_reach(b, centres[c])
                          ? potential_[at]
                          : kernels_.potential(points_.block(b), points_.d, centres[c].data(),
                                               points_.weights(b), distance_.data() + b * kBlock);
    });
    std::size_t best = 0;
    UInt128 lowest = 0;
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      const UInt128 sum = std::accumulate(left[c].begin(), left[c].end(), UInt128{0});
      if (c == 0 || sum < lowest) {
        lowest = sum;
        best = c;
      }
    }
    potential_ = std::move(left[best]);
    potential_known_ = true;
    return candidates[best];
  }

  const Threads& threads_;
  const Kernels& kernels_;
  const Blocks& points_;
  const Boxes& boxes_;
  const AlignedVector<std::uint64_t>& hash_;
  const FitPlan& plan_;
  std::uint32_t restart_;
  std::int64_t grain_;                    // blocks of a task
  AlignedVector<std::int64_t> distance_;  // of each point to the nearest centre, squared
  std::vector<std::int64_t> farthest_;    // by block: at least the largest of them
  std::vector<UInt128> potential_;        // by block: sum m D^2
  bool potential_known_ = false;          // not before the second centre
};

}  // namespace

std::vector<Centroids> seed_starts(const Threads& threads, const Kernels& kernels,
                                   const Collapsed& distinct, const Boxes& boxes,
                                   const FitPlan& plan) {
  return sweep_starts(plan, [&](std::int64_t size, int k) {
    Sketch sketch{};
    fill_sketch(threads, distinct, boxes, size, sketch);
    std::vector<Centroids> seeds;
    for (int restart = 0; restart < plan.restarts; ++restart)
      seeds.push_back(Seeding(threads, kernels, sketch, plan, restart).run(k));
    return seeds;
  });
}

}  // namespace covey::internal
