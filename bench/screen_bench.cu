// Labels by the matrix units alone, apart from the engine around them: what the probe finds, then
// both kernels of the first look, compared with plain integers and timed, with the second look and
// without. The first thing to run on a GPU that is new.
// covey_screen_bench [ROWS FEATURES CLUSTERS]...     without: edges of tiles, then large shapes
// Exit status 1: a label is wrong, or the units are less exact than the bound takes them to be.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "cloud.h"
#include "covey/arithmetic.h"
#include "covey/error.h"
#include "kernel.h"
#include "matrix_probe.h"
#include "screen.cuh"

namespace covey::bench {
namespace {

using namespace covey::cuda;  // NOLINT: this is of that module

constexpr int kRuns = 20, kWarmUp = 3;
constexpr std::int64_t kCompared = 512;  // labels

/// A number in [-3 size, 3 size], near the middle more often.
__device__ std::int32_t spread_of(std::uint64_t key, std::int64_t size) {
  std::int64_t sum = -3 * size;
  for (std::uint64_t i = 0; i < 3; ++i)
    sum += static_cast<std::int64_t>(mixed(3 * key + i) % static_cast<std::uint64_t>(2 * size + 1));
  return static_cast<std::int32_t>(sum);
}

__device__ std::int32_t centre_of(std::int64_t j, int f) {
  return spread_of(static_cast<std::uint64_t>(j) * 4096 + static_cast<std::uint64_t>(f), 100'000);
}

__global__ void make_points(std::int64_t count, std::int64_t stride, int d, int k, float* q) {
  for (std::int64_t e = first_item(); e < count * d; e += item_stride()) {
    const std::int64_t i = e % count;
    const auto f = static_cast<int>(e / count);
    const auto j = static_cast<std::int64_t>(mixed((1ULL << 40) + static_cast<std::uint64_t>(i)) %
                                             static_cast<std::uint64_t>(k));
    q[f * stride + i] = static_cast<float>(
        centre_of(j, f) + spread_of((1ULL << 50) + static_cast<std::uint64_t>(e), 60'000));
  }
}

__global__ void make_centroids(int d, int k, std::int32_t* c) {
  for (std::int64_t e = first_item(); e < static_cast<std::int64_t>(k) * d; e += item_stride())
    c[e] = centre_of(e / d, static_cast<int>(e % d));
}

struct Size {
  std::int64_t rows;
  int d, k;
};

/// Points, centroids and labels of one shape.
class Case {
 public:
  Case(const Device& device, const Size& shape)
      : device_(device),
        shape_(shape),
        points_(shape.d, shape.rows),
        centroids_(std::int64_t{shape.k} * shape.d),
        label_(shape.rows),
        slack_(shape.rows),
        rechecked_(1),
        screen_(device, shape.rows, shape.d, shape.k) {
    launch(make_points, spread(device, shape.rows * shape.d), shape.rows, points_.stride, shape.d,
           shape.k, points_.q.data());
    launch(make_centroids, spread(device, centroids_.size()), shape.d, shape.k, centroids_.data());
    form_ = std::make_unique<ScreenPoints>(device, points_.view());
  }

  /// Whether all labels that were compared are right. `warpgroups`: by wgmma, else by mma.
  bool measure(bool warpgroups) {
    device_.matrix_units->warpgroups = warpgroups;
    label_.fill_bytes(0xFF);
    rechecked_.fill_bytes(0);
    label(true);
    const std::int64_t again = downloaded(rechecked_.data(), 1)[0];
    const std::int64_t wrong = wrong_labels();
    const double whole = milliseconds(true), first = milliseconds(false);
    const double products = 2.0 * static_cast<double>(shape_.rows) * shape_.d * shape_.k;
    std::printf(
        "%10lld x %4d, k %5d  %-6s %9.4f ms, first look %9.4f ms (%4.0f TFLOP/s), open "
        "%.4f, wrong %lld of %lld\n",
        static_cast<long long>(shape_.rows), shape_.d, shape_.k, warpgroups ? "wgmma" : "mma",
        whole, first, products / first * 1e-9,
        static_cast<double>(again) / static_cast<double>(shape_.rows),
        static_cast<long long>(wrong), static_cast<long long>(compared()));
    std::fflush(stdout);
    return wrong == 0;
  }

 private:
  std::int64_t compared() const { return std::min(kCompared, shape_.rows); }

  void label(bool certify) {
    ScreenPass pass;
    pass.centroids = centroids_.data();
    pass.k = shape_.k;
    pass.label = label_.data();
    pass.slack = slack_.data();
    pass.rechecked = rechecked_.data();
    pass.certify = certify;
    screen_.label(form_->view(), pass);
  }

  double milliseconds(bool certify) {
    for (int run = 0; run < kWarmUp; ++run) label(certify);
    cudaEvent_t begin = nullptr, end = nullptr;
    COVEY_CUDA(cudaEventCreate(&begin));
    COVEY_CUDA(cudaEventCreate(&end));
    COVEY_CUDA(cudaEventRecord(begin));
    for (int run = 0; run < kRuns; ++run) label(certify);
    COVEY_CUDA(cudaEventRecord(end));
    COVEY_CUDA(cudaEventSynchronize(end));
    float all = 0;
    COVEY_CUDA(cudaEventElapsedTime(&all, begin, end));
    COVEY_CUDA(cudaEventDestroy(begin));
    COVEY_CUDA(cudaEventDestroy(end));
    return static_cast<double>(all) / kRuns;
  }

  std::int64_t wrong_labels() const {
    const std::vector<std::int32_t> labels = downloaded(label_.data(), shape_.rows);
    const std::vector<std::int32_t> c = downloaded(centroids_.data(), centroids_.size());
    std::vector<float> x(static_cast<std::size_t>(shape_.d));
    std::int64_t wrong = 0;
    for (std::int64_t s = 0; s < compared(); ++s) {
      const std::int64_t i = s * shape_.rows / compared();
      COVEY_CUDA(cudaMemcpy2D(x.data(), sizeof(float), points_.q.data() + i,
                              static_cast<std::size_t>(points_.stride) * sizeof(float),
                              sizeof(float), x.size(), cudaMemcpyDeviceToHost));
      const std::vector<std::int32_t> point(x.begin(), x.end());  // whole numbers
      const auto distance = [&](std::int64_t j) {
        return squared_distance(point.data(), c.data() + j * shape_.d, shape_.d);
      };
      const std::int32_t own = labels[static_cast<std::size_t>(i)];
      bool right = own >= 0 && own < shape_.k;
      const std::int64_t least = right ? distance(own) : 0;
      for (std::int64_t j = 0; right && j < shape_.k; ++j) right = distance(j) >= least;
      wrong += right ? 0 : 1;
    }
    return wrong;
  }

  const Device& device_;
  Size shape_;
  DevicePoints points_;
  Buffer<std::int32_t> centroids_, label_;
  Buffer<float> slack_;
  Buffer<std::int64_t> rechecked_;
  Screen screen_;
  std::unique_ptr<ScreenPoints> form_;
};

std::vector<Size> shapes_of(int argc, char** argv) {
  std::vector<Size> shapes;
  for (int a = 1; a + 2 < argc; a += 3)
    shapes.push_back({std::atoll(argv[a]), std::atoi(argv[a + 1]), std::atoi(argv[a + 2])});
  if (!shapes.empty()) return shapes;
  for (const int d : {17, 64, 65, 128, 192, 193, 256, 300})
    for (const int k : {1, 64, 129, 300}) shapes.push_back({1000, d, k});
  shapes.insert(shapes.end(), {{1'000'000, 128, 1024},
                               {10'000'000, 64, 256},
                               {1'000'000, 192, 1024},
                               {1'000'000, 256, 1024},
                               {1'000'000, 768, 4096}});
  return shapes;
}

int run(int argc, char** argv) {
  const Device device = open_device(0);
  std::printf("%s\n", device.text.c_str());
  const double error = largest_product_error(device);
  std::printf("largest error of a product: %.4f of the bound, may be %.2f\n", error, kErrorFound);
  std::fflush(stdout);
  bool good = error <= kErrorFound;
  const bool warpgroups = matrix_units(device).warpgroups;
  for (const Size& shape : shapes_of(argc, argv)) {
    Case one(device, shape);
    if (warpgroups) good = one.measure(true) && good;
    good = one.measure(false) && good;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace covey::bench

int main(int argc, char** argv) {
  try {
    return covey::bench::run(argc, argv);
  } catch (const covey::Error& error) {
    std::fprintf(stderr, "covey_screen_bench: %s\n", error.what());
    return 4;
  }
}
