// Every SIMD kernel on every target of this machine against a plain loop, at the extremes of its
// contract.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "blocks.h"
#include "covey/backend.h"
#include "covey/screen.h"
#include "engine/support.h"
#include "kernels.h"

namespace covey::test {
namespace {

using internal::Blocks;
using internal::kBlock;

class Simd : public testing::TestWithParam<std::string> {
 protected:
  const internal::Kernels& kernels() { return internal::kernels_for(GetParam()); }

  /// One block of `filled` points, coordinates from the whole grid and often its ends.
  Blocks block(int d, int filled, Random& random) {
    Blocks blocks(d, filled);
    std::vector<std::int32_t> q(static_cast<std::size_t>(d));
    for (int i = 0; i < filled; ++i) {
      for (std::int32_t& c : q) c = coordinate(random);
      blocks.set(i, q.data(), static_cast<std::uint32_t>(random.between(1, 1LL << 31)));
    }
    return blocks;
  }
  static std::int32_t coordinate(Random& random) {
    return random.below(3) == 0
               ? random.one_of({-kGridLimit, kGridLimit, 0})
               : static_cast<std::int32_t>(random.between(-kGridLimit, kGridLimit));
  }
};
INSTANTIATE_TEST_SUITE_P(Target, Simd, testing::ValuesIn(simd_targets()),
                         [](const auto& target) { return target.param; });

constexpr int kFeatures[] = {1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 64, 65, 300};

TEST_P(Simd, IsTheTargetThatWasAsked) { EXPECT_EQ(kernels().target, GetParam()); }

TEST_P(Simd, DistancesAreExact) {
  // 300 features of up to 2^48 each: more than a double holds, so chunks of it must be added as
  // integers.
  Random random(101);
  for (const int d : kFeatures) {
    SCOPED_TRACE(d);
    const Blocks points = block(d, kBlock, random);
    std::vector<std::int32_t> centre(static_cast<std::size_t>(d)), point(centre);
    for (int round = 0; round < 5; ++round) {
      for (std::int32_t& c : centre) c = coordinate(random);
      const internal::AlignedVector<float> as_float(centre.begin(), centre.end());
      alignas(64) std::int64_t distance[kBlock];
      kernels().distances(points.block(0), d, as_float.data(), distance);
      for (int i = 0; i < kBlock; ++i) {
        points.point(i, point.data());
        ASSERT_EQ(distance[i], squared_distance(point.data(), centre.data(), d)) << i;
      }
    }
  }
}

TEST_P(Simd, AssignmentIsExactWhereItIsSure) {
  // Whatever is not listed as uncertain must be the first smallest exact distance; what is listed
  // is rising and filled.
  Random random(102);
  for (const int d : kFeatures) {
    for (const int k : {1, 2, 3, 4, 5, 8, 9, 33}) {
      SCOPED_TRACE(testing::Message() << "d " << d << ", k " << k);
      const int filled = static_cast<int>(random.one_of({1, 15, 16, 17, 31, 33, 255, 256}));
      const Blocks points = block(d, filled, random);
      std::vector<std::int32_t> centres(static_cast<std::size_t>(k * d)),
          point(static_cast<std::size_t>(d));
      for (std::int32_t& c : centres) c = coordinate(random);
      const internal::AlignedVector<float> as_float(centres.begin(), centres.end());
      std::vector<float> half;
      for (std::int64_t j = 0; j < k; ++j)
        half.push_back(half_norm(square_of(centres.data() + j * d, d), internal::summed_terms(d)));
      double farthest = 0;
      for (int i = 0; i < filled; ++i) {
        points.point(i, point.data());
        farthest = std::max(farthest, static_cast<double>(square_of(point.data(), d)));
      }
      const internal::AssignArguments arguments{
          points.block(0), filled, d,    as_float.data(),
          half.data(),     k,      true, static_cast<float>(farthest * (1 + 0x1p-22))};
      for (const auto assign : {kernels().by_products, kernels().by_differences}) {
        alignas(64) std::int32_t nearest[kBlock];
        std::uint16_t uncertain[kBlock];
        const int count = assign(arguments, nearest, uncertain);
        ASSERT_TRUE(std::is_sorted(uncertain, uncertain + count));
        ASSERT_TRUE(count == 0 || uncertain[count - 1] < filled);
        for (int i = 0; i < filled; ++i) {
          if (std::binary_search(uncertain, uncertain + count, i)) continue;
          points.point(i, point.data());
          std::int64_t best = 0;
          for (std::int64_t j = 1; j < k; ++j) {
            if (squared_distance(point.data(), centres.data() + j * d, d) <
                squared_distance(point.data(), centres.data() + best * d, d))
              best = j;
          }
          ASSERT_EQ(nearest[i], best) << i;
        }
      }
    }
  }
}

TEST_P(Simd, PositionsInTheLowBitsOfScoresAreCertifiedToo) {
  // The point 0 and 64 centroids: scores are |c|^2 / 2 alone. A is nearest, A + 1 is 16 to 23 units
  // in the last place of float32 farther. Where the lowest six bits of both scores give way to
  // positions, 63 for A and 0 for A + 1, A often falls behind, by up to 63 units: three times what
  // products alone need for a certificate in one feature.
  Random random(107);
  const internal::AlignedVector<float> zeros(kBlock, 0.0F);
  int wrong = 0;
  for (int i = 0; i < 64; ++i) {
    const auto a = static_cast<std::int32_t>((1 << 20) + random.below(400'000));
    internal::AlignedVector<float> centres;
    std::vector<float> half;
    for (int j = 0; j < 64; ++j) {
      const std::int32_t c = j < 63 ? a + 1 + j * 4096 : a;
      centres.push_back(static_cast<float>(c));
      half.push_back(half_norm(square_of(&c, 1), 1));
    }
    alignas(64) std::int32_t nearest[kBlock];
    std::uint16_t uncertain[kBlock];
    const int count = kernels().by_products(
        {zeros.data(), 1, 1, centres.data(), half.data(), 64, true, 0.0F}, nearest, uncertain);
    wrong += nearest[0] != 63;
    ASSERT_TRUE(nearest[0] == 63 || count == 1) << "A = " << a;
  }
  ASSERT_GT(wrong, 20);
}

TEST_P(Simd, RelabelListsWhatChanged) {
  Random random(106);
  const std::vector<std::int32_t> cluster = {4, 0, 3, 1, 2};
  for (const int filled : {1, 15, 16, 17, 255, 256}) {
    alignas(64) std::int32_t nearest[kBlock], label[kBlock];
    std::int32_t before[kBlock];
    std::uint16_t changed[kBlock];
    std::vector<std::uint16_t> expected;
    for (int i = 0; i < kBlock; ++i) {
      nearest[i] = static_cast<std::int32_t>(random.below(5));
      before[i] = static_cast<std::int32_t>(random.between(-1, 4));
      if (i < filled && before[i] != cluster[static_cast<std::size_t>(nearest[i])])
        expected.push_back(static_cast<std::uint16_t>(i));
    }
    const int count = kernels().relabel(nearest, cluster.data(), 5, before, filled, label, changed);
    ASSERT_EQ(std::vector<std::uint16_t>(changed, changed + count), expected);
    for (int i = 0; i < kBlock; ++i)
      ASSERT_EQ(label[i], cluster[static_cast<std::size_t>(nearest[i])]);
    kernels().relabel(nearest, nullptr, 5, before, filled, label, changed);
    for (int i = 0; i < kBlock; ++i) ASSERT_EQ(label[i], nearest[i]);
  }
}

TEST_P(Simd, DrawsAreThoseOfTheDefinition) {
  Random random(103);
  std::vector<std::uint64_t> hashes(kBlock);
  for (std::uint64_t& hash : hashes) hash = random.bits();
  double even[kBlock], odd[kBlock];
  for (std::uint32_t pair = 0; pair < 3; ++pair) {
    const DrawKey key{random.bits(), 0xABCDEF, 77 + pair};
    kernels().draws(hashes.data(), key, pair, even, odd);
    for (int i = 0; i < kBlock; ++i) {
      const auto u = draw_pair(key, pair, hashes[static_cast<std::size_t>(i)]);
      ASSERT_EQ(even[i], u[0]);
      ASSERT_EQ(odd[i], u[1]);
    }
  }
}

TEST_P(Simd, ScoresAreTheWrittenSum) {
  // A fused multiply-add, or another order, would give other bits.
  Random random(104);
  for (const int d : kFeatures) {
    SCOPED_TRACE(d);
    const Blocks points = block(d, kBlock, random);
    std::vector<double> mean, loadings;
    for (int f = 0; f < d; ++f) {
      mean.push_back(random.normal() * 1e5);
      loadings.push_back(random.normal());
    }
    double score[kBlock];
    kernels().project(points.block(0), d, mean.data(), loadings.data(), 0x1p-17, score);
    std::vector<std::int32_t> point(static_cast<std::size_t>(d));
    for (int i = 0; i < kBlock; ++i) {
      points.point(i, point.data());
      double sum = 0;
      for (std::size_t f = 0; f < point.size(); ++f) sum = sum + (point[f] - mean[f]) * loadings[f];
      ASSERT_EQ(std::bit_cast<std::uint64_t>(score[i]),
                std::bit_cast<std::uint64_t>(sum * 0x1p-17));
    }
  }
}

TEST_P(Simd, MeanDistancesAreTheWrittenSums) {
  // A fused multiply-add, or another order, would give other bits. One cluster of five is empty.
  Random random(108);
  for (const int d : {1, 4, 17, 300}) {
    SCOPED_TRACE(d);
    constexpr int kClusters = 5;
    const Blocks points = block(d, kBlock, random);
    std::vector<double> means;
    std::vector<ClusterSpread> spreads(kClusters);
    for (int i = 0; i < kClusters * d; ++i) means.push_back(random.normal() * 1e6);
    for (ClusterSpread& spread : spreads) spread.as_other = random.uniform() * 1e13;
    spreads[3].as_other = std::numeric_limits<double>::infinity();
    std::int32_t label[kBlock];
    for (std::int32_t& own : label) own = static_cast<std::int32_t>(random.one_of({0, 1, 2, 4}));
    internal::AlignedVector<double> room(static_cast<std::size_t>(d) * internal::kMeanPoints);
    double own[kBlock], other[kBlock];
    kernels().mean_distances({points.block(0), d, means.data(), spreads.data(), kClusters}, label,
                             room.data(), own, other);
    std::vector<std::int32_t> point(static_cast<std::size_t>(d));
    for (int i = 0; i < kBlock; ++i) {
      points.point(i, point.data());
      double least = std::numeric_limits<double>::infinity();
      for (int c = 0; c < kClusters; ++c) {
        double sum = 0;
        for (int f = 0; f < d; ++f) {
          const double apart = point[static_cast<std::size_t>(f)] -
                               means[static_cast<std::size_t>(c) * static_cast<std::size_t>(d) +
                                     static_cast<std::size_t>(f)];
          sum = sum + apart * apart;
        }
        if (c == label[i])
          ASSERT_EQ(own[i], sum) << i;
        else
          least = std::min(least, spreads[static_cast<std::size_t>(c)].as_other + sum);
      }
      ASSERT_EQ(other[i], least) << i;
    }
  }
}

TEST_P(Simd, ExactDotIsExactUpToTwoToThe53) {
  Random random(105);
  for (int count = 0; count <= 40; ++count) {
    std::vector<double> a, b;
    std::int64_t sum = 0;
    for (int i = 0; i < count; ++i) {
      const std::int64_t x = random.between(-(1 << 23), 1 << 23),
                         y = random.between(-(1 << 24), 1 << 24);
      a.push_back(static_cast<double>(x));
      b.push_back(static_cast<double>(y));
      sum += x * y;
    }
    ASSERT_EQ(kernels().exact_dot(a.data(), b.data(), count), static_cast<double>(sum)) << count;
  }
}

}  // namespace
}  // namespace covey::test
