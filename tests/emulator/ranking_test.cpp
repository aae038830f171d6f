// The ranking of scores: the best is exact, and the second best, which is made by sums, is rounded
// by no more than HalfBound::kOfScore has room for.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "covey/half_screen.h"
#include "screen.cuh"

namespace covey::emulator {
namespace {

constexpr int kTags = 1 << kHalfTagBits;
constexpr std::uint32_t kMask = ~(kTags - 1U);

float tagged(float score, int tag) {
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(score) & kMask) |
                              static_cast<std::uint32_t>(tag));
}

void expect_ranked(const std::vector<float>& scores) {
  cuda::RankedRow row;
  std::vector<float> sorted;
  for (std::size_t j = 0; j < scores.size(); ++j) {
    const int tag = static_cast<int>(j) % kTags;
    row.add(scores[j], tag, kMask);
    sorted.push_back(tagged(scores[j], tag));
  }
  std::sort(sorted.begin(), sorted.end());
  ASSERT_EQ(row.best, sorted[0]);
  if (sorted.size() == 1) {
    ASSERT_EQ(row.second, INFINITY);
    return;
  }
  const double best = sorted[0], second = sorted[1];
  // 34 units of 2^-23 for the tag's 31, the score's rounding 1 / 2 and this.
  const double room = (std::fabs(best) / 2 + std::fabs(second)) * 0x1p-23 * (1 + 0x1p-20);
  ASSERT_LE(row.second, second + room);
}

TEST(Ranking, TheSecondBestIsHardlyRoundedUp) {
  std::mt19937_64 bits(7);
  const auto draw = [&](double least, double most) {
    return std::uniform_real_distribution<double>(least, most)(bits);
  };
  for (int round = 0; round < 20'000; ++round) {
    const int count = 1 + static_cast<int>(bits() % 70);
    // Everything near one score, scores of any size and sign, or many that fill up a tile.
    const double centre = draw(-1, 1) * std::exp2(draw(-20, 40));
    const int kind = round % 3;
    std::vector<float> scores;
    for (int j = 0; j < count; ++j) {
      const double near = centre * (1 + draw(-1, 1) * 0x1p-17);
      const double any = draw(-1, 1) * std::exp2(draw(-20, 40));
      const bool fills = kind == 2 && bits() % 2 == 0;
      scores.push_back(fills ? kHalfFar : static_cast<float>(kind == 0 ? near : any));
    }
    expect_ranked(scores);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace covey::emulator
