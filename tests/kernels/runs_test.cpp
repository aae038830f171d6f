// Sums of moved points by sorted runs, against plain sums.
#include "runs.h"

#include <gtest/gtest.h>

#include <vector>

#include "covey/half_screen.h"
#include "engine/support.h"

namespace covey::cuda {
namespace {

using test::Random;

/// Points with labels before and after a pass.
struct Case {
  int d = 17, k = 3;
  std::int64_t n = 100;
  bool multiplicities = false;
  std::vector<std::int32_t> x;  ///< row by row
  std::vector<std::uint32_t> multiplicity;
  std::vector<std::int32_t> before, label;

  Case(int dimensions, int clusters, std::int64_t points, bool weighted, Random& random)
      : d(dimensions), k(clusters), n(points), multiplicities(weighted) {
    for (std::int64_t e = 0; e < n * d; ++e)
      x.push_back(static_cast<std::int32_t>(random.between(-kGridLimit, kGridLimit)));
    for (std::int64_t i = 0; i < n; ++i) {
      multiplicity.push_back(weighted ? static_cast<std::uint32_t>(random.between(1, 4'000'000))
                                      : 1);
      before.push_back(static_cast<std::int32_t>(random.below(k)));
      label.push_back(static_cast<std::int32_t>(random.below(k)));
    }
  }

  /// k x (d + 1) sums under the given labels; -1: none.
  std::vector<std::int64_t> sums_under(const std::vector<std::int32_t>& labels) const {
    std::vector<std::int64_t> sums(static_cast<std::size_t>(k) * static_cast<std::size_t>(d + 1));
    for (std::int64_t i = 0; i < n; ++i) {
      const auto row = static_cast<std::size_t>(i);
      if (labels[row] < 0) continue;
      std::int64_t* of_cluster = sums.data() + static_cast<std::ptrdiff_t>(labels[row]) * (d + 1);
      for (int f = 0; f < d; ++f)
        of_cluster[f] += static_cast<std::int64_t>(multiplicity[row]) *
                         x[row * static_cast<std::size_t>(d) + static_cast<std::size_t>(f)];
      of_cluster[d] += multiplicity[row];
    }
    return sums;
  }
};

/// The same points as the screen keeps them.
struct Rows {
  std::vector<std::uint16_t> high;
  std::vector<std::int16_t> low;
  std::vector<std::int32_t> origin;
  ScreenPointsView view;  ///< places alone

  Rows(const Case& data, Random& random) {
    view.slabs = (data.d + kScreenSlab - 1) / kScreenSlab;
    const auto size = static_cast<std::size_t>((data.n + kScreenTile - 1) / kScreenTile *
                                               view.slabs * kScreenTile * kScreenSlab);
    high.assign(size, 0);
    low.assign(size, 0);
    for (int f = 0; f < data.d; ++f)
      origin.push_back(static_cast<std::int32_t>(random.between(-kGridLimit, kGridLimit)));
    for (std::int64_t i = 0; i < data.n; ++i) {
      for (int f = 0; f < data.d; ++f) {
        const std::int32_t v =
            data.x[static_cast<std::size_t>(i * data.d + f)] - origin[static_cast<std::size_t>(f)];
        const auto at = static_cast<std::size_t>(view.place(i, f));
        high[at] = half_of_grid(v);
        low[at] = static_cast<std::int16_t>(v - grid_of_half(high[at]));
      }
    }
  }
};

struct Choice {
  bool rows = false;
  bool listed = false;  ///< only the points that moved, by a list
  Phase phase = Phase::kRunning;
  bool fresh = false;  ///< no label is kept: all points are added
};

/// Sums on the device after the moves, from those before; `left` gets the labels that it keeps.
std::vector<std::int64_t> moved_sums(const Case& data, const Choice& choice,
                                     std::vector<std::int32_t>& left) {
  Device device;
  device.multiprocessors = 3;
  DevicePoints points(data.d, data.n);
  std::vector<float> q(static_cast<std::size_t>(points.stride * data.d));
  std::vector<std::uint32_t> list;
  for (std::int64_t i = 0; i < data.n; ++i) {
    const auto row = static_cast<std::size_t>(i);
    if (data.label[row] != data.before[row]) list.push_back(static_cast<std::uint32_t>(i));
    for (int f = 0; f < data.d; ++f)
      q[static_cast<std::size_t>(f * points.stride + i)] =
          static_cast<float>(data.x[static_cast<std::size_t>(i * data.d + f)]);
  }
  points.q = uploaded(q);
  if (data.multiplicities) points.multiplicity = uploaded(data.multiplicity);
  Random random(7);
  const Rows rows(data, random);
  const auto high = uploaded(rows.high);
  const auto low = uploaded(rows.low);
  const auto origin = uploaded(rows.origin);
  const auto count = uploaded(std::vector{static_cast<std::uint32_t>(list.size())});
  list.push_back(0);
  const auto listed = uploaded(list);
  DeviceModel model;
  model.phase = choice.phase;
  const auto models = uploaded(std::vector<DeviceModel>{model});
  const auto label = uploaded(data.label);
  auto before = uploaded(data.before);
  auto sums = uploaded(data.sums_under(data.before));

  MovedPoints moved;
  moved.points = points.view();
  moved.rows = rows.view;
  if (choice.rows) moved.rows.high = high.data();
  moved.rows.low = low.data();
  moved.rows.origin = origin.data();
  if (choice.listed) moved.list = listed.data();
  moved.list_count = count.data();
  moved.model = models.data();
  moved.k = data.k;
  moved.label = label.data();
  moved.before = before.data();
  moved.sums = sums.data();
  Runs runs(device, 2 * data.n, data.k + 5);
  if (choice.fresh) {
    sums.fill_bytes(0);
    moved.before = nullptr;
  }
  runs.add(moved);
  if (!choice.fresh) runs.add(moved);  // nothing has moved since
  left = downloaded(before.data(), before.size());
  return downloaded(sums.data(), sums.size());
}

void expect_plain_sums(const Case& data, const char* what) {
  for (const bool rows : {false, true}) {
    for (const bool listed : {false, true}) {
      SCOPED_TRACE(std::string(what) + (rows ? ", rows" : ", grid") + (listed ? ", list" : ""));
      std::vector<std::int32_t> left;
      ASSERT_EQ(moved_sums(data, {rows, listed}, left), data.sums_under(data.label));
      ASSERT_EQ(left, data.label);
    }
  }
}

TEST(Runs, EqualPlainSums) {
  Random random(1);
  for (const auto& [d, k, n] : {std::tuple{1, 1, 1},
                                {17, 2, 31},
                                {31, 33, 129},
                                {64, 5, 257},
                                {65, 64, 300},
                                {128, 7, 128},
                                {129, 300, 400},
                                {300, 40, 127}}) {
    SCOPED_TRACE(testing::Message() << "d " << d << ", k " << k << ", n " << n);
    expect_plain_sums(Case(d, k, n, n % 2 == 0, random), "random moves");
  }
}

TEST(Runs, OfTheFirstPassHaveNoLabelsBefore) {
  Random random(2);
  Case data(20, 9, 700, true, random);
  data.before.assign(data.before.size(), -1);
  expect_plain_sums(data, "first pass");
}

TEST(Runs, OfPointsWhoseLabelsAreNotKept) {
  Random random(8);
  const Case data(20, 9, 700, true, random);
  for (const bool rows : {false, true}) {
    std::vector<std::int32_t> left;
    EXPECT_EQ(moved_sums(data, {rows, false, Phase::kRunning, true}, left),
              data.sums_under(data.label));
    EXPECT_EQ(left, data.before);
  }
}

TEST(Runs, WithOneGiantCluster) {
  Random random(3);
  Case data(40, 50, 900, true, random);
  data.before.assign(data.before.size(), -1);
  data.label.assign(data.label.size(), 37);
  expect_plain_sums(data, "all to one");
  data.before = data.label;
  for (auto& label : data.label) label = static_cast<std::int32_t>(random.below(50));
  expect_plain_sums(data, "all from one");
}

TEST(Runs, WithAPointACluster) {
  Random random(4);
  Case data(18, 333, 333, false, random);
  const auto order = random.permutation(333);
  data.label.assign(order.begin(), order.end());
  expect_plain_sums(data, "k = n");
}

TEST(Runs, LeaveSumsWhereNothingMoved) {
  Random random(5);
  Case data(33, 6, 200, true, random);
  data.label = data.before;
  expect_plain_sums(data, "no moves");
  data.label[123] = (data.before[123] + 1) % 6;
  expect_plain_sums(data, "one move");
}

TEST(Runs, OfAModelThatIsDoneChangeNothing) {
  Random random(6);
  const Case data(33, 6, 200, true, random);
  for (const Phase phase : {Phase::kDone, Phase::kEmpty}) {
    std::vector<std::int32_t> left;
    EXPECT_EQ(moved_sums(data, {true, false, phase}, left), data.sums_under(data.before));
    EXPECT_EQ(left, data.before);
  }
}

}  // namespace
}  // namespace covey::cuda
