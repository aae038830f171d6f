// The int8 screen on one block against plain loops, at the extremes of its contract. Whatever bytes
// and floats cannot tell apart, integers must.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "assign.h"
#include "blocks.h"
#include "covey/arithmetic.h"
#include "engine/support.h"
#include "int8_screen.h"
#include "kernels.h"
#include "threads.h"
#include "update.h"

namespace covey::test {
namespace {

using internal::Blocks;
using internal::kBlock;

class Int8Screen : public testing::Test {
 protected:
  void SetUp() override {
    if (!internal::int8_runs_here()) GTEST_SKIP() << "this CPU has no AVX-512 VNNI";
  }
};

struct Problem {
  Blocks blocks;
  std::vector<std::int32_t> centroids;
  int k = 0;
};

enum class Spread { kWholeGrid, kNearTies, kFarAndTight };

/// Near ties: each point lies midway between two centroids, give or take 1 in one feature. Far and
/// tight: all points and centroids within 8 cells of one corner of the grid, where a byte is a
/// thousand times that.
Problem problem(Spread spread, int d, int k, int filled, Random& random) {
  const auto from = [&](std::int32_t low, std::int32_t high) {
    return static_cast<std::int32_t>(random.between(low, high));
  };
  Problem made{Blocks(d, filled), {}, k};
  for (int c = 0; c < k * d; ++c) {
    made.centroids.push_back(spread == Spread::kFarAndTight ? kGridLimit - from(0, 8)
                             : spread == Spread::kNearTies  ? 2 * from(-4'000'000, 4'000'000)
                             : random.below(3) == 0 ? random.one_of({-kGridLimit, kGridLimit, 0})
                                                    : from(-kGridLimit, kGridLimit));
  }
  std::vector<std::int32_t> point(static_cast<std::size_t>(d));
  for (int i = 0; i < filled; ++i) {
    const auto left = static_cast<std::size_t>(random.below(k) * d);
    const auto right = static_cast<std::size_t>(random.below(k) * d);
    for (std::size_t f = 0; f < point.size(); ++f)
      point[f] = spread == Spread::kFarAndTight ? kGridLimit - from(0, 8)
                 : spread == Spread::kNearTies
                     ? made.centroids[left + f] / 2 + made.centroids[right + f] / 2
                     : from(-kGridLimit, kGridLimit);
    if (spread == Spread::kNearTies)
      point[static_cast<std::size_t>(random.below(d))] += from(-1, 1);
    made.blocks.set(i, point.data(), 1);
  }
  return made;
}

std::vector<std::int32_t> nearest_by_loops(const Problem& of) {
  const int d = of.blocks.d;
  std::vector<std::int32_t> nearest, point(static_cast<std::size_t>(d));
  const auto row = [&](int c) { return of.centroids.data() + static_cast<std::int64_t>(c) * d; };
  for (int i = 0; i < of.blocks.filled(0); ++i) {
    of.blocks.point(i, point.data());
    int best = 0;
    for (int c = 1; c < of.k; ++c) {
      const auto at = squared_distance(point.data(), row(c), d);
      const auto least = squared_distance(point.data(), row(best), d);
      if (at < least || (at == least && compare_points(row(c), row(best), d) < 0)) best = c;
    }
    nearest.push_back(best);
  }
  return nearest;
}

struct Answer {
  std::vector<std::int32_t> nearest;
  int rechecked = 0;
};

/// `give_up`: as a fit does, where too much is left in question.
Answer nearest_by_bytes(const Problem& of, bool certify, bool give_up,
                        const std::vector<std::int32_t>& origin) {
  const internal::Threads threads(1);
  const auto points = internal::int8_points(threads, of.blocks, origin);
  const int saving = give_up ? internal::int8_saving(of.k, of.blocks.d) : 1 << 30;
  const auto centroids = internal::int8_centroids(of.centroids, of.k, points, saving);
  alignas(64) std::int32_t nearest[kBlock];
  internal::Int8Scratch scratch;
  Answer answer;
  answer.rechecked = internal::int8_nearest(of.blocks, points, 0, centroids, certify, nullptr, {},
                                            nearest, scratch);
  answer.nearest.assign(nearest, nearest + of.blocks.filled(0));
  return answer;
}

TEST_F(Int8Screen, EqualsPlainLoops) {
  // 300 and 1,100 centroids take several chunks; of 1,100 the scores are not kept.
  Random random(201);
  for (const Spread spread : {Spread::kWholeGrid, Spread::kNearTies, Spread::kFarAndTight}) {
    for (const int d : {16, 17, 31, 32, 33, 48, 67, 128, 300}) {
      for (const int k : {1, 2, 5, 33, 64, 65, 300, 1100}) {
        if (d > 67 && k > 300) continue;
        const auto filled = static_cast<int>(random.one_of({1, 15, 16, 17, 31, 33, 255, 256}));
        SCOPED_TRACE(testing::Message() << "d " << d << ", k " << k << ", points " << filled);
        const Problem of = problem(spread, d, k, filled, random);
        std::vector<std::int32_t> origin(static_cast<std::size_t>(d), 0);
        if (random.below(2) == 0)
          for (auto& x : origin) x = static_cast<std::int32_t>(random.between(-1000, kGridLimit));
        ASSERT_EQ(nearest_by_bytes(of, true, false, origin).nearest, nearest_by_loops(of));
      }
    }
  }
}

/// One feature at 127 steps, so that a step is 1,000, the others at 40.49: each loses 490 to its
/// byte, all on the same side.
std::vector<std::int32_t> badly_rounded() {
  std::vector<std::int32_t> row(64, 40'490);
  row[0] = 127'000;
  return row;
}

/// One point and two centroids, the second at 0, which bytes hold exactly.
std::int32_t nearest_of_two(const std::vector<std::int32_t>& point,
                            std::vector<std::int32_t> centroid) {
  Problem of{Blocks(64, 1), std::move(centroid), 2};
  of.centroids.resize(std::size_t{2} * 64, 0);
  of.blocks.set(0, point.data(), 1);
  const std::int32_t exact = nearest_by_loops(of)[0];
  EXPECT_EQ(nearest_by_bytes(of, true, false, std::vector<std::int32_t>(64, 0)).nearest[0], exact);
  return exact;
}

TEST_F(Int8Screen, HalfTheBoundWouldCertifyWrongly) {
  // Where what rounding cut off lies along the other vector, the error of a product is the whole
  // bound E = |rest| |other|. With the true score of the first centroid at -E / 4, and that of the
  // second at 0, the computed ones are 3 E / 4 and 0: a bound below 3 E / 4 rules the nearest out.
  // First for a point's rest: 32 C^2 - C sum(x) = -C 490 63 / 4.
  const auto x = badly_rounded();
  const std::int64_t sum = std::accumulate(x.begin(), x.end(), std::int64_t{0});
  const auto c = static_cast<std::int32_t>((sum - 490 * 63 / 4) / 32);
  EXPECT_EQ(nearest_of_two(x, std::vector<std::int32_t>(64, c)), 0);
  // Then for a centroid's rest: |c|^2 / 2 - A sum(c) = -A 490 63 / 4.
  std::int64_t square = 0;
  for (const std::int64_t value : x) square += value * value;
  const auto a = static_cast<std::int32_t>(square / 2 / (sum - 490 * 63 / 4));
  EXPECT_EQ(nearest_of_two(std::vector<std::int32_t>(64, a), x), 0);
}

TEST_F(Int8Screen, CentroidsThatRepeatAreTiedByCoordinatesThenPosition) {
  // Rows 2 and 4 are equal, and every point lies on them: the first of the two is the answer,
  // though the screen sees both at the same score.
  Random random(202);
  Problem of = problem(Spread::kWholeGrid, 64, 64, 33, random);
  std::copy_n(of.centroids.begin() + 128, 64, of.centroids.begin() + 256);
  for (int i = 0; i < 33; ++i) of.blocks.set(i, of.centroids.data() + 128, 1);
  const std::vector<std::int32_t> origin(64, 5);
  EXPECT_EQ(nearest_by_bytes(of, true, false, origin).nearest, std::vector<std::int32_t>(33, 2));
}

TEST_F(Int8Screen, GoesWrongWithoutItsCertificate) {
  Random random(203);
  int wrong = 0;
  for (int round = 0; round < 8; ++round) {
    const Problem of = problem(Spread::kNearTies, 64, 64, 256, random);
    const auto unchecked =
        nearest_by_bytes(of, false, false, std::vector<std::int32_t>(64, 0)).nearest;
    const auto exact = nearest_by_loops(of);
    for (std::size_t i = 0; i < exact.size(); ++i) wrong += unchecked[i] != exact[i] ? 1 : 0;
  }
  EXPECT_GT(wrong, 0);
}

TEST_F(Int8Screen, GivesUpWhereBytesTellNothingApart) {
  // All distances differ by less than a byte's step: every centroid stays in question.
  Random random(204);
  const Problem of = problem(Spread::kFarAndTight, 64, 64, 256, random);
  EXPECT_EQ(nearest_by_bytes(of, true, true, std::vector<std::int32_t>(64, 0)).rechecked, -1);
  // Measured from among the points the same bytes are steps of 1: nothing is lost.
  EXPECT_GE(
      nearest_by_bytes(of, true, true, std::vector<std::int32_t>(64, kGridLimit - 4)).rechecked, 0);
}

/// Fits from `start` on the reference and on the cpu back end with products of bytes.
void expect_equal_fits(const Data& data, const Centroids& start, int iterations) {
  KMeansOptions options;
  options.max_iterations = iterations;
  const auto plain = load_points(*reference(), data.view());
  const KMeansModel expected = fit_kmeans_from(*plain, start, options);
  for (const int threads : {1, 2}) {
    const auto fast = load_points(*cpu(threads), data.view());
    const KMeansModel model = fit_kmeans_from(*fast, start, options);
    EXPECT_EQ(model.centroids, expected.centroids);
    EXPECT_EQ(model.counts, expected.counts);
    EXPECT_EQ(model.inertia, expected.inertia);
    EXPECT_EQ(model.iterations, expected.iterations);
  }
}

TEST_F(Int8Screen, PointsThatAreSkippedKeepTheNearestCentroid) {
  // Tight and loose mixtures from starts that take many iterations: what is remembered of a point
  // must not outlive the moves of the centroids. The last start repeats centroids and has some that
  // fall empty and jump.
  constexpr std::ptrdiff_t kD = 48, kK = 48, kN = 1500;
  for (const double spread : {0.3, 1.0, 4.0}) {
    SCOPED_TRACE(spread);
    Random random(205);
    Data data{kD, {}, {}};
    std::vector<double> centres;
    for (int i = 0; i < 2 * kK * kD; ++i) centres.push_back(random.normal() * spread);
    for (int row = 0; row < kN; ++row) {
      const std::int64_t j = random.below(2 * kK);
      for (int f = 0; f < kD; ++f)
        data.values.push_back(centres[static_cast<std::size_t>(j * kD + f)] + random.normal());
    }
    const Grid grid = load_points(*reference(), data.view())->grid();
    Centroids start = start_from_rows(coordinates(data, grid), kD, kK, random);
    expect_equal_fits(data, start, 40);
    std::copy_n(start.q.begin(), 3 * kD, start.q.begin() + 10 * kD);
    std::fill_n(start.q.begin() + 20 * kD, 2 * kD, kGridLimit);
    expect_equal_fits(data, start, 40);
  }
}

/// Labels one point at the origin under one set of centroids after the other, as a fit does. A
/// centroid is at `place` on the first axis, in both directions of which none repeats another
/// unless places do; 62 more are far away, so that bytes pay.
class Passes {
 public:
  Passes() {
    const std::vector<std::int32_t> origin(kD, 0);
    blocks_.set(0, origin.data(), 1);
    const internal::Threads threads(1);
    blocks_.int8 = std::make_shared<const internal::Int8Points>(
        internal::int8_points(threads, blocks_, origin));
  }

  std::int32_t label_under(std::int32_t first_place, std::int32_t second_place) {
    Centroids centroids{64, kD, std::vector<std::int32_t>(std::size_t{64} * kD, 0)};
    centroids.row(0)[0] = first_place;
    centroids.row(1)[0] = second_place;
    for (int j = 2; j < 64; ++j) centroids.row(j)[j % kD] = kGridLimit - j;
    const std::vector<float> reach =
        before_.k == 0 ? std::vector<float>() : internal::moves(before_, centroids);
    internal::BlockLabels labels;
    internal::AssignScratch scratch;
    internal::assign_block(internal::kernels_for(""), blocks_,
                           internal::Boxes(internal::Threads(1), blocks_), 0,
                           internal::DistinctCentroids(centroids, blocks_), true, label_, scratch,
                           false, labels, {slack_, reach.empty() ? nullptr : reach.data()});
    std::copy_n(labels.label, kBlock, label_);
    before_ = centroids;
    return label_[0];
  }
  float slack() const { return slack_[0]; }

 private:
  static constexpr int kD = 64;
  Blocks blocks_{kD, 1};
  Centroids before_{0, kD, {}};
  alignas(64) std::int32_t label_[kBlock] = {};
  float slack_[kBlock] = {};
};

TEST_F(Int8Screen, SlackIsUsedUpByTheMovesOfBothCentroids) {
  // From 1,000 and -1,400 to 1,201 and -1,199: together the moves are 402, the slack is below 400.
  // Half of either would leave the point where it was.
  Passes passes;
  EXPECT_EQ(passes.label_under(1000, -1400), 0);
  EXPECT_GT(passes.slack(), 201 + 50);
  EXPECT_LE(passes.slack(), 400);
  EXPECT_EQ(passes.label_under(1201, -1199), 1);
}

TEST_F(Int8Screen, SlackCarriesAPointOverSmallMoves) {
  Passes passes;
  EXPECT_EQ(passes.label_under(1000, -1400), 0);
  const float before = passes.slack();
  EXPECT_EQ(passes.label_under(1010, -1390), 0);
  // Not measured anew, or it would be 380 - 20 by the same formula: moved by 20 and a rounding.
  EXPECT_NEAR(passes.slack(), before - 20, 0.01);
}

TEST_F(Int8Screen, RepeatedCentroidsLeaveNoSlack) {
  // In the second pass both centroids are at 1,000, a tie that the first one keeps. From there the
  // second moves 10 nearer. What the first pass had left would outlast that.
  Passes passes;
  EXPECT_EQ(passes.label_under(1000, -1400), 0);
  EXPECT_EQ(passes.label_under(1000, 1000), 0);
  EXPECT_EQ(passes.slack(), 0);
  EXPECT_EQ(passes.label_under(1000, 990), 1);
}

TEST_F(Int8Screen, PaysOnlyWhereProductsAreMany) {
  EXPECT_EQ(internal::int8_saving(4, 4), 0);
  EXPECT_EQ(internal::int8_saving(2, 16), 0);
  EXPECT_GT(internal::int8_saving(256, 128), internal::int8_second_look(32, 64, 128));
}

}  // namespace
}  // namespace covey::test
