// What a case of gpu_bench works on: points of one shape and cloud where each engine computes, a
// start, and the check that must hold before anything is timed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "covey/backend.h"
#include "shape.h"

namespace covey::bench {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start);

struct Engine {
  std::string reason;  ///< why it cannot be had
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Points> points;
  double load_seconds = 0;
};

/// How a case is checked before it is timed.
enum class Check {
  kAgainstCpu,  ///< the same work on the cpu back end gives the same bits
  kOnSamples    ///< too large for that: two runs give the same bits, and the labels of 1,024 rows
                ///< are those of a plain loop in integers
};

struct Bed {
  Shape shape;
  Check check;
  Engine cpu, cuda;  ///< cpu is empty, with a reason, where it is not compared with
  Centroids start;   ///< the first k rows
  std::vector<std::int64_t> sampled;             ///< rows that are looked at by hand
  std::vector<std::int32_t> sample_coordinates;  ///< on the grid, d a row
  std::optional<std::string> wrong;              ///< once checked: what is, empty where nothing

  Bed(const Shape& wanted, Check how, const BackendOptions& options);

  Engine& engine(const std::string& name) { return name == "cpu" ? cpu : cuda; }
};

/// The bed of the case; cases of one bed stand together, so only the last is kept.
Bed& bed_of(const Shape& shape, Check check, const BackendOptions& options = {});

/// Models of some work on the points of an engine.
using Work = std::function<std::vector<KMeansModel>(Points&)>;

/// What is wrong with what the GPU gives for the work; empty where nothing is. Looked at once a
/// bed.
const std::string& what_is_wrong(Bed& bed, const Work& work);

}  // namespace covey::bench
