// Labels by matrix units against plain integers: both kernels of the first look, at sizes around
// those of their tiles, on data with ties and on data where fp16 alone is wrong.
#include "screen.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <map>
#include <random>
#include <vector>

#include "covey/half_screen.h"
#include "emulator/test_launch.h"

namespace covey::emulator {
namespace {

using cuda::Buffer;
using cuda::Device;
using cuda::DevicePoints;
using cuda::ScreenPass;
using cuda::ScreenPoints;

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : bits_(seed) {}
  std::int32_t between(std::int64_t low, std::int64_t high) {
    return static_cast<std::int32_t>(
        low + static_cast<std::int64_t>(bits_() % static_cast<std::uint64_t>(high - low + 1)));
  }
  /// About normal, deviation 1,000.
  std::int32_t bell() {
    std::int32_t sum = 0;
    for (int i = 0; i < 12; ++i) sum += between(-500, 500);
    return sum;
  }

 private:
  std::mt19937_64 bits_;
};

/// n points and k centroids of d features, row by row.
struct Problem {
  int n, d, k;
  std::vector<std::int32_t> x, c;

  /// Feature f of row i, in x or c.
  std::size_t at(std::int64_t i, int f) const { return static_cast<std::size_t>(i * d + f); }
  const std::int32_t* point(std::int64_t i) const { return x.data() + i * d; }
  const std::int32_t* centroid(std::int64_t j) const { return c.data() + j * d; }
  std::int64_t distance(std::int64_t i, std::int64_t j) const {
    return squared_distance(point(i), centroid(j), d);
  }
  /// By step 4 of the contract.
  int nearest(std::int64_t i) const {
    int best = 0;
    for (int j = 1; j < k; ++j) {
      const std::int64_t apart = distance(i, j) - distance(i, best);
      if (apart < 0 || (apart == 0 && compare_points(centroid(j), centroid(best), d) < 0)) best = j;
    }
    return best;
  }
};

enum class Kind { kMixture, kNoise, kLattice, kDuplicates, kOffset, kFar, kSmall, kCount };

Problem make(int n, int d, int k, Kind kind, std::uint64_t seed) {
  Problem problem{n, d, k, {}, {}};
  Draw draw(seed);
  const std::int32_t offset = kind == Kind::kOffset ? 8'000'000 : 0;
  const auto value = [&]() -> std::int32_t {
    switch (kind) {
      case Kind::kLattice:
        return draw.between(-1, 1);
      case Kind::kNoise:
        return draw.between(-kGridLimit, kGridLimit);
      case Kind::kSmall:
        return draw.between(-1000, 1000);
      default:
        return offset + 50 * draw.bell();
    }
  };
  for (int e = 0; e < k * d; ++e) problem.c.push_back(value());
  for (int i = 0; i < n; ++i) {
    const std::int64_t near = draw.between(0, k - 1);
    const bool copy = kind == Kind::kDuplicates && i > 0 && i % 3 != 0;
    for (int f = 0; f < d; ++f) {
      const bool around = kind == Kind::kMixture || kind == Kind::kOffset || kind == Kind::kFar;
      problem.x.push_back(copy     ? problem.x[problem.at(i - 1, f)]
                          : around ? problem.centroid(near)[f] + 10 * draw.bell()
                                   : value());
    }
  }
  if (kind == Kind::kDuplicates)  // of centroids as well: ties to the lower index
    for (int e = d; e < k * d; ++e)
      if (e / d % 2 == 1)
        problem.c[static_cast<std::size_t>(e)] = problem.c[static_cast<std::size_t>(e - d)];
  if (kind == Kind::kFar) {  // outliers cost themselves alone
    for (int f = 0; f < d; ++f) problem.c[problem.at(k - 1, f)] = kGridLimit;
    for (int f = 0; f < d; ++f) problem.x[problem.at(n / 2, f)] = -kGridLimit;
  }
  return problem;
}

DevicePoints on_device(const Problem& problem) {
  DevicePoints points(problem.d, problem.n);
  std::vector<float> q(static_cast<std::size_t>(points.stride * problem.d));
  for (std::int64_t i = 0; i < problem.n; ++i)
    for (std::int64_t f = 0; f < problem.d; ++f)
      q[static_cast<std::size_t>(f * points.stride + i)] = static_cast<float>(problem.point(i)[f]);
  cuda::upload(points.q.data(), q.data(), points.q.size());
  return points;
}

/// A device of this compute capability; each is probed once.
const Device& device_of(int capability) {
  static std::map<int, Device> devices;
  Settings own = settings();
  own.capability = capability;
  set(own);
  const auto found = devices.find(capability);
  return found != devices.end() ? found->second
                                : devices.emplace(capability, cuda::open_device(0)).first->second;
}

struct Result {
  std::vector<std::int32_t> label;
  std::vector<float> slack;
  std::int64_t rechecked = 0, compared = 0;
};

/// Labels of the listed points, or of all where there is no list; others keep -1.
Result label_on(const Device& device, const Problem& problem, bool certify = true,
                const std::vector<std::uint32_t>* list = nullptr) {
  const DevicePoints points = on_device(problem);
  const ScreenPoints form(device, points.view());
  cuda::Screen screen(device, problem.n, problem.d, problem.k);
  const Buffer<std::int32_t> centroids = cuda::uploaded(problem.c);
  Buffer<std::int32_t> labels(problem.n);
  Buffer<float> slack(problem.n);
  Buffer<std::int64_t> rechecked(1), compared(1);
  labels.fill_bytes(0xFF);
  slack.fill_bytes(0);
  compared.fill_bytes(0);
  rechecked.fill_bytes(0);
  ScreenPass pass;
  pass.centroids = centroids.data();
  pass.k = problem.k;
  pass.label = labels.data();
  pass.slack = slack.data();
  pass.rechecked = rechecked.data();
  pass.compared = compared.data();
  pass.certify = certify;
  Buffer<std::uint32_t> listed, count;
  if (list != nullptr) {
    listed = Buffer<std::uint32_t>(std::max<std::int64_t>(1, std::ssize(*list)));
    cuda::upload(listed.data(), list->data(), std::ssize(*list));
    count = cuda::uploaded(std::vector<std::uint32_t>{static_cast<std::uint32_t>(list->size())});
    pass.list = listed.data();
    pass.list_count = count.data();
  }
  screen.label(form.view(), pass);
  return {
      cuda::downloaded(labels.data(), labels.size()), cuda::downloaded(slack.data(), slack.size()),
      cuda::downloaded(rechecked.data(), 1).front(), cuda::downloaded(compared.data(), 1).front()};
}

Result label(const Problem& problem, int capability, bool certify = true,
             const std::vector<std::uint32_t>* list = nullptr) {
  return label_on(device_of(capability), problem, certify, list);
}

void expect_exact(const Problem& problem, const Result& result) {
  for (std::int64_t i = 0; i < problem.n; ++i) {
    const int nearest = problem.nearest(i);
    ASSERT_EQ(result.label[static_cast<std::size_t>(i)], nearest) << "point " << i;
    const double slack = result.slack[static_cast<std::size_t>(i)];
    if (slack == 0) continue;
    for (int j = 0; j < problem.k; ++j) {
      if (j == nearest) continue;
      ASSERT_LE(slack, std::sqrt(static_cast<double>(problem.distance(i, j))) -
                           std::sqrt(static_cast<double>(problem.distance(i, nearest))))
          << "point " << i << ", centroid " << j;
    }
  }
}

class Screened : public Emulator, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Capability, Screened, testing::Values(80, 90));

TEST_P(Screened, FormHoldsEveryCoordinate) {
  for (const int d : {1, 63, 64, 65, 130}) {
    const Problem problem = make(129, d, 1, Kind::kNoise, 5);
    const DevicePoints points = on_device(problem);
    const ScreenPoints form(device_of(GetParam()), points.view());
    const auto& view = form.view();
    const std::int64_t values = std::int64_t{256} * view.slabs * cuda::kScreenSlab;  // two tiles
    const auto high = cuda::downloaded(view.high, values);
    const auto low = cuda::downloaded(view.low, values);
    const auto origin = cuda::downloaded(view.origin, d);
    const auto square = cuda::downloaded(view.square, 129);
    std::vector<bool> is_value(static_cast<std::size_t>(values));
    for (std::int64_t i = 0; i < 129; ++i) {
      HalfSquares squares;
      for (int f = 0; f < d; ++f) {
        const auto at = static_cast<std::size_t>(view.place(i, f));
        ASSERT_FALSE(is_value[at]);
        is_value[at] = true;
        const std::int32_t from_origin = grid_of_half(high[at]) + low[at];
        ASSERT_EQ(origin[static_cast<std::size_t>(f)] + from_origin, problem.point(i)[f]);
        ASSERT_LE(std::abs(low[at]), 4096);
        squares.add(from_origin);
      }
      ASSERT_GE(square[static_cast<std::size_t>(i)], static_cast<double>(squares.whole) * 0x1p-16);
    }
    for (std::size_t at = 0; at < is_value.size(); ++at)
      ASSERT_TRUE(is_value[at] || (high[at] == 0 && low[at] == 0)) << at;
    const auto ratio = std::bit_cast<float>(cuda::downloaded(view.ratio, 1).front());
    EXPECT_GT(ratio, 0x1p-14F);
    EXPECT_LT(ratio, 0x1p-10F);
  }
}

TEST_P(Screened, AFormIsMadeAnewInItsPlace) {
  const Device& device = device_of(GetParam());
  const Problem first = make(400, 70, 9, Kind::kNoise, 14),
                second = make(130, 70, 9, Kind::kSmall, 15);
  ScreenPoints reused(device, 400, 70);
  for (const Problem* problem : {&first, &second}) {
    const DevicePoints points = on_device(*problem);
    reused.read(points.view());
    const ScreenPoints own(device, points.view());
    const std::int64_t rows = problem == &first ? 512 : 256;  // whole pairs of tiles
    const std::int64_t values = rows * own.view().slabs * cuda::kScreenSlab;
    EXPECT_EQ(cuda::downloaded(reused.view().high, values),
              cuda::downloaded(own.view().high, values));
    EXPECT_EQ(cuda::downloaded(reused.view().low, values),
              cuda::downloaded(own.view().low, values));
    EXPECT_EQ(cuda::downloaded(reused.view().allowance, rows),
              cuda::downloaded(own.view().allowance, rows));
    EXPECT_EQ(cuda::downloaded(reused.view().square, rows),
              cuda::downloaded(own.view().square, rows));
    EXPECT_EQ(cuda::downloaded(reused.view().ratio, 1), cuda::downloaded(own.view().ratio, 1));
    EXPECT_EQ(cuda::downloaded(reused.view().origin, 70), cuda::downloaded(own.view().origin, 70));
  }
}

// Sizes around those of tiles, pairs of tiles, slabs and the steps of products.
TEST_P(Screened, LabelsAreExact) {
  struct Size {
    int n, d, k;
  };
  std::uint64_t seed = 1;
  for (const Size size :
       {Size{1, 1, 1}, Size{1, 17, 2}, Size{127, 64, 63}, Size{128, 65, 64}, Size{129, 63, 65},
        Size{257, 17, 127}, Size{256, 128, 128}, Size{100, 129, 129}, Size{300, 16, 257},
        Size{130, 200, 130}, Size{513, 2, 3}, Size{20, 300, 140}, Size{129, 193, 20}})
    for (int kind = 0; kind < static_cast<int>(Kind::kCount); ++kind) {
      SCOPED_TRACE(testing::Message()
                   << "n " << size.n << ", d " << size.d << ", k " << size.k << ", kind " << kind);
      const Problem problem = make(size.n, size.d, size.k, static_cast<Kind>(kind), ++seed);
      expect_exact(problem, label(problem, GetParam()));
    }
}

// One block goes through several tiles of points and of centroids: stages, buffers and turns come
// round. One slab and two (two buffers of points), three (one buffer), four (points stream).
TEST_P(Screened, OneBlockTakesAllPoints) {
  Device device = device_of(GetParam());
  device.multiprocessors = 1;
  for (const int d : {17, 100, 190, 200}) {
    SCOPED_TRACE(testing::Message() << "d " << d);
    const Problem problem = make(d < 190 ? 900 : 600, d, 260, Kind::kMixture, 14);
    expect_exact(problem, label_on(device, problem));
  }
}

TEST_P(Screened, ListsAreLabelledAlone) {
  const Problem problem = make(400, 70, 140, Kind::kMixture, 9);
  for (const std::size_t count : {0U, 1U, 128U, 131U}) {
    std::vector<std::uint32_t> list;
    for (std::size_t e = 0; e < count; ++e)
      list.push_back(static_cast<std::uint32_t>(e * 157 % 400));
    std::vector<bool> listed(400);
    for (const std::uint32_t i : list) listed[i] = true;
    const Result result = label(problem, GetParam(), true, &list);
    for (std::size_t i = 0; i < 400; ++i) {
      const int expected = listed[i] ? problem.nearest(static_cast<std::int64_t>(i)) : -1;
      ASSERT_EQ(result.label[i], expected) << i;
    }
  }
}

/// Points whose rests lie along the farther of two centroids, as in half_screen_test: halves alone
/// say the wrong one. Mirrored points keep the mean, and so the origin, at 0.
Problem misleading(int n, int d) {
  Problem problem{n, d, 2, {}, {}};
  constexpr std::int32_t kHalf = 1 << 20, kPlace = kHalf / 1024;
  for (int i = 0; i < n; ++i)
    for (int f = 0; f < d; ++f) {
      const std::int32_t v = (f % 2 == 0 ? kHalf
                              : f == 1   ? -kHalf
                                         : -kHalf - kPlace) +
                             kPlace / 2 - 1;
      problem.x.push_back(i % 2 == 0 ? v : -v);
    }
  for (int e = 0; e < 2 * d; ++e) problem.c.push_back(e < d ? kHalf : -kHalf);
  return problem;
}

TEST_P(Screened, PointsThatHalvesMisleadAreDecidedExactly) {
  for (const int d : {16, 64, 200}) {
    const Problem problem = misleading(130, d);
    const Result result = label(problem, GetParam());
    expect_exact(problem, result);
    EXPECT_EQ(result.rechecked, 130);
    EXPECT_EQ(result.compared, 2 * 130);
    const Result unchecked = label(problem, GetParam(), false);
    for (std::int64_t i = 0; i < problem.n; ++i)
      ASSERT_NE(unchecked.label[static_cast<std::size_t>(i)], problem.nearest(i)) << i;
    EXPECT_EQ(unchecked.rechecked, 0);
    EXPECT_EQ(unchecked.compared, 0);
  }
}

TEST_P(Screened, NearlyAllOfAMixtureIsCertified) {
  Problem problem = make(1024, 64, 128, Kind::kMixture, 11);
  EXPECT_LE(label(problem, GetParam()).rechecked, 10);
  // One centroid at the grid's corner, and one point, cost no other point anything.
  problem = make(1024, 64, 128, Kind::kFar, 11);
  const Result far = label(problem, GetParam());
  expect_exact(problem, far);
  EXPECT_LE(far.rechecked, 11);
}

// More centroids tie than an open point has room for candidates.
TEST_P(Screened, ManyCandidatesAreAllLookedAt) {
  Problem problem = make(130, 20, 140, Kind::kLattice, 12);
  for (std::size_t e = 20; e < problem.c.size(); ++e) problem.c[e] = problem.c[e % 20];
  problem.c[problem.at(77, 0)] -= 1;
  std::int64_t tied = 0;
  for (std::int64_t i = 0; i < problem.n; ++i) tied += problem.nearest(i) != 77;
  ASSERT_GT(tied, 20);
  const Result result = label(problem, GetParam());
  expect_exact(problem, result);
  EXPECT_GE(result.rechecked, tied);
  EXPECT_GE(result.compared, tied * problem.k);  // all centroids each
}

TEST_P(Screened, APassThatIsNotDueChangesNothing) {
  const Problem problem = make(130, 20, 3, Kind::kMixture, 13);
  const Device& device = device_of(GetParam());
  const DevicePoints points = on_device(problem);
  const ScreenPoints form(device, points.view());
  cuda::Screen screen(device, problem.n, problem.d, problem.k);
  const Buffer<std::int32_t> centroids = cuda::uploaded(problem.c);
  Buffer<std::int32_t> labels(problem.n);
  labels.fill_bytes(0xFF);
  Buffer<std::int64_t> rechecked(1);
  rechecked.fill_bytes(0);
  const Buffer<std::uint32_t> choice = cuda::uploaded(std::vector<std::uint32_t>{1});
  cuda::DeviceModel model;
  ScreenPass pass;
  pass.centroids = centroids.data();
  pass.k = problem.k;
  pass.label = labels.data();
  pass.rechecked = rechecked.data();
  pass.choice = choice.data();
  screen.label(form.view(), pass);
  EXPECT_EQ(cuda::downloaded(labels.data(), 1).front(), -1);
  pass.chosen = 1;
  for (const auto phase : {cuda::Phase::kDone, cuda::Phase::kEmpty, cuda::Phase::kLastPass}) {
    model.phase = phase;
    const Buffer<cuda::DeviceModel> on_device = cuda::uploaded(std::vector{model});
    pass.model = on_device.data();
    screen.label(form.view(), pass);
    const int first = cuda::downloaded(labels.data(), 1).front();
    EXPECT_EQ(first, phase == cuda::Phase::kLastPass ? problem.nearest(0) : -1);
  }
}

}  // namespace
}  // namespace covey::emulator
