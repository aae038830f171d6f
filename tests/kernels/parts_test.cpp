// Points in parts: their way through a device, what a budget holds them to, and the sketch that is
// gathered from them.
#include "parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>

#include "cuda_backend.h"
#include "emulator/blocks.h"
#include "emulator/emulator.h"
#include "engine/support.h"
#include "launch.h"
#include "lloyd_wide.h"
#include "part_load.h"
#include "sketch.h"
#include "stream.h"

namespace covey::cuda {
namespace {

using emulator::Misuse;

/// Coordinate f of point i is 1000 f + i + from.
HostPoints host_points(std::int64_t count, int d, int from, bool weighted) {
  HostPoints points;
  points.count = count;
  points.q = PinnedBuffer<float>(count * d);
  if (weighted) points.multiplicity = PinnedBuffer<std::uint32_t>(count);
  for (std::int64_t i = 0; i < count; ++i) {
    for (int f = 0; f < d; ++f)
      points.q.data()[f * count + i] = static_cast<float>(1000LL * f + i + from);
    if (weighted) points.multiplicity.data()[i] = static_cast<std::uint32_t>(i + 1);
  }
  return points;
}

std::vector<float> row(const PointsView& points, int f) {
  return downloaded(points.q + f * points.stride, points.stride);
}

TEST(PartStream, PartsArriveInPieces) {
  HostPoints a = host_points(300, 2, 0, true), b = host_points(200, 2, 500, true);
  const std::vector<HostPiece> pieces{{&a, 10, 129}, {&b, 0, 1}, {&b, 100, 40}};
  PartStream stream(2, 256, true);
  stream.fetch(7, pieces, 170, true);
  const PointsView points = stream.take(7);
  EXPECT_EQ(points.count, 170);
  EXPECT_EQ(points.stride, 256);
  for (int f = 0; f < 2; ++f) {
    const std::vector<float> q = row(points, f);
    EXPECT_EQ(q[0], static_cast<float>(1000 * f + 10));
    EXPECT_EQ(q[128], static_cast<float>(1000 * f + 138));
    EXPECT_EQ(q[129], static_cast<float>(1000 * f + 500));
    EXPECT_EQ(q[130], static_cast<float>(1000 * f + 600));
    EXPECT_EQ(q[169], static_cast<float>(1000 * f + 639));
    EXPECT_TRUE(std::all_of(q.begin() + 170, q.end(), [](float x) { return x == 0; }));
  }
  EXPECT_EQ(downloaded(points.multiplicity, 170)[130], 101U);
}

TEST(PartStream, APartInPlaceIsNotFetchedAgain) {
  HostPoints a = host_points(100, 1, 0, false), b = host_points(100, 1, 5, false),
             c = host_points(100, 1, 9, false);
  PartStream stream(1, 128, false);
  stream.fetch(0, {{&a, 0, 100}}, 100, false);
  stream.fetch(1, {{&b, 0, 100}}, 100, false);
  stream.take(0);
  const std::vector<HostPiece> third{{&c, 0, 100}};
  EXPECT_ANY_THROW(stream.fetch(2, third, 100, false));  // both places are taken
  stream.release(0);
  stream.fetch(2, {{&c, 0, 100}}, 100, false);
  EXPECT_EQ(row(stream.take(1), 0)[1], 6);
  EXPECT_EQ(row(stream.take(2), 0)[1], 10);
  stream.begin();
  std::memset(c.q.data(), 0, 100 * sizeof(float));  // its copy was waited for
  stream.fetch(2, {{&c, 0, 100}}, 100, false);
  EXPECT_EQ(row(stream.take(2), 0)[1], 10);
  EXPECT_FALSE(stream.holds(0));
}

TEST(PartStream, PinnedMemoryMustStayAsItIsUntilItsCopyWasWaitedFor) {
  HostPoints a = host_points(100, 1, 0, false);
  PartStream stream(1, 128, false);
  stream.fetch(0, {{&a, 0, 100}}, 100, false);
  stream.take(0);  // the device waits, the host does not
  a.q.data()[3] = -1;
  EXPECT_THROW(cudaDeviceSynchronize(), Misuse);
}

__global__ void nothing() {}

TEST(PartStream, AFetchComesAfterTheKernelsBeforeIt) {
  HostPoints a = host_points(100, 1, 0, false);
  PartStream stream(1, 128, false);
  launch(nothing, Shape{});
  const std::vector<HostPiece> pieces{{&a, 0, 100}};
  EXPECT_NO_THROW(stream.fetch(0, pieces, 100, false));
  // What it does without the event that orders it is seen.
  const Stream other;
  Buffer<float> place(128);
  launch(nothing, Shape{});
  EXPECT_THROW(upload_pieces(pieces, place.data(), 128, 1, nullptr, other.get()), Misuse);
}

TEST(PartStream, WhatIsNotTakenHasNotArrived) {
  HostPoints a = host_points(100, 1, 0, false);
  Buffer<float> place(128);
  {
    const Stream copies;
    Event arrived;
    upload_pieces({{&a, 0, 100}}, place.data(), 128, 1, nullptr, copies.get());
    EXPECT_NE(place.data()[1], 1);  // the emulated device's memory is the host's
    arrived.record(copies.get());
    arrived.hold();
    EXPECT_EQ(place.data()[1], 1);
  }
}

TEST(HostPieces, TakeBackAsManyPointsAsThereAre) {
  HostPoints a = host_points(50, 2, 0, true), b = host_points(60, 2, 0, true);
  std::vector<HostPiece> pieces{{&a, 5, 20}, {&b, 0, 30}, {&a, 30, 10}};
  DevicePoints points(2, 33);
  std::vector<float> q(static_cast<std::size_t>(2 * points.stride));
  std::iota(q.begin(), q.end(), 0.0F);
  points.q = uploaded(q);
  points.multiplicity = uploaded(std::vector<std::uint32_t>(33, 9));
  download_pieces(points, pieces);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].count, 20);
  EXPECT_EQ(pieces[1].count, 13);
  EXPECT_EQ(a.q.data()[5], 0);
  EXPECT_EQ(a.q.data()[24], 19);
  EXPECT_EQ(a.q.data()[25], 25);  // no part of a piece
  EXPECT_EQ(b.q.data()[60 + 12], static_cast<float>(points.stride + 32));
  EXPECT_EQ(b.multiplicity.data()[12], 9U);
  EXPECT_EQ(b.multiplicity.data()[13], 14U);
}

test::Data noise(int rows, int d, std::int64_t values) {
  test::Random random(5);
  test::Data data{d, {}, {}};
  for (int i = 0; i < rows * d; ++i)
    data.values.push_back(static_cast<double>(random.below(values)));
  return data;
}

LoadedPoints load(const test::Data& data, const BackendOptions& options) {
  const Columns view = data.view();
  return load_parts(std::make_shared<Shards>(options), {&view, 1}, test::unit_grid(data.d), {},
                    options.hooks);
}

BackendOptions in_parts(std::int64_t part_points, int stream_every, int shards) {
  BackendOptions options;
  options.hooks.part_points = part_points;
  options.hooks.stream_every = stream_every;
  options.hooks.shards = shards;
  return options;
}

TEST(Parts, AreDisjointAndKnowEveryRow) {
  const test::Data data = noise(700, 2, 25);
  LoadedPoints loaded = load(data, in_parts(100, 2, 2));
  EXPECT_GT(loaded.parts->size(), 4);
  std::vector<std::pair<float, float>> of_point(static_cast<std::size_t>(loaded.parts->count()));
  std::int64_t weight = 0, streamed = 0;
  loaded.parts->for_each([&](const PartInPlace& part) {
    const auto x = row(part.points, 0), y = row(part.points, 1);
    for (std::int64_t i = 0; i < part.points.count; ++i)
      of_point[static_cast<std::size_t>(part.first + i)] = {x[static_cast<std::size_t>(i)],
                                                            y[static_cast<std::size_t>(i)]};
    streamed += part.resident == nullptr ? 1 : 0;
    for (std::int64_t i = 0; i < part.points.count; ++i)
      weight +=
          part.points.multiplicity == nullptr ? 1 : downloaded(part.points.multiplicity + i, 1)[0];
  });
  EXPECT_EQ(weight, 700);
  EXPECT_EQ(streamed, loaded.parts->size() / 2);
  EXPECT_EQ(std::set(of_point.begin(), of_point.end()).size(), of_point.size());
  for (std::int64_t i = 0; i < 700; ++i) {
    const auto& point = of_point[loaded.rows.on_host()[static_cast<std::size_t>(i)]];
    EXPECT_EQ(point.first, static_cast<float>(data.at(i, 0)));
    EXPECT_EQ(point.second, static_cast<float>(data.at(i, 1)));
  }
}

TEST(Parts, ComeEachOnceInEveryRound) {
  LoadedPoints loaded = load(noise(500, 1, 5000), in_parts(60, 1, 2));
  for (int round = 0; round < 3; ++round) {
    std::multiset<int> seen;
    loaded.parts->for_each([&](const PartInPlace& part) { seen.insert(part.number); });
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(loaded.parts->size()));
    EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), seen.size());
  }
}

TEST(Parts, AVisitThatThrowsLeavesThemUsable) {
  LoadedPoints loaded = load(noise(500, 1, 5000), in_parts(60, 1, 1));
  EXPECT_ANY_THROW(
      loaded.parts->for_each([](const PartInPlace&) { throw Error(ErrorKind::kInternal, "no"); }));
  int visits = 0;
  loaded.parts->for_each([&](const PartInPlace&) { ++visits; });
  EXPECT_EQ(visits, loaded.parts->size());
}

/// Coordinates and multiplicities of a sketch, in an order of their own.
std::multiset<std::vector<std::int64_t>> contents(const DevicePoints& sketch) {
  std::multiset<std::vector<std::int64_t>> found;
  const auto q = downloaded(sketch.q.data(), sketch.q.size());
  const auto hash = downloaded(sketch.hash.data(), sketch.hash.size());
  for (std::int64_t i = 0; i < sketch.count; ++i) {
    std::vector<std::int64_t> point{static_cast<std::int64_t>(hash[static_cast<std::size_t>(i)])};
    for (int f = 0; f < sketch.d; ++f)
      point.push_back(
          static_cast<std::int64_t>(q[static_cast<std::size_t>(f * sketch.stride + i)]));
    point.push_back(sketch.multiplicity.empty() ? 1
                                                : downloaded(sketch.multiplicity.data() + i, 1)[0]);
    found.insert(point);
  }
  return found;
}

TEST(Sketch, IsThatOfOnePart) {
  for (const std::uint64_t mask : {~std::uint64_t{0}, std::uint64_t{7} << 61}) {
    const test::Data data = noise(600, 2, 23);
    BackendOptions options = in_parts(70, 2, 2);
    options.hooks.hash_mask = mask;
    LoadedPoints parted = load(data, options);
    options.hooks = {};
    options.hooks.hash_mask = mask;
    const LoadedPoints one = load(data, options);
    ASSERT_NE(one.parts->whole(), nullptr);
    const std::int64_t distinct = one.parts->count();
    for (const std::int64_t size : {std::int64_t{1}, std::int64_t{69}, std::int64_t{200}, distinct})
      EXPECT_EQ(contents(sketch_of(*parted.parts, size, mask)),
                contents(sketch_of(one.parts->shards().first(), *one.parts->whole(), size)));
    EXPECT_EQ(sketch_of(*parted.parts, distinct + 100, mask).count, distinct);
  }
}

TEST(Parts, KeepWithinTheBudget) {
  BackendOptions options;
  options.gpu_memory = kSmallestGpuMemory;
  const test::Data data = noise(60'000, 72, 1000);  // 38 MiB to load, of 32 that are free for it
  emulator::peak_device_bytes();
  const std::size_t before = emulator::device_bytes_in_use();
  {
    LoadedPoints loaded = load(data, options);
    EXPECT_GT(loaded.parts->size(), 4);
    EXPECT_LE(static_cast<std::int64_t>(loaded.parts->shards().first().held->load()),
              kSmallestGpuMemory / 8 * 6);
    EXPECT_EQ(loaded.parts->count(), 60'000);
    EXPECT_LE(emulator::peak_device_bytes() - before, static_cast<std::size_t>(kSmallestGpuMemory));
  }
  EXPECT_EQ(emulator::device_bytes_in_use(), before);
}

TEST(Parts, WhatFollowsALoadKeepsWithinTheBudget) {
  BackendOptions options;
  options.gpu_memory = kSmallestGpuMemory;
  const test::Data data = noise(60'000, 64, 1000);
  const auto backend = make_cuda_backend(options);
  emulator::peak_device_bytes();
  const std::size_t before = emulator::device_bytes_in_use();
  const auto peak_of = [&](const char* step) {
    EXPECT_LE(emulator::peak_device_bytes() - before, static_cast<std::size_t>(kSmallestGpuMemory))
        << step;
  };
  const auto points = load_points(*backend, data.view());
  peak_of("load");
  FitPlan plan;
  plan.k = {2};
  plan.max_iterations = 1;
  points->fit(plan);
  peak_of("fit");
  points->gram();
  peak_of("gram");
}

TEST(Parts, WhatTheScreenReadsCountsAsHeld) {
  LoadedPoints loaded = load(noise(700, 72, 1000), {});
  const Device& device = loaded.parts->shards().first();
  const std::int64_t held = device.held->load();
  const std::size_t before = emulator::device_bytes_in_use();
  const PointsView points = loaded.parts->whole()->view();
  {
    ScreenForms forms;
    forms.add(device, points);
    ASSERT_NE(forms.find(points), nullptr);
    const std::int64_t bytes = ScreenPoints::bytes(points.count, points.d);
    EXPECT_EQ(device.held->load() - held, bytes);
    const auto taken = static_cast<std::int64_t>(emulator::device_bytes_in_use() - before);
    EXPECT_LE(std::abs(taken - bytes), 4096);  // rounding up
  }
  EXPECT_EQ(device.held->load(), held);
}

TEST(Parts, ABudgetThatHoldsNothingIsRefused) {
  BackendOptions options;
  options.gpu_memory = kSmallestGpuMemory;
  test::Data data{4096, std::vector<double>(std::size_t{4096} * 1200, 0.0), {}};
  const Error error = test::error_of([&] { load(data, options); });
  EXPECT_EQ(error.kind(), ErrorKind::kDevice);
  EXPECT_NE(error.problem().find("64 MiB of GPU memory are too few for 1200 rows of 4096 features"),
            std::string::npos)
      << error.what();
  EXPECT_NE(error.fix().find("--gpu-memory"), std::string::npos);
}

}  // namespace
}  // namespace covey::cuda
