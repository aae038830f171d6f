// Which points a pass looks at.
#include "bounds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "engine/support.h"

namespace covey::cuda {
namespace {

using test::Random;

TEST(Bounds, RootsAreNotBelow) {
  Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    const std::int64_t square = random.between(0, INT64_C(1) << random.between(0, 60));
    const auto root = static_cast<long double>(root_up(square));
    ASSERT_GE(root * root, static_cast<long double>(square));
    ASSERT_LE(root, std::sqrt(static_cast<long double>(square)) * (1 + 0x1p-21L));
  }
  EXPECT_EQ(root_up(0), 0);
}

TEST(Bounds, SlackIsNeverLeftThatWasUsedUp) {
  Random random(2);
  for (int i = 0; i < 100'000; ++i) {
    const auto length = [&random] {
      return static_cast<float>(random.uniform() *
                                static_cast<double>(INT64_C(1) << random.between(0, 30)));
    };
    const float own = length(), largest = std::max(own, length());
    // Near the edge as well as anywhere.
    const float slack =
        i % 2 == 0 ? length() : (own + largest) * (1 + 0x1p-23F * static_cast<float>(i % 8));
    const float left = slack_left(slack, own, largest);
    const long double exact = static_cast<long double>(slack) - own - largest;
    ASSERT_LE(left, std::max(exact, 0.0L));
    ASSERT_GE(left, exact * (1 - 0x1p-20L) - 0x1p-20L * (own + largest));
  }
  EXPECT_EQ(slack_left(5, 0, 0), 5 * (1 - 0x1p-22F));
  EXPECT_EQ(slack_left(2, 1, 1), 0);
  EXPECT_EQ(slack_left(0, 0, 0), 0);
}

/// Points with slack, labels and moves of centroids.
struct Case {
  std::vector<float> slack, move;
  std::vector<std::int32_t> label;
  float largest = 0;

  /// About `share` of the points stay open.
  Case(std::int64_t n, int k, double share, Random& random) {
    for (int j = 0; j < k; ++j) move.push_back(static_cast<float>(random.below(100)));
    largest = *std::max_element(move.begin(), move.end());
    for (std::int64_t i = 0; i < n; ++i) {
      label.push_back(static_cast<std::int32_t>(random.below(k)));
      slack.push_back(random.uniform() < share ? static_cast<float>(random.below(2)) : 1000);
    }
  }
};

TEST(Bounds, ListWhatHasNoSlackLeft) {
  Random random(3);
  Device device;
  device.multiprocessors = 3;
  for (const std::int64_t n : {1, 3, 4, 5, 127, 128, 129, 1025, 3000}) {
    for (const double share : {0.0, 0.3, 0.5, 0.7, 1.0}) {
      SCOPED_TRACE(testing::Message() << n << " points, " << share << " open");
      Case data(n, 7, share, random);
      Bounds bounds(device, n, n, 7);
      bounds.start();
      const auto label = uploaded(data.label);
      const auto model = uploaded(std::vector<DeviceModel>(1));
      upload(bounds.slack(0), data.slack.data(), n);
      upload(bounds.move(), data.move.data(), 7);
      upload(&bounds.state()->largest, &data.largest, 1);
      bounds.choose(model.data(), label.data(), 0, n);
      std::vector<std::uint32_t> expected;
      for (std::int64_t i = 0; i < n; ++i) {
        const auto at = static_cast<std::size_t>(i);
        data.slack[at] = slack_left(
            data.slack[at], data.move[static_cast<std::size_t>(data.label[at])], data.largest);
        if (!(data.slack[at] > 0)) expected.push_back(static_cast<std::uint32_t>(i));
      }
      const auto state = downloaded(bounds.state(), 1)[0];
      auto list = downloaded(bounds.list(), state.open);
      std::sort(list.begin(), list.end());
      ASSERT_EQ(list, expected);
      ASSERT_EQ(downloaded(bounds.slack(0), n), data.slack);
      ASSERT_EQ(state.choice, 2 * static_cast<std::int64_t>(expected.size()) > n ? 0U : 1U);
      ASSERT_EQ(state.blocks, 0U);
    }
  }
}

TEST(Bounds, PiecesAreChosenOneAfterTheOther) {
  Random random(4);
  Device device;
  device.multiprocessors = 3;
  constexpr std::int64_t kPoints = 300, kFirst = 128;
  const Case data(kPoints, 7, 0.4, random);
  Bounds bounds(device, kPoints, kPoints - kFirst, 7);
  bounds.start();
  const auto label = uploaded(data.label);
  const auto model = uploaded(std::vector<DeviceModel>(1));
  upload(bounds.slack(0), data.slack.data(), kPoints);
  upload(bounds.move(), data.move.data(), 7);
  upload(&bounds.state()->largest, &data.largest, 1);
  for (const auto& [first, end] : {std::pair{std::int64_t{0}, kFirst}, {kFirst, kPoints}}) {
    bounds.choose(model.data(), label.data() + first, first, end - first);
    std::vector<std::uint32_t> expected;
    for (std::int64_t i = first; i < end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const float own = data.move[static_cast<std::size_t>(data.label[at])];
      if (!(slack_left(data.slack[at], own, data.largest) > 0))
        expected.push_back(static_cast<std::uint32_t>(i - first));
    }
    auto list = downloaded(bounds.list(), downloaded(bounds.state(), 1)[0].open);
    std::sort(list.begin(), list.end());
    ASSERT_EQ(list, expected);
  }
}

TEST(Bounds, OfAModelThatIsDoneStay) {
  Device device;
  Bounds bounds(device, 100, 100, 1);
  bounds.start();
  DeviceModel done;
  done.phase = Phase::kDone;
  const auto model = uploaded(std::vector<DeviceModel>{done});
  const auto label = uploaded(std::vector<std::int32_t>(100));
  bounds.choose(model.data(), label.data(), 0, 100);
  EXPECT_EQ(downloaded(bounds.state(), 1)[0].open, 0U);
}

}  // namespace
}  // namespace covey::cuda
