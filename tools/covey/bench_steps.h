// covey bench: the steps of a run on each back end, checked for equal bits and then timed in turn.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "results.h"
#include "table.h"

namespace covey::command {

/// A back end side by side with others, or the reason why it is not.
struct BenchEngine {
  std::string name, device;
  std::string reason;  ///< why it cannot be had; empty where it computes
  std::unique_ptr<Backend> backend;
  driver::Prepared prepared;
};

struct BenchStep {
  std::string name;  ///< "load", "seeding", "iteration", "sweep", "labels", "projection"
  std::string text;  ///< for people
  std::vector<std::vector<double>> seconds;  ///< by engine that computes, then by repetition
  std::vector<double> median;                ///< by engine
};

struct Bench {
  std::vector<BenchEngine> engines;  ///< those that compute come first, the CPU before all
  std::size_t computing = 0;         ///< how many do
  std::vector<BenchStep> steps;
  double copy_bytes_a_second = 0;  ///< of this machine's memory, read and written bytes counted
};

/// The CPU and the GPU (a missing one with its reason) for `auto`, else the CPU and the named one.
/// Throws Error as open_backend does, for a named one that cannot be had.
std::vector<BenchEngine> bench_engines(const BackendOptions& options);

/// Throws Error (internal) where two back ends differ in a bit, and what the stages of a run throw.
/// A GPU that `auto` took and that fails while bits are compared is left out with its reason.
Bench measure(std::vector<BenchEngine> engines, const driver::Sessions& sessions,
              const driver::SegmentOptions& options, int repetitions,
              const driver::Progress& progress);

}  // namespace covey::command
