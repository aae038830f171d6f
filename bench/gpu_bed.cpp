#include "gpu_bed.h"

#include <algorithm>

#include "covey/error.h"

namespace covey::bench {
namespace {

constexpr std::int64_t kSampled = 1024;

Engine loaded(const std::string& name, const Columns& data, BackendOptions options) {
  Engine engine;
  try {
    options.name = name;
    engine.backend = open_backend(options);
    const auto start = Clock::now();
    engine.points = load_points(*engine.backend, data, Scaling::kNone);
    engine.load_seconds = seconds_since(start);
  } catch (const Error& error) {
    engine.reason = error.what();
  }
  return engine;
}

/// The row of `centroids` nearest to the point, by plain integers; ties as the contract says.
int nearest_by_hand(const std::int32_t* point, const Centroids& centroids) {
  int best = 0;
  std::int64_t least = squared_distance(point, centroids.row(0), centroids.d);
  for (int j = 1; j < centroids.k; ++j) {
    const std::int64_t distance = squared_distance(point, centroids.row(j), centroids.d);
    if (distance < least ||
        (distance == least &&
         compare_points(centroids.row(j), centroids.row(best), centroids.d) < 0)) {
      least = distance;
      best = j;
    }
  }
  return best;
}

std::string compared_with_cpu(Bed& bed, const Work& work) {
  if (!bed.cpu.reason.empty()) return "the cpu back end: " + bed.cpu.reason;
  const auto expected = work(*bed.cpu.points), found = work(*bed.cuda.points);
  const bool equal = std::equal(expected.begin(), expected.end(), found.begin(), found.end(), same);
  return equal ? "" : "cpu and cuda differ: not timed";
}

std::string compared_on_samples(Bed& bed, const Work& work) {
  const auto first = work(*bed.cuda.points), second = work(*bed.cuda.points);
  if (!std::equal(first.begin(), first.end(), second.begin(), second.end(), same))
    return "two runs differ: not timed";
  const Centroids& centroids = first.front().centroids;
  const Labels labels = bed.cuda.points->label(centroids, false);
  for (std::size_t s = 0; s < bed.sampled.size(); ++s) {
    const std::int32_t* point =
        bed.sample_coordinates.data() + s * static_cast<std::size_t>(bed.shape.d);
    const auto row = static_cast<std::size_t>(bed.sampled[s]);
    if (labels.label[row] != nearest_by_hand(point, centroids))
      return "the label of row " + std::to_string(row) + " is wrong: not timed";
  }
  return "";
}

}  // namespace

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Bed::Bed(const Shape& wanted, Check how, const BackendOptions& options)
    : shape(wanted), check(how) {
  const int components = shape.k > 0 ? components_for(shape.k) : 16;
  const Values<double> values = points_of(shape.cloud, components, shape.rows, shape.d);
  const Columns data = Columns::row_major(values, shape.d);
  cuda = loaded("cuda", data, options);
  if (check == Check::kAgainstCpu)
    cpu = loaded("cpu", data, {});
  else
    cpu.reason = "too large to be compared with";
  const Engine& any = cuda.reason.empty() ? cuda : cpu;
  if (!any.reason.empty()) return;
  const Grid& grid = any.points->grid();
  start = start_of(data, grid, shape.k);
  for (std::int64_t s = 0; s < std::min(kSampled, shape.rows); ++s) {
    sampled.push_back(s * shape.rows / std::min(kSampled, shape.rows));
    append_coordinates(data, grid, sampled.back(), sample_coordinates);
  }
}

Bed& bed_of(const Shape& shape, Check check, const BackendOptions& options) {
  static std::unique_ptr<Bed> bed;
  static std::int64_t memory = 0;
  if (bed == nullptr || !(bed->shape == shape) || bed->check != check ||
      memory != options.gpu_memory) {
    bed.reset();
    bed = std::make_unique<Bed>(shape, check, options);
    memory = options.gpu_memory;
  }
  return *bed;
}

const std::string& what_is_wrong(Bed& bed, const Work& work) {
  if (!bed.wrong.has_value())
    bed.wrong = bed.check == Check::kAgainstCpu ? compared_with_cpu(bed, work)
                                                : compared_on_samples(bed, work);
  return *bed.wrong;
}

}  // namespace covey::bench
