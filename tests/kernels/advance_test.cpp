// Passes without new centroids, and new centroids without a pass, are together what they are in one
// launch.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "covey/screen.h"
#include "engine/support.h"
#include "lloyd.h"

namespace covey::cuda {
namespace {

using test::Random;

constexpr int kClusters[] = {3, 5};
constexpr int kAll = 8, kPoints = 400;

/// Two models over one set of points, in device memory.
struct Models {
  DevicePoints points;
  Buffer<DeviceModel> models;
  Buffer<std::int32_t> centroids;
  Buffer<float> half;
  Buffer<std::int64_t> sums, rechecked;
  Buffer<unsigned char> labels;

  explicit Models(int d)
      : points(d, kPoints),
        sums(std::int64_t{kAll} * (d + 1)),
        rechecked(1),
        labels(2 * points.stride) {
    Random random(static_cast<std::uint64_t>(d));
    std::vector<float> q(static_cast<std::size_t>(points.stride * d));
    for (std::int64_t e = 0; e < points.stride * d; ++e)
      if (e % points.stride < kPoints)
        q[static_cast<std::size_t>(e)] = static_cast<float>(random.between(-1000, 1000));
    points.q = uploaded(q);
    std::vector<std::int32_t> start;
    std::vector<float> halves;
    for (int j = 0; j < kAll; ++j) {
      for (int f = 0; f < d; ++f)
        start.push_back(static_cast<std::int32_t>(
            q[static_cast<std::size_t>(f * points.stride + static_cast<std::int64_t>(j) * 7)]));
      halves.push_back(half_norm(square_of(&*(start.end() - d), d), d));
    }
    centroids = uploaded(start);
    half = uploaded(halves);
    sums.fill_bytes(0);
    rechecked.fill_bytes(0);
    labels.fill_bytes(0xFF);
    std::vector<DeviceModel> both(2);
    for (int m = 0; m < 2; ++m) {
      both[static_cast<std::size_t>(m)].k = kClusters[m];
      both[static_cast<std::size_t>(m)].first = m * kClusters[0];
      both[static_cast<std::size_t>(m)].label_bytes = 1;
      both[static_cast<std::size_t>(m)].label = labels.data() + m * points.stride;
    }
    models = uploaded(both);
  }

  LloydView view() {
    LloydView view;
    view.points = points.view();
    view.models = models.data();
    view.model_count = 2;
    view.clusters = kAll;
    view.centroids = centroids.data();
    view.half = half.data();
    view.sums = sums.data();
    view.rechecked = rechecked.data();
    view.max_iterations = 300;
    return view;
  }
  std::string text() const {
    std::string text;
    for (const DeviceModel& model : downloaded(models.data(), 2))
      text += std::to_string(static_cast<int>(model.phase)) + " after " +
              std::to_string(model.iterations) + "; ";
    for (const std::int64_t sum : downloaded(sums.data(), sums.size()))
      text += std::to_string(sum) + " ";
    for (const std::int32_t q : downloaded(centroids.data(), centroids.size()))
      text += std::to_string(q) + " ";
    return text;
  }
};

TEST(Advance, ApartFromThePassIsTheSame) {
  Device device;
  device.multiprocessors = 3;
  for (const int d : {2, 16, 20}) {
    for (const bool narrow : {true, false}) {
      if (narrow && d > 16) continue;
      for (const int passes : {1, 2, 5}) {
        SCOPED_TRACE(testing::Message() << "d " << d << ", " << passes << " passes");
        Models together(d), apart(d);
        LloydView view = together.view(), pass = apart.view();
        view.passes = passes;
        pass.advance = false;
        (narrow ? launch_narrow : launch_tiled)(device, view);
        for (int i = 0; i < passes; ++i) {
          (narrow ? launch_narrow : launch_tiled)(device, pass);
          launch_advance(pass);
        }
        ASSERT_EQ(apart.text(), together.text());
      }
    }
  }
}

TEST(Advance, LabelsAloneLeaveSumsAndCentroids) {
  Device device;
  Models labelled(20), updated(20);
  const std::vector<std::int64_t> zeros(static_cast<std::size_t>(labelled.sums.size()));
  LloydView view = labelled.view();
  view.advance = view.update = false;
  launch_tiled(device, view);
  view = updated.view();
  view.advance = false;
  launch_tiled(device, view);
  EXPECT_EQ(downloaded(labelled.sums.data(), labelled.sums.size()), zeros);
  EXPECT_NE(downloaded(updated.sums.data(), updated.sums.size()), zeros);
  EXPECT_EQ(downloaded(labelled.labels.data(), kPoints),
            downloaded(updated.labels.data(), kPoints));
}

}  // namespace
}  // namespace covey::cuda
